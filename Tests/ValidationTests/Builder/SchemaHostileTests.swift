import Foundation
import GatehouseCore
import Testing

@testable import GatehouseValidation

/// Schemas and values that are made to hurt.
@Suite struct SchemaHostileTests {
    @Test func `refuses a schema that is nested too deeply`() throws {
        var schema = Schema.number
        for _ in 0..<SchemaNode.depthMax + 1 { schema = .array(of: schema) }
        #expect(throws: ConfigurationError.self) { try schema.compiled() }
    }

    @Test func `ends a link that leads to the same value`() throws {
        let loop = Schema.alternatives(.link("#self"), .number).id("self")
        let outer = Schema.object { Field("a", loop) }
        #expect(try verdict(outer, #"{"a":"x"}"#).contains("/a"))
        let pair = Schema.object {
            Field("a", .link("b")); Field("b", .link("a"))
        }
        #expect(try verdict(pair, #"{"a":1}"#) == "/a link.loop")
    }

    @Test func `bounds the work of alternatives that multiply`() throws {
        let bad = Schema.alternatives(
            .array(of: .link("#t")), .array(of: .link("#t")), .array(of: .link("#t")), .number
        ).id("t")
        var text = #""x""#
        for _ in 0..<30 { text = "[" + text + "]" }
        var options = CompiledSchema.Options()
        options.work.stepsMax = 10_000
        let result = try verdict(Schema.object { Field("a", bad) }, #"{"a":\#(text)}"#, options)
        #expect(result != "fits")
    }

    @Test func `needs little stack for the deepest value that it follows`() async throws {
        let tree = Schema.object {
            Field("n", .integer.when("...n", is: .any.required(), then: .integer.min(0)))
            Field("c", .array(of: .alternatives(.link("#t"), .boolean)))
        }.id("t")
        var options = CompiledSchema.Options()
        options.work.linkDepthMax = 1_000
        let compiled = try tree.compiled(options)
        var text = #"{"n":1}"#
        for _ in 0..<400 { text = #"{"n":1,"c":[\#(text)]}"# }
        let bytes = Array(text.utf8)
        let isRefused = await withCheckedContinuation { continuation in
            let thread = Thread {
                var limits = JSONLimits()
                limits.depthMax = 2_000
                var tape = JSONTape()
                guard let root = try? tape.parse(bytes.raw, limits: limits) else {
                    return continuation.resume(returning: false)
                }
                if case .refused = compiled.check(root) {
                    continuation.resume(returning: true)
                } else {
                    continuation.resume(returning: false)
                }
            }
            thread.stackSize = 2 << 20
            thread.start()
        }
        #expect(isRefused)
    }

    @Test func `collects a bounded number of issues`() throws {
        let body = "[" + Array(repeating: "1", count: 1_000).joined(separator: ",") + "]"
        let compiled = try Schema.array(of: .string).compiled()
        var tape = JSONTape()
        let bytes = Array(body.utf8)
        guard case .refused(let issues) = compiled.check(try tape.parse(bytes.raw)) else {
            Issue.record("was let through")
            return
        }
        #expect(issues.count == 32)
        var options = CompiledSchema.Options()
        options.abortsEarly = true
        #expect(try verdict(.array(of: .string), body, options) == "/0 string.base")
    }

    @Test func `never matches a pattern that is too expensive to decide`() throws {
        let schema = Schema.string.pattern("^(a+)+$")
        let text = "\"" + String(repeating: "a", count: 4_000) + "!\""
        #expect(try verdict(schema, text) == " string.pattern.base")
        let inverted = Schema.string.pattern("^(a+)+$", isInverted: true)
        #expect(try verdict(inverted, text) == " string.pattern.invert.base")
    }

    @Test func `finds doubles among many elements without comparing all pairs`() throws {
        let numbers = (0..<10_000).map { #"{"id":\#($0)}"# }
        let body = "[" + numbers.joined(separator: ",") + "]"
        #expect(try verdict(.array.unique(), body) == "fits")
    }

    @Test func `never shows the value`() throws {
        let schema = Schema.object {
            Field("password", .string.min(20).pattern("^x"))
            Field("limit", .number)
            Field("n", .number.max(.ref("limit")))
        }
        let compiled = try schema.compiled()
        var tape = JSONTape()
        let bytes = Array(#"{"password":"hunter2","limit":4711,"n":999999}"#.utf8)
        guard case .refused(let issues) = compiled.check(try tape.parse(bytes.raw)) else {
            Issue.record("was let through")
            return
        }
        #expect(issues.count == 3)
        for issue in issues {
            let shown = "\(issue)"
            #expect(!shown.contains("hunter2") && !shown.contains("4711"))
            #expect(!shown.contains("999999"))
        }
    }

    @Test func `gives the same verdicts to many callers at once`() async throws {
        let compiled = try Schema.object {
            Field("a", .number.when("b", is: true, then: .number.min(5)))
            Field("b", .boolean)
        }.compiled()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let bytes = Array(#"{"a":\#(number % 10),"b":true}"#.utf8)
                    var tape = JSONTape()
                    guard let root = try? tape.parse(bytes.raw) else { return false }
                    return (compiled.check(root) == .fits) == (number % 10 >= 5)
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
