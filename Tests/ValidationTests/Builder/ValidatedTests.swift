import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct ValidatedTests {
    private struct User: Decodable, Equatable {
        let email: String
        let password: String
        let name: String
        var age: Int?
    }

    private func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        var tape = JSONTape()
        let bytes = Array(text.utf8)
        return try tape.parse(bytes.raw).decode(T.self)
    }

    private func issue<T: Decodable>(_ type: T.Type, _ text: String) -> String {
        do {
            _ = try decode(T.self, text)
            return "decoded"
        } catch { return "\(error)" }
    }

    @Test func `refuses numbers that a type can't hold exactly`() throws {
        #expect(issue(UInt8.self, "256") == " does not fit the number type")
        #expect(issue(UInt8.self, "-1") == " does not fit the number type")
        #expect(issue(Int.self, "9223372036854775808") == " does not fit the number type")
        #expect(issue(Int.self, "1.5") == " does not fit the number type")
        #expect(issue(Int.self, "9007199254740993.0") == " does not fit the number type")
        #expect(issue(Double.self, "1e400") == " does not fit the number type")
        #expect(try decode(UInt64.self, "18446744073709551615") == .max)
        #expect(try decode(Int64.self, "-9223372036854775808") == .min)
        #expect(try decode(Int.self, "1e2") == 100)
        #expect(try decode(Double.self, "0.1") == 0.1)
    }

    @Test func `names the place of what is missing, null or of another type`() throws {
        struct Outer: Decodable { let list: [Inner] }
        struct Inner: Decodable { let n: Int }
        #expect(issue(Outer.self, #"{"list":[{"n":1},{}]}"#) == "/list/1/n is missing")
        #expect(issue(Outer.self, #"{"list":[{"n":null}]}"#) == "/list/0/n must not be null")
        #expect(issue(Outer.self, #"{"list":[{"n":"1"}]}"#) == "/list/0/n has the wrong type")
        #expect(issue(Outer.self, #"{"list":{}}"#) == "/list has the wrong type")
        #expect(issue(Outer.self, #"{"list":[{"n":1,"x":2}]}"#) == "/list/0 is not known")
    }

    @Test func `decodes optionals, dictionaries, enums, nested and sub values`() throws {
        enum Kind: String, Decodable { case a, b }
        enum Shape: Decodable, Equatable { case circle(radius: Int), point }
        #expect(try decode([String: Int?].self, #"{"a":1,"b":null}"#) == ["a": 1, "b": nil])
        #expect(try decode([Kind].self, #"["a","b"]"#) == [.a, .b])
        #expect(issue(Kind.self, #""secret""#) == " is not valid")
        #expect(try decode(Shape.self, #"{"circle":{"radius":2}}"#) == .circle(radius: 2))
        #expect(try decode(String.self, #""a\u00e9\n""#) == "a\u{E9}\n")
        #expect(
            try decode([[Bool]].self, "[[true],[],[false,true]]") == [[true], [], [false, true]])
        var tape = JSONTape()
        let bytes = Array(#"[0,{"x":["s",{"y":7}]},1]"#.utf8)
        let root = try tape.parse(bytes.raw)
        var elements = root.elements
        _ = elements.next()
        guard let second = elements.next(), let list = second["x"] else {
            Issue.record("nothing there")
            return
        }
        let inner = try list.decode([Mixed].self)
        #expect(inner == [.text("s"), .object(["y": 7])])
    }

    @Test func `finds members in any order, by what their names mean`() throws {
        struct Names: Decodable, Equatable {
            let first: Int, second: String, third: [String: Bool], fourth: Double?
        }
        let wanted = Names(first: 1, second: "two", third: ["x": true], fourth: nil)
        for text in [
            #"{"third":{"x":true},"second":"two","first":1}"#,
            #"{"fourth":null,"first":1,"third":{"\u0078":true},"second":"two"}"#,
            #"{"f\u0069rst":1,"second":"t\u0077o","third":{"x":true}}"#,
        ] { #expect(try decode(Names.self, text) == wanted) }
        #expect(issue(Names.self, #"{"first":1,"second":2}"#) == "/second has the wrong type")
        #expect(
            issue(Names.self, #"{"first":1,"second":"","third":{"a/b":1}}"#)
                == "/third/a~1b has the wrong type")
        var all: [String: Int] = [:]
        for number in 0..<1_000 { all["name\(number)"] = number }
        let members = all.map { "\"\($0.key)\":\($0.value)" }
        #expect(try decode([String: Int].self, "{\(members.joined(separator: ","))}") == all)
    }

    private enum Mixed: Decodable, Equatable {
        case text(String)
        case object([String: Int])
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .object(try container.decode([String: Int].self))
            }
        }
    }

    @Test func `gives what was checked, and nothing of what was sent`() throws {
        let schema = try guideUser.concat(
            .object { Field("name", .string.trimmed().length(1...80).required()) }
        ).compiled()
        let body = Array(
            #"{"email":"ada@example.com","password":"correct horse","name":"  Ada "}"#.utf8)
        let user = try Validated<User>(body, by: schema)
        #expect(user.value.name == "Ada")
        #expect(
            String(decoding: user.json, as: UTF8.self)
                == #"{"email":"ada@example.com","password":"correct horse","name":"Ada"}"#)
        #expect(throws: ValidationFailure.self) {
            try Validated<User>(Array(#"{"email":1}"#.utf8), by: schema)
        }
        #expect(throws: ValidationFailure.unreadable(JSONError(reason: .unexpectedEnd, offset: 1)))
        {
            try Validated<User>(Array("{".utf8), by: schema)
        }
    }
}
