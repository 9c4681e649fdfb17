import Foundation
import GatehouseCore
import GatehouseIdentity
import TestSupport
import Testing

@testable import Gatehouse

/// Documents in several files, as the gate reads them.
@Suite struct ContractFilesTests {
    private static let root = """
        openapi: 3.1.0
        info: { title: Split, version: "1" }
        paths:
          /users: { $ref: "paths/users.yaml" }
        """
    private static let paths = """
        post:
          requestBody:
            content: { application/json: { schema: { $ref: "../schemas/user.json" } } }
          responses: { "204": { description: fine } }
        """
    private static let user = #"{"type": "object", "properties": {"name": {"maxLength": 3}}}"#

    private func error(
        _ root: String = root, paths: String = paths, user: String = user, references: String? = nil
    ) throws -> String {
        let folder = try ScratchFolder()
        let files = [
            "api/openapi.yaml": root, "api/paths/users.yaml": paths, "api/schemas/user.json": user,
            "other/users.yaml": paths.replacing("../schemas", with: "../api/schemas"),
        ]
        for name in ["api/paths", "api/schemas", "other"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        }
        for (name, text) in files { try folder.write(text, name) }
        var settings = Configuration.Validation()
        settings.openAPI = folder.path + "/api/openapi.yaml"
        settings.references = references.map { folder.path + $0 }
        do throws(ConfigurationError) {
            _ = try OpenAPIContract.load(settings, policy: try AccessPolicy([]))
        } catch {
            guard case .invalid(_, let why) = error else { return "\(error)" }
            return why
        }
        return ""
    }

    @Test func `refuses files that are not there, outside, or not readable, with their place`()
        throws
    {
        let place = "#/paths/~1users/$ref: "
        let outside = Self.root.replacing("paths/users", with: "../other/users")
        #expect(try error(outside).hasPrefix("openapi.yaml" + place))
        let missing = Self.root.replacing("paths/users", with: "paths/nobody")
        #expect(
            try error(missing).hasPrefix("openapi.yaml" + place + "refers to paths/nobody.yaml"))
        #expect(try error(paths: "a: [").hasPrefix("paths/users.yaml: line "))
        #expect(try error(user: "{").hasPrefix("schemas/user.json#: is no JSON"))
        #expect(
            try error(user: Self.user.replacing("3", with: "-3")).hasPrefix(
                "schemas/user.json#/properties/name/maxLength: "))
        #expect(try error(references: "/other").contains("is not in the folder"))
    }

    @Test func `reads JSON and YAML, in its own folder or the one that is given`() throws {
        #expect(try error() == "")
        let outside = Self.root.replacing("paths/users", with: "../other/users")
        #expect(try error(outside, references: "") == "")
    }
}
