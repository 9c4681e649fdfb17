import Foundation
import Testing

@testable import GatehouseDocuments
import GatehouseStorage

struct Account: DocumentModel, Equatable {
    struct Address: Codable, Equatable { var city: String }
    var id: String
    var email: String
    var visits: Int
    var tags: [String] = []
    var isOpen = true
    var score: Double?
    var address: Address?
    var extra: Document?

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case email, visits, tags, isOpen, score, address, extra
    }

    static var fieldNames: [PartialKeyPath<Account>: StaticString] {
        [
            \.id: "_id", \.email: "email", \.visits: "visits", \.tags: "tags", \.isOpen: "isOpen",
            \.score: "score", \.address?.city: "address.city",
        ]
    }
}

@Suite struct DocumentTests {
    private func bytes(_ filter: DocumentFilter<Account>) throws -> Document {
        var writer = BSONWriter()
        try filter.write(&writer)
        writer.end()
        return try BSONReader.report(writer.bytes)
    }

    /// Keys of attacks in the bodies of requests.
    static let attacks = [
        #"{"$ne": null}"#, #"{"$gt": ""}"#, #"{"$where": "sleep(1000)"}"#,
        #"{"a": {"$regex": ".*"}}"#,
        #"{"a": [{"b": {"$expr": {"$function": {"body": "f", "args": [], "lang": "js"}}}}]}"#,
        #"{"$or": [{}, {"a": 1}]}"#, #"{"a.b": 1}"#, #"{"": 1}"#, #"{"a\u0000b": 1}"#,
        #"{"a": {"$": 1}}"#,
        #"{"$set": {"role": "admin"}}"#, #"{"$oid": "507f1f77bcf86cd799439011"}"#,
        #"{"a": {"$numberLong": "1"}}"#, #"{"\u0024ne": 1}"#, #"{"__proto__.x": 1}"#,
        #"{"$ref": "a", "$id": 1}"#,
    ]

