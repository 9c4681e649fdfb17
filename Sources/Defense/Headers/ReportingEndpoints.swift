public import GatehouseCore
public import GatehouseHTTP

/// Names the addresses that `report-to` of a policy refers to (W3C Reporting API).
public struct ReportingEndpoints: SecurityHeader {
    /// `Reporting-Endpoints`
    public var name: FieldName { .reportingEndpoints }
    /// The rendered value.
    public let value: String
    /// The groups' names.
    let groups: [String]

    /// Renders the groups once; addresses are https or a path of this origin.
    public init(_ endpoints: [(name: String, address: String)]) throws(ConfigurationError) {
        guard !endpoints.isEmpty else { throw .invalid(Self.key, "names no endpoint") }
        for (name, address) in endpoints {
            let isName =
                name.utf8.first.map { $0 &- 0x61 < 26 } ?? false
                && name.utf8.allSatisfy {
                    $0 &- 0x61 < 26 || $0.isDigit || $0 == 0x2D || $0 == 0x5F
                }
            guard isName else {
                throw .invalid(Self.key, "\"\(name)\" is no name: lower-case letters, digits, - _")
            }
            guard address.hasPrefix("https://") || address.hasPrefix("/"),
                address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C })
            else {
                throw .invalid(Self.key, "\(name) needs an https:// address or a path")
            }
        }
        groups = endpoints.map(\.name)
        if let twice = groups.firstDuplicate {
            throw .invalid(Self.key, "\(twice) stands twice; browsers read the last only")
        }
        value = endpoints.map { "\($0.name)=\"\($0.address)\"" }.joined(separator: ", ")
    }

    /// The header by its text, such as `main="https://reports.example/csp"`.
    public init(parsing value: String) throws(ConfigurationError) {
        var endpoints: [(name: String, address: String)] = []
        for piece in value.pieces(separatedBy: ",") {
            guard let equals = piece.firstIndex(of: "="), piece.hasSuffix("\""),
                piece[equals...].hasPrefix("=\""), piece[equals...].count > 3
            else { throw .invalid(Self.key, "found \(piece); expected name=\"https://…\"") }
            let address = piece[equals...].dropFirst(2).dropLast()
            endpoints.append((String(piece[..<equals]), String(address)))
        }
        try self.init(endpoints)
    }

    private static let key = "Reporting-Endpoints"

    /// Ours alone: where reports go is decided in the configuration.
    public func strictest(with theirs: [String]) -> [String] { [value] }
}
