import GatehouseCore

/// 128 random bits that name one request in responses, logs and traces.
public struct RequestID: Hashable, Sendable, CustomStringConvertible {
    package var high: UInt64
    package var low: UInt64

    /// The id that names nothing.
    public init() {
        high = 0
        low = 0
    }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package func append(to output: inout [UInt8]) {
        output.append(hex: high)
        output.append(hex: low)
    }
}

/// W3C Trace Context: `traceparent`'s parts. `tracestate` is passed on as it is.
package struct TraceContext: Equatable, Sendable {
    package var traceID = RequestID()
    /// The caller's span; 0 when the trace starts here.
    package var parent: UInt64 = 0
    /// Our span, what the upstream sees as its parent.
    package var span: UInt64 = 0
    package var sampled = false

    package init() {}
}
