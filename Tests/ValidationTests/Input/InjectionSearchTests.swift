import GatehouseCore
import Testing

@testable import GatehouseValidation

@Suite struct InjectionSearchTests {
    private func body(_ json: String, allowing: [String] = []) throws -> InjectionFinding? {
        var tape = JSONTape()
        let bytes = Array(json.utf8)
        return InjectionSearch(allowing: allowing).find(in: try tape.parse(bytes.raw))
    }

    private func parameters(_ text: String, allowing: [String] = []) throws -> InjectionFinding? {
        var fields = FormFields()
        try fields.parse(Array(text.utf8).raw)
        return InjectionSearch(allowing: allowing).find(in: fields)
    }

    @Test(arguments: [
        (#"{"password":{"$ne":null}}"#, "operator", "/password/$ne"),
        (#"{"a":[1,{"b":[{"$where":"sleep(1)"}]}]}"#, "operator", "/a/1/b/0/$where"),
        (#"{"\u0024gt":""}"#, "operator", "/$gt"),
        (#"{"$":1}"#, "operator", "/$"),
        (#"{"a":{"x.y":1}}"#, "dotted-path", "/a/x.y"),
        (#"{"a\u002eb":1}"#, "dotted-path", "/a.b"),
        (#"{"__proto__":{"isAdmin":true}}"#, "prototype", "/__proto__"),
        (#"{"a":{"\u005f_proto__":{}}}"#, "prototype", "/a/__proto__"),
        (#"{"a":{"constructor":{"prototype":{"x":1}}}}"#, "prototype", "/a/constructor"),
        (#"[{"a~/b":{"$or":[]}}]"#, "operator", "/0/a~0~1b/$or"),
    ])
    func `finds names that are more than names, however they are written`(
        _ json: String, _ kind: String, _ place: String
    ) throws {
        let found = try body(json)
        #expect(found?.kind.rawValue == kind)
        #expect(found?.place == place)
    }

    @Test func `passes over what only looks like one`() throws {
        for json in [
            #"{"price":"$5","note":"a.b","text":"__proto__"}"#, #"{"constructor":"McLaren"}"#,
            #"{"constructor":{"name":"x"}}"#, #"["$gt","a.b"]"#, #""$gt""#, "1", "{}", "[]",
            #"{"us$":1,"_proto_":2,"prototype":3}"#,
        ] {
            #expect(try body(json) == nil, "\(json)")
        }
    }

    @Test(arguments: [
        ("user[$ne]=", "operator"), ("$where=1", "operator"), ("a[b][$regex]=.*", "operator"),
        ("a%5B%24gt%5D=1", "operator"), ("a[__proto__][admin]=1", "prototype"),
        ("__proto__.admin=1", "dotted-path"), ("a.b=1", "dotted-path"),
        ("constructor[prototype][x]=1", "prototype"), ("a[b.c]=1", "dotted-path"),
        ("a[$ne=1", "operator"),
    ])
    func `finds them among parameters`(_ text: String, _ kind: String) throws {
        #expect(try parameters(text)?.kind.rawValue == kind)
    }

    @Test func `lets pass what a route allows, and nothing like it`() throws {
        #expect(try body(#"{"$top":1}"#, allowing: ["$top"]) == nil)
        #expect(try body(#"{"\u0024top":1}"#, allowing: ["$top"]) == nil)
        #expect(try body(#"{"$top":{"$gt":1}}"#, allowing: ["$top"])?.place == "/$top/$gt")
        #expect(try parameters("$top=1&$skip=2", allowing: ["$top", "$skip"]) == nil)
        #expect(try parameters("$top[$gt]=1", allowing: ["$top"]) != nil)
        #expect(try parameters("a=1&b[]=2&c[d]=3") == nil)
    }

    @Test func `finds parameters that say a thing twice`() throws {
        func repeated(_ text: String, allowing: [String] = []) throws -> String? {
            var fields = FormFields()
            try fields.parse(Array(text.utf8).raw)
            return ParameterPollution.find(
                in: fields, allowing: Set(allowing.map { Array($0.utf8) }))
        }
        for text in [
            "id=1&id=2", "id=1&ID=2", "id=1&b=2&%69d=3", "id=1&id[]=2", "id[x]=1&id=2",
            "id[x]=1&id[x]=2", "id&id",
        ] {
            #expect(try repeated(text)?.lowercased() == "id", "\(text)")
        }
        for text in ["id=1", "id=1&id2=2", "id[]=1&id[]=2", "id[a]=1&id[b]=2", ""] {
            #expect(try repeated(text) == nil, "\(text)")
        }
        #expect(try repeated("tag=1&tag=2", allowing: ["tag"]) == nil)
        #expect(try repeated("tag=1&tag=2&id=3&id=4", allowing: ["tag"]) == "id")
    }
}