    @Test(arguments: attacks) func `refuses operators, paths and empty keys in any JSON`(
        _ json: String
    ) throws {
        let error = #expect(throws: (any Error).self) {
            try JSONDecoder().decode(Document.self, from: Data(json.utf8))
        }
        let value = #expect(throws: (any Error).self) {
            try JSONDecoder().decode(DocumentValue.self, from: Data(json.utf8))
        }
        #expect(error != nil && value != nil)
    }

    @Test func `refuses keys however a document is made`() throws {
        #expect(throws: DatabaseError.self) { try Document([("$set", .null)]) }
        #expect(throws: DatabaseError.self) { try Document([("a.b", .null)]) }
        #expect(throws: DatabaseError.self) { try Document([("a\0", .null)]) }
        #expect(throws: DatabaseError.self) { try Document([("a", .null), ("a", .null)]) }
        #expect(throws: DatabaseError.self) { try Document(encoding: ["$where": "x"]) }
        #expect(throws: DatabaseError.self) { try Document(encoding: [["a": ["$gt": 1]]]) }
        #expect(throws: DatabaseError.self) { try Document(encoding: "text") }
        var deep = DocumentValue.null
        for _ in 0...Document.depthMax { deep = .list([deep]) }
        #expect(throws: DatabaseError.self) { try Document([("a", deep)]) }
        #expect(throws: DatabaseError.self) {
            try Document([("a", .list(.init(repeating: .null, count: Document.valuesMax)))])
        }
    }

    @Test func `keeps JSON as it was`() throws {
        let json = #"{"a": [1, 2.5, "x", null, true, {"b": []}], "c": {"d": -9007199254740993}}"#
        let document = try JSONDecoder().decode(Document.self, from: Data(json.utf8))
        let read = try BSONReader.document(BSONWriter.bytes(document))
        #expect(read["a"] == document["a"] && read["c"] == document["c"])
        #expect(read.fields.count == 2)
        #expect(
            document["c"] == .document(try Document([("d", .integer(-9_007_199_254_740_993))])))
    }

    @Test func `writes a value as the operand of an operator, whatever it is`() throws {
        let filter: DocumentFilter<Account> =
            \.email == "$where" && (\.visits > 3 || !(\.score == nil))
        #expect(
            try bytes(filter)
                == Document(unchecked: [
                    (
                        "$and",
                        .list([
                            .document(
                                Document(unchecked: [
                                    (
                                        "email",
                                        .document(Document(unchecked: [("$eq", .text("$where"))]))
                                    )
                                ])),
                            .document(
                                Document(unchecked: [
                                    (
                                        "$or",
                                        .list([
                                            .document(
                                                Document(unchecked: [
                                                    (
                                                        "visits",
                                                        .document(
                                                            Document(unchecked: [
                                                                ("$gt", .integer(3))
                                                            ]))
                                                    )
                                                ])),
                                            .document(
                                                Document(unchecked: [
                                                    (
                                                        "$nor",
                                                        .list([
                                                            .document(
                                                                Document(unchecked: [
                                                                    (
                                                                        "score",
                                                                        .document(
                                                                            Document(unchecked: [
                                                                                ("$eq", .null)
                                                                            ]))
                                                                    )
                                                                ]))
                                                        ])
                                                    )
                                                ])),
                                        ])
                                    )
                                ])),
                        ])
                    )
                ]))
        #expect(try bytes(.everything).fields.isEmpty)
        #expect(throws: DatabaseError.self) { try bytes(.any([])) }
        #expect(throws: DatabaseError.self) { try bytes(.exists(\.extra)) }
    }

    @Test func `gives values back as they were`() throws {
        let account = Account(
            id: "a", email: "żółw 🐢", visits: .min, tags: ["x", ""], isOpen: false, score: -0.5,
            address: .init(city: "Łódź"),
            extra: try Document([
                ("bytes", .bytes([0, 1, 255])), ("id", .id(DocumentID(high: 1, low: 2))),
                ("date", .date(DocumentDate(milliseconds: -5))), ("none", .null),
            ]))
        let document = try Document(encoding: account)
        let read = try BSONReader.document(BSONWriter.bytes(document))
        #expect(read == document)
        #expect(try read.decoded(as: Account.self) == account)
        #expect(throws: DatabaseError.self) { try read.decoded(as: [String: Int].self) }
        let id = try #require(DocumentID("507f1f77bcf86cd799439011"))
        #expect(id.description == "507f1f77bcf86cd799439011")
        #expect(DocumentID("507f1f77bcf86cd79943901") == nil)
        #expect(DocumentID("507f1f77bcf86cd79943901g") == nil)
    }

    @Test func `refuses damaged bytes, cut anywhere`() throws {
        let account = Account(
            id: "a", email: "b", visits: 1, tags: ["x"], score: 1, address: .init(city: "c"))
        let bytes = BSONWriter.bytes(try Document(encoding: account))
        for count in 0..<bytes.count {
            #expect(throws: DatabaseError.self) { try BSONReader.document(Array(bytes[..<count])) }
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            var noisy = bytes
            let place = Int(generator.below(Int64(bytes.count)))
            noisy[place] = UInt8(truncatingIfNeeded: generator.next())
            _ = try? BSONReader.document(noisy)
        }
    }

    /// What no test can call: it does not compile.
    @Test(
        .enabled(if: SwiftCompiler.isInstalled, "no swiftc on PATH"),
        arguments: [
            ("let f: DocumentFilter<M> = \\.name == [\"$ne\": \"x\"]", false),
            (
                "let d = try Document([(\"a\", .null)]); let f: DocumentFilter<M> = \\.name == d",
                false
            ),
            ("let f: DocumentFilter<M> = [\"$where\": \"true\"]", false),
            ("let f: DocumentFilter<M> = .where(\"true\")", false),
            ("let s: String = \"x\"; let c = db.collection(M.self, s)", false),
            ("let u: [DocumentUpdate<M>] = [.set(\\.name, [\"$inc\": 1])]", false),
            ("let f: DocumentFilter<M> = \\.name == \"x\"", true),
            ("let u: [DocumentUpdate<M>] = [.set(\\.name, \"x\")]", true),
        ])
    func `an object as an operand, and a script, do not compile`(
        _ code: String, _ compiles: Bool
    ) throws {
        let outcome = try SwiftCompiler.check(
            """
            import GatehouseDocuments
            struct M: DocumentModel {
                var name: String
                static var fieldNames: [PartialKeyPath<M>: StaticString] { [\\.name: "name"] }
            }
            func check(_ db: DocumentDatabase) throws {
                \(code)
            }
            """)
        #expect(outcome.compiles == compiles, "\(code)\n\(outcome.messages)")
    }
}
