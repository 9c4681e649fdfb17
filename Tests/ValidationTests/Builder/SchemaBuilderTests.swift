import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct SchemaBuilderTests {
    @Test func `refuses what does not fit, all of it, each by place and rule`() throws {
        let body = #"{"email":"ada@","password":"short","age":17.5,"isAdmin":true}"#
        #expect(
            try verdict(guideUser, body)
                == "/email string.email, /password string.min, /name any.required, "
                + "/age number.integer, /age number.min, /isAdmin object.unknown")
        #expect(try verdict(guideUser, "[]") == " object.base")
        #expect(try verdict(guideUser, "null") == " object.base")
    }

    @Test func `lets a value pass as it is`() throws {
        let body = #"{"age":36,"email":"ada@example.com","password":"correct horse","name":"Ada"}"#
        #expect(try verdict(guideUser, body) == "fits")
        #expect(try guideUser.compiled().isDirect)
    }

    @Test func `refuses types that JavaScript would convert`() throws {
        #expect(try verdict(.number, #""5""#) == " number.base")
        #expect(try verdict(.boolean, #""true""#) == " boolean.base")
        #expect(try verdict(.boolean, "1") == " boolean.base")
        #expect(try verdict(.string, "5") == " string.base")
        #expect(try verdict(.array(of: .number), "1") == " array.base")
        #expect(try verdict(.string, #"{"$gt":""}"#) == " string.base")
    }

    @Test func `converts only what is named so`() throws {
        #expect(try verdict(.number.coerced(), #""5""#) == "5")
        #expect(try verdict(.boolean.coerced(), #""true""#) == "true")
        #expect(try verdict(.string.trimmed().lowercased(), #""  ABC ""#) == #""abc""#)
        #expect(try verdict(.string.withoutOuterSpace(), #"" a""#) == " string.trim")
        #expect(try verdict(.string.lowercase(), #""A""#) == " string.lowercase")
        #expect(try verdict(.array(of: .number).single(), "1") == "[1]")
        #expect(try verdict(.array.sorted(), "[3,1,2]") == "[1,2,3]")
        #expect(try verdict(.array.inOrder(), "[3,1,2]") == " array.sort")
        #expect(try verdict(.string.max(3).truncated(), #""abcdef""#) == #""abc""#)
        #expect(try verdict(.string.replacing("\\s+", with: " "), #""a  b\t c""#) == #""a b c""#)
        #expect(
            try verdict(.string.replacing("(\\d+)-(\\d+)", with: "$2:$1$$"), #""1-2 3-4""#)
                == #""2:1$ 4:3$""#)
        #expect(try verdict(.string.replacing("", with: "-"), "\"aé\"") == "\"-a-é-\"")
        #expect(try verdict(.string.normalised(), "\"e\u{301}\"") == "\"\u{E9}\"")
        #expect(try verdict(.string.trimmed(), #""abc""#) == "fits")
    }

    @Test func `compares whole numbers exactly up to 64 bits`() throws {
        let schema = Schema.integer.max(.integer(9_223_372_036_854_775_806))
        #expect(try verdict(schema, "9223372036854775807") == " number.max")
        #expect(try verdict(schema, "9223372036854775806") == "fits")
        #expect(try verdict(.number, "9007199254740993") == " number.unsafe")
        #expect(try verdict(.integer, "1e400") == " number.infinity")
        #expect(try verdict(.integer, "1.5") == " number.integer")
    }

    @Test func `tells composed and decomposed letters apart, in values and names`() throws {
        #expect(try verdict(.string.valid("\u{E9}"), "\"e\u{301}\"") == " any.only")
        let schema = Schema.object { Field("\u{E9}", .any) }
        #expect(try verdict(schema, "{\"e\u{301}\":1}").hasSuffix("object.unknown"))
    }

    @Test func `counts lengths in code points unless told otherwise`() throws {
        #expect(try verdict(.string.max(1), #""😀""#) == "fits")
        #expect(try verdict(.string.counting(.utf16).max(1), #""😀""#) == " string.max")
        #expect(try verdict(.string.counting(.bytes).length(4), #""😀""#) == "fits")
    }

    @Test func `counts texts of all lengths and scripts as Swift does`() {
        let parts = ["a", "é", "€", "😀", "\u{301}", "z"]
        for count in 0..<60 {
            let text = (0..<count).map { parts[($0 * 7 + count) % parts.count] }.joined()
            let utf8 = SchemaText(text)
            #expect(utf8.count(in: .scalars) == text.unicodeScalars.count)
            #expect(utf8.count(in: .utf16) == text.utf16.count)
            #expect(utf8.count(in: .bytes) == text.utf8.count)
        }
    }

    @Test func `refuses, strips or passes members that are not named`() throws {
        let schema = Schema.object { Field("a", .number) }
        #expect(try verdict(schema, #"{"a":1,"b":2}"#) == "/b object.unknown")
        var options = CompiledSchema.Options()
        options.unknown = .stripped
        #expect(try verdict(schema, #"{"a":1,"b":2}"#, options) == #"{"a":1}"#)
        options.unknown = .allowed
        #expect(try verdict(schema, #"{"a":1,"b":2}"#, options) == "fits")
        #expect(try verdict(schema.unknown(), #"{"b":2}"#) == "fits")
        #expect(try verdict(schema.strippingUnknown(), #"{"a":1,"b":2}"#) == #"{"a":1}"#)
    }

    @Test func `keeps numbers and texts as they came where other things change`() throws {
        let schema = Schema.object {
            Field("a", .number)
            Field("b", .string.defaulting(to: "x"))
        }
        #expect(try verdict(schema, #"{"a":1.50e1}"#) == #"{"a":1.50e1,"b":"x"}"#)
    }

    @Test func `looks at members in any order, escaped or not`() throws {
        let schema = Schema.object {
            Field("a", .number.required())
            Field("b", .string.valid("x"))
        }
        #expect(try verdict(schema, #"{"b":"\u0078","\u0061":1}"#) == "fits")
        #expect(try verdict(schema, #"{"b":"x","a":1}"#) == "fits")
    }

    @Test func `reads and checks dates without changing them`() throws {
        let schema = Schema.date.min("2020-01-01").max(.now)
        let now = WallTime(seconds: 1_700_000_000)
        #expect(try verdict(schema, #""2021-06-07T14:21:46Z""#, at: now) == "fits")
        #expect(try verdict(schema, #""2019-06-07""#, at: now) == " date.min")
        #expect(try verdict(schema, #""2031-06-07""#, at: now) == " date.max")
        #expect(try verdict(.date, #""2021-02-30""#) == " date.format")
        #expect(try verdict(.date.timestamp(.seconds), "1700000000") == "fits")
        #expect(try verdict(.date.coerced(), #""2021-06-07""#) == #""2021-06-07T00:00:00.000Z""#)
    }

    @Test func `checks bytes behind Base64`() throws {
        #expect(try verdict(.binary.max(3), #""YWJj""#) == "fits")
        #expect(try verdict(.binary.max(2), #""YWJj""#) == " binary.max")
        #expect(try verdict(.binary, #""YWJ""#) == " binary.base")
    }

    @Test func `takes alternatives, tuples, sets of values and what an array has`() throws {
        #expect(try verdict(.alternatives(.number, .boolean), #""x""#) == " alternatives.types")
        #expect(try verdict(.alternatives(.number, .boolean), "true") == "fits")
        #expect(try verdict(.one(of: .number, .any), "1") == " alternatives.one")
        #expect(try verdict(.all(of: .number, .any.invalid(1)), "1") == " alternatives.all")
        let pair = Schema.tuple(.string.required(), .number)
        #expect(try verdict(pair, #"["a",1]"#) == "fits")
        #expect(try verdict(pair, #"["a",1,2]"#) == " array.orderedLength")
        #expect(try verdict(pair, "[]") == " array.includesRequiredUnknowns")
        #expect(try verdict(.array.unique(), #"[1,{"a":1},{"a":1}]"#) == "/2 array.unique")
        #expect(try verdict(.array.has(.number.min(5)), "[1,2]") == " array.hasUnknown")
        #expect(try verdict(.string.valid("a", "b").insensitive(), #""B""#) == "fits")
        #expect(try verdict(.number.invalid(5), "5") == " any.invalid")
        #expect(try verdict(.string.allow("", nil), #""""#) == "fits")
    }

    @Test func `stops a schema that can't work when it is compiled`() throws {
        #expect(throws: ConfigurationError.self) { try Schema.string.pattern("(").compiled() }
        #expect(throws: ConfigurationError.self) { try Schema.number.email().compiled() }
        #expect(throws: ConfigurationError.self) { try Schema.alternatives().compiled() }
        #expect(throws: ConfigurationError.self) { try Schema.object.and().compiled() }
        #expect(throws: ConfigurationError.self) { try Schema.date.min("yesterday").compiled() }
        #expect(throws: ConfigurationError.self) {
            try Schema.object {
                Field("a", .number.min(.ref("b")))
                Field("b", .number.min(.ref("a")))
            }.compiled()
        }
        #expect(throws: ConfigurationError.self) {
            try Schema.number.min(.expression("1 +")).compiled()
        }
        #expect(throws: ConfigurationError.self) {
            try Schema.string.concat(.number).compiled()
        }
        #expect(throws: ConfigurationError.self) {
            try Schema.object { Field("a", .link(".")) }.compiled()
        }
        #expect(throws: ConfigurationError.self) {
            try Schema.object { Field("a", .link("#nowhere")) }.compiled()
        }
    }

    @Test func `makes new schemas of others`() throws {
        let small = Schema.object {
            Field("a", .number)
            Field("b", .object { Field("c", .string) })
        }
        let strict = small.fork("a", "b.c") { $0.required() }
        #expect(try verdict(strict, #"{"b":{}}"#) == "/a any.required, /b/c any.required")
        #expect(try verdict(small, #"{"b":{}}"#) == "fits")
        let both = Schema.number.min(5).concat(Schema.number.min(7).max(9))
        #expect(try verdict(both, "6") == " number.min")
        let merged = small.concat(.object { Field("a", .number.min(3)) })
        #expect(try verdict(merged, #"{"a":2}"#) == "/a number.min")
    }

    @Test func `runs the program's own checks`() throws {
        let even = Schema.integer.check("number.even") { value in
            guard case .number(let number) = value else { return nil }
            return number.truncatingRemainder(dividingBy: 2) == 0 ? nil : "{label} must be even"
        }
        #expect(try verdict(even, "3") == " number.even")
        #expect(try verdict(even, "4") == "fits")
        struct Pair: Decodable { let a: Int, b: Int }
        let pair = Schema.object {
            Field("a", .integer.required())
            Field("b", .integer.required())
        }.check(as: Pair.self, "pair.order") { $0.a < $0.b ? nil : "a must be less than b" }
        #expect(try verdict(pair, #"{"a":2,"b":1}"#) == " pair.order")
        #expect(try verdict(pair, #"{"a":1,"b":2}"#) == "fits")
    }
}
