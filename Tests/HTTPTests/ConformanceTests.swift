import Foundation
import GatehouseCore
import Testing

@testable import GatehouseHTTP

/// nodejs/llhttp's test cases: bytes, and llhttp's verdict. Ours is the same, or a stricter one
/// that is listed by id with its reason.
@Suite struct ConformanceTests {
    struct Case: Decodable {
        struct Failure: Decodable {
            var code: Int
            var reason: String
        }
        var file: String
        var type: String
        var raw_b64: String
        var error: Failure?
        var messages_complete: Int

        var bytes: [UInt8] { Array(Data(base64Encoded: raw_b64) ?? Data()) }
    }

    /// What a connection made of the bytes.
    struct Outcome: Equatable {
        var messages = 0
        var error: ParseError?
        /// The connection was to close, and bytes were left: they are never read.
        var leftAfterClose = false
    }

    static let folder =
        ProcessInfo.processInfo.environment["GATEHOUSE_CONFORMANCE"] ?? "../shared/conformance"
    static let file = "\(folder)/http1/llhttp_cases.json"

    /// llhttp's codes that are no refusal of what stands before: an upgrade, data after the end.
    private static let upgrade = 22
    private static let dataAfterClose = 5

    @Test(.enabled(if: FileManager.default.fileExists(atPath: file), "no conformance data"))
    func `agrees with llhttp or is stricter for a listed reason`() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.file))
        let cases = try JSONDecoder().decode([Case].self, from: data)
        var places: [String: Int] = [:]
        var stricter: [String: ParseError] = [:]
        var same = 0
        for test in cases {
            let place = places[test.file, default: 0]
            places[test.file] = place + 1
            let id = "\(test.file)/\(place)"
            let outcome = judge(test)
            if agrees(outcome, test) {
                same += 1
            } else if let error = outcome.error, isAccepted(test) {
                stricter[id] = error
            } else if StricterThanLLHTTP.different[id] == nil {
                Issue.record("\(id): llhttp \(String(describing: test.error)), ours \(outcome)")
            }
        }
        for (id, error) in stricter where StricterThanLLHTTP.cases[id] != error {
            Issue.record("\(id): unlisted refusal \(error.rawValue)")
        }
        for id in StricterThanLLHTTP.cases.keys where stricter[id] == nil {
            Issue.record("\(id): listed as stricter, but it is not")
        }
        print("llhttp: \(cases.count) cases, \(same) same, \(stricter.count) stricter")
        #expect(cases.count > 0 && same > 0)
    }

    private func isAccepted(_ test: Case) -> Bool {
        guard let error = test.error else { return true }
        return error.code == Self.upgrade || error.code == Self.dataAfterClose
    }

    private func agrees(_ outcome: Outcome, _ test: Case) -> Bool {
        guard let error = test.error else {
            return outcome.error == nil && outcome.messages == test.messages_complete
        }
        switch error.code {
        case Self.upgrade: return outcome.messages >= test.messages_complete
        case Self.dataAfterClose: return outcome.leftAfterClose || outcome.error != nil
        default: return outcome.error != nil
        }
    }

    private func judge(_ test: Case) -> Outcome {
        let isResponse = test.type.hasPrefix("response")
        var outcome = run(test.bytes, isResponse: isResponse)
        if test.error != nil, outcome.error == nil {
            // The corpus ends its bytes where llhttp stops, which may be within a line that we
            // judge when it is complete.
            let ended = run(test.bytes + Array("\r\n\r\n".utf8), isResponse: isResponse)
            if ended.error != nil { outcome = ended }
        }
        return outcome
    }

    /// Plays a connection to its end. llhttp does not ask for `Host`: each request without one is
    /// given one, so that the rest of it is judged.
    private func run(_ bytes: [UInt8], isResponse: Bool) -> Outcome {
        var bytes = bytes
        var outcome = Outcome()
        var start = 0
        while start < bytes.count {
            let input = buffer(Array(bytes[start...]))
            let head = MessageHead()
            do throws(ParseError) {
                guard try parse(input, head, isResponse), try skipBody(head, input) else {
                    return outcome
                }
            } catch {
                if error == .hostMissing, let end = lineEnd(bytes, start) {
                    bytes.insert(contentsOf: Array("Host: h\r\n".utf8), at: end)
                    continue
                }
                outcome.error = error
                return outcome
            }
            outcome.messages += 1
            start = bytes.count - input.count
            guard head.keepsAlive else {
                outcome.leftAfterClose = start < bytes.count
                return outcome
            }
        }
        return outcome
    }

    private func lineEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        let first = bytes[start...].starts(with: [0x0D, 0x0A]) ? start + 2 : start
        return bytes[first...].firstIndex(of: 0x0A).map { $0 + 1 }
    }

    private func parse(
        _ input: Buffer, _ head: MessageHead, _ isResponse: Bool
    ) throws(ParseError) -> Bool {
        if isResponse {
            var parser = ResponseParser()
            return try parser.parse(input, into: head, requestMethod: .get)
        }
        var parser = RequestParser()
        return try parser.parse(input, into: head)
    }

    /// Reads the body; false if it is not complete.
    private func skipBody(_ head: MessageHead, _ input: Buffer) throws(ParseError) -> Bool {
        switch head.framing {
        case .none: return true
        case .untilClose: return false
        case .length(let length):
            guard input.count >= length else { return false }
            input.consume(length)
            return true
        case .chunked:
            var decoder = ChunkedDecoder()
            return try decoder.decode(input, into: Buffer(capacity: 65_536)) == .end
        }
    }
}
