import GatehouseCore
import Testing

@testable import GatehouseValidation

/// What fields say of each other.
@Suite struct SchemaRelationTests {
    @Test func `refuses what references rule out`() throws {
        let schema = Schema.object {
            Field("to", .integer.min(.ref("from")))
            Field("from", .integer)
            Field("again", .any.valid(.ref("secret")))
            Field("secret", .string)
        }
        #expect(try verdict(schema, #"{"from":5,"to":4}"#) == "/to number.min")
        #expect(try verdict(schema, #"{"from":5,"to":5}"#) == "fits")
        #expect(try verdict(schema, #"{"secret":"a","again":"b"}"#) == "/again any.only")
        #expect(try verdict(schema, #"{"from":"x","to":5}"#).contains("/from number.base"))
    }

    @Test func `finds values above, inside, in the context and by formula`() throws {
        let schema = Schema.object {
            Field("limit", .integer)
            Field("inner", .object { Field("value", .integer.max(.ref("...limit"))) })
            Field("choices", .array(of: .string))
            Field("choice", .string.valid(.elements(of: "choices")))
            Field("role", .string.valid(.ref("$role")))
            Field("count", .integer.valid(.expression("length(choices) + 1")))
            Field(
                "double",
                .integer.valid(
                    .ref("limit") { operand in
                        if case .number(let number) = operand {
                            .number(number * 2)
                        } else {
                            operand
                        }
                    }))
        }
        #expect(
            try verdict(schema, #"{"limit":3,"inner":{"value":4}}"#) == "/inner/value number.max")
        #expect(try verdict(schema, #"{"limit":3,"inner":{"value":3}}"#) == "fits")
        #expect(try verdict(schema, #"{"choices":["a"],"choice":"b"}"#) == "/choice any.only")
        #expect(try verdict(schema, #"{"choices":["a"],"choice":"a","count":2}"#) == "fits")
        #expect(try verdict(schema, #"{"limit":2,"double":4}"#) == "fits")
        #expect(try verdict(schema, #"{"role":"admin"}"#) == "/role any.only")
        #expect(try verdict(schema, #"{"role":"admin"}"#, context: ["role": "admin"]) == "fits")
    }

    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("a - -1", "6"), ("10 % 4 / 2", "1"),
        ("if(a > 4, 1, 2)", "1"), ("if(a <= 4 || !a, 1, 2)", "2"), ("a ?? 3", "5"),
        ("missing ?? 3", "3"), ("a == 5 && 8", "8"), ("number(\"12\")", "12"),
        ("length(\"four\")", "4"), ("day / hour", "24"), ("[a] + 1", "6"),
    ])
    func `calculates`(formula: String, expected: String) throws {
        let schema = Schema.object {
            Field("a", .integer)
            Field("n", .any.valid(.expression(formula)))
        }
        #expect(try verdict(schema, #"{"a":5,"n":\#(expected)}"#) == "fits")
        #expect(try verdict(schema, #"{"a":5,"n":100}"#) == "/n any.only")
    }

    @Test(arguments: ["", "1 +", "(1", "foo(1)", "\"a", "if(1,2)", "[a", "1 2"])
    func `refuses formulas that are none`(formula: String) {
        #expect(throws: ConfigurationError.self) {
            try Schema.any.valid(.expression(formula)).compiled()
        }
    }

    @Test func `decides by conditions`() throws {
        let schema = Schema.object {
            Field("kind", .string.valid("person", "company").required())
            Field(
                "vat",
                .string.when(
                    "kind", is: "company", then: .any.required(),
                    otherwise: .any.forbidden()))
            Field(
                "age",
                .integer.when(
                    "kind",
                    cases: [
                        WhenCase(is: "person", then: .integer.min(18)),
                        WhenCase(is: "company", then: .any.forbidden()),
                    ]))
        }
        #expect(try verdict(schema, #"{"kind":"company"}"#) == "/vat any.required")
        #expect(try verdict(schema, #"{"kind":"person","vat":"x"}"#) == "/vat any.unknown")
        #expect(try verdict(schema, #"{"kind":"person","age":17}"#) == "/age number.min")
        #expect(
            try verdict(schema, #"{"kind":"company","vat":"x","age":17}"#) == "/age any.unknown")
        #expect(try verdict(schema, #"{"kind":"company","vat":"x"}"#) == "fits")
        let own = Schema.number.when(fits: .number.min(10), then: .number.multiple(of: 10))
        #expect(try verdict(own, "15") == " number.multiple")
        #expect(try verdict(own, "5") == "fits")
        let choice = Schema.object {
            Field("a", .boolean.required())
            Field("b", .conditional("a", is: .any.valid(true), then: .number, otherwise: .string))
        }
        #expect(try verdict(choice, #"{"a":true,"b":"x"}"#) == "/b number.base")
        #expect(try verdict(choice, #"{"a":false,"b":"x"}"#) == "fits")
    }

    @Test(arguments: [
        (Schema.object.with("a", "b"), #"{"a":1}"#, " object.with"),
        (.object.with("a", "b"), #"{"b":1}"#, "fits"),
        (.object.without("a", "b"), #"{"a":1,"b":1}"#, " object.without"),
        (.object.and("a", "b"), #"{"a":1}"#, " object.and"),
        (.object.or("a", "b"), "{}", " object.missing"),
        (.object.xor("a", "b"), #"{"a":1,"b":1}"#, " object.xor"),
        (.object.xor("a", "b"), "{}", " object.missing"),
        (.object.oxor("a", "b"), #"{"a":1,"b":1}"#, " object.oxor"),
        (.object.oxor("a", "b"), "{}", "fits"),
        (.object.nand("a", "b.c"), #"{"a":1,"b":{"c":1}}"#, " object.nand"),
    ])
    func `refuses members that don't go together`(
        schema: Schema, text: String, expected: String
    ) throws {
        #expect(try verdict(schema, text) == expected)
    }

    @Test func `renames, strips, fills in and counts as absent`() throws {
        let schema = Schema.object {
            Field("name", .string.empty("").defaulting(to: "nobody"))
            Field("confirm", .any.valid(.ref("name")).stripped())
            Field("inner", .object { Field("n", .integer.defaulting(to: 1)) }.defaultingToFields())
        }.rename("user", to: "name")
        #expect(
            try verdict(schema, #"{"user":"ada","confirm":"ada"}"#)
                == #"{"name":"ada","inner":{"n":1}}"#)
        #expect(
            try verdict(schema, #"{"name":"","inner":{"n":2}}"#)
                == #"{"name":"nobody","inner":{"n":2}}"#)
        #expect(
            try verdict(schema, #"{"user":"a","name":"b"}"#).contains("object.rename.override"))
    }

    @Test func `checks members by the pattern of their names, and assertions`() throws {
        let schema = Schema.object.pattern(key: "^x-", .string)
        #expect(try verdict(schema, #"{"x-a":1}"#) == "/x-a string.base")
        #expect(try verdict(schema, #"{"y":1}"#) == "/y object.unknown")
        #expect(try verdict(schema, #"{"x-a":"b"}"#) == "fits")
        let few = Schema.object.pattern(key: "^x-", .any, names: .array.length(1...2))
        #expect(try verdict(few, "{}") == " object.pattern.match")
        #expect(try verdict(few, #"{"x-a":1}"#) == "fits")
        #expect(try verdict(few, #"{"x-a":1,"x-b":1,"x-c":1}"#) == " object.pattern.match")
        let sum = Schema.object {
            Field("a", .object { Field("n", .number) })
            Field("b", .number)
        }.assert(".a.n", .number.max(.ref("b")), message: "{label} is unbalanced")
        #expect(try verdict(sum, #"{"a":{"n":3},"b":2}"#) == " object.assert")
        #expect(try verdict(sum, #"{"a":{"n":2},"b":2}"#) == "fits")
    }

    @Test func `follows links into themselves, as deep as allowed`() throws {
        let tree = Schema.object {
            Field("name", .string.required())
            Field("children", .array(of: .link("#node")))
        }.id("node")
        #expect(
            try verdict(tree, #"{"name":"a","children":[{"name":"b","children":[]}]}"#) == "fits")
        #expect(
            try verdict(tree, #"{"name":"a","children":[{"children":[]}]}"#)
                == "/children/0/name any.required")
        var options = CompiledSchema.Options()
        options.work.linkDepthMax = 1
        let deep = #"{"name":"a","children":[{"name":"b","children":[{"name":"c"}]}]}"#
        #expect(try verdict(tree, deep, options).hasSuffix("link.maxRecursion"))
        let shared = Schema.object { Field("a", .link("#positive")) }
            .shared(.number.positive().id("positive"))
        #expect(try verdict(shared, #"{"a":-1}"#) == "/a number.positive")
    }
}
