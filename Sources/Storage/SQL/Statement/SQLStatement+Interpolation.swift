extension SQLStatement {
    /// Collects text and values apart from each other.
    public struct StringInterpolation: StringInterpolationProtocol {
        /// The text between values: known when the program is built.
        public typealias StringLiteralType = StaticString

        var statement = SQLStatement()

        /// Room for what the compiler counted.
        public init(literalCapacity: Int, interpolationCount: Int) {
            statement.reserve(2 * interpolationCount + 1)
        }

        /// Text of the program.
        public mutating func appendLiteral(_ literal: StaticString) {
            if literal.hasPointerRepresentation, literal.utf8CodeUnitCount == 0 { return }
            statement.append(.literal(literal))
        }

        /// A bound number.
        public mutating func appendInterpolation(_ value: Int) {
            statement.append(.value(.integer(Int64(value))))
        }

        /// A bound text.
        public mutating func appendInterpolation(_ value: String) {
            statement.append(.value(.text(value)))
        }

        /// A bound value.
        public mutating func appendInterpolation(_ value: some SQLScalar) {
            statement.append(.value(value.sqlValue))
        }

        /// A bound value, or NULL.
        public mutating func appendInterpolation(_ value: (some SQLScalar)?) {
            statement.append(.value(value?.sqlValue ?? .null))
        }

        /// A type whose name differs between engines.
        public mutating func appendInterpolation(_ type: ColumnType) {
            statement.append(.type(type))
        }

        /// Another statement, with its values.
        public mutating func appendInterpolation(_ part: SQLStatement) {
            statement.append(part)
        }

        /// The name of a column or table, quoted.
        public mutating func appendInterpolation(identifier: some SQLIdentifier) {
            append(identifier)
        }

        /// The names of columns, quoted, with commas: `SELECT \(identifiers: [Note.id, .title])`.
        public mutating func appendInterpolation(identifiers: [some SQLIdentifier]) {
            if identifiers.isEmpty { statement.append(.invalid("a list of no columns")) }
            for (index, identifier) in identifiers.enumerated() {
                if index > 0 { statement.append(.literal(", ")) }
                append(identifier)
            }
        }

        /// Sort orders, with commas: `ORDER BY \(order: [.descending(Note.made)])`.
        public mutating func appendInterpolation<Name: SQLIdentifier>(order: [SQLOrder<Name>]) {
            if order.isEmpty { statement.append(.invalid("an order by nothing")) }
            for (index, term) in order.enumerated() {
                if index > 0 { statement.append(.literal(", ")) }
                append(term.name)
                statement.append(.literal(term.isDescending ? " DESC" : " ASC"))
            }
        }

        /// Whether a column is one of these values: `WHERE \(Note.id, in: ids)`. True for none
        /// when the list is empty.
        public mutating func appendInterpolation(
            _ column: some SQLIdentifier, in values: [some SQLScalar]
        ) {
            guard !values.isEmpty else { return statement.append(.literal("1 = 0")) }
            append(column)
            statement.append(.literal(" IN "))
            appendInterpolation(list: values)
        }

        /// Whether a column is none of these values. True for all when the list is empty.
        public mutating func appendInterpolation(
            _ column: some SQLIdentifier, notIn values: [some SQLScalar]
        ) {
            guard !values.isEmpty else { return statement.append(.literal("1 = 1")) }
            append(column)
            statement.append(.literal(" NOT IN "))
            appendInterpolation(list: values)
        }

        /// Values in parentheses: `WHERE lower(name) IN \(list: names)`. An empty list is refused
        /// when the statement runs.
        public mutating func appendInterpolation(list values: [some SQLScalar]) {
            if values.isEmpty { statement.append(.invalid("a list of no values")) }
            statement.append(.literal("("))
            for (index, value) in values.enumerated() {
                if index > 0 { statement.append(.literal(", ")) }
                statement.append(.value(value.sqlValue))
            }
            statement.append(.literal(")"))
        }

        /// A pattern of `LIKE` around text that is taken as it is:
        /// `WHERE title LIKE \(like: .contains(term))`.
        public mutating func appendInterpolation(like pattern: SQLPattern) {
            let text = pattern.text
            guard text.utf8.count <= SQLPattern.bytesMax else {
                return statement.append(.invalid("a pattern that is too long"))
            }
            statement.append(.value(.text(text)))
            statement.append(.literal(#" ESCAPE '\'"#))
        }

        /// Rows for a bulk insert: `INSERT INTO notes (id, title) VALUES \(rows: rows)`. No rows,
        /// and rows of different lengths, are refused when the statement runs.
        public mutating func appendInterpolation(rows: [SQLTuple]) {
            guard let width = rows.first?.values.count, width > 0 else {
                return statement.append(.invalid("rows of nothing"))
            }
            for (index, row) in rows.enumerated() {
                if row.values.count != width {
                    return statement.append(.invalid("rows of different lengths"))
                }
                statement.append(.literal(index > 0 ? ", (" : "("))
                for (column, value) in row.values.enumerated() {
                    if column > 0 { statement.append(.literal(", ")) }
                    statement.append(.value(value))
                }
                statement.append(.literal(")"))
            }
        }

        private mutating func append<Name: SQLIdentifier>(_ identifier: Name) {
            let name = identifier.rawValue
            // A type that is no enumeration could carry any text: only what it lists passes.
            guard Name.allCases.contains(where: { $0.rawValue == name }), name.isPlainName else {
                return statement.append(.invalid("a name that is no plain identifier"))
            }
            statement.append(.raw("\"\(name)\""))
        }
    }
}

extension String {
    /// Letters, digits and underscores of ASCII, at most the 63 that PostgreSQL keeps.
    fileprivate var isPlainName: Bool {
        guard let first = utf8.first, utf8.count <= 63, !(0x30...0x39).contains(first) else {
            return false
        }
        return utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F
        }
    }
}
