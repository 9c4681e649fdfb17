import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct TraceTextTests {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func trace(_ text: String) -> TraceContext? {
        TraceContext(traceparent: Array(text.utf8).raw)
    }

    @Test(arguments: [
        "", "00", good + "-00", String(good.dropLast()), good.uppercased(),
        "01" + good.dropFirst(2),
        "ff" + good.dropFirst(2), good.replacing("-", with: "_"),
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
    ]) func `begins a new trace for a bad traceparent`(text: String) {
        #expect(trace(text) == nil)
    }

    @Test func `reads and renders a traceparent`() throws {
        var context = try #require(trace(Self.good))
        #expect(context.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.parent == 0x00f0_67aa_0ba9_02b7 && context.sampled)
        context.span = 0x1234
        var bytes: [UInt8] = []
        context.append(to: &bytes)
        #expect(bytes.count == TraceContext.textCount)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text == "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000001234-01")
        #expect(trace(text)?.parent == 0x1234)
        let unsampled = try #require(trace(Self.good.dropLast(2) + "fe"))
        #expect(!unsampled.sampled)
    }

    private func requestID(_ text: String) -> RequestID? { RequestID(Array(text.utf8).raw) }

    @Test(arguments: [
        "", "4BF92F3577B34DA6A3CE929D0E0E4736", "4bf92f3577b34da6a3ce929d0e0e473",
        "4bf92f3577b34da6a3ce929d0e0e47366", "00000000000000000000000000000000",
        "4bf92f3577b34da6-3ce929d0e0e4736",
    ]) func `refuses a request id that is not ours in shape`(text: String) {
        #expect(requestID(text) == nil)
    }

    @Test func `reads a request id back`() throws {
        let id = RequestID(high: 0x0123_4567_89ab_cdef, low: 1)
        #expect(requestID(id.description) == id)
    }
}
