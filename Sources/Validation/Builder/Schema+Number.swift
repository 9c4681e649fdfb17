extension Schema {
    /// At least this: a number, a date, or a length.
    public func min(_ limit: SchemaTerm) -> Schema { bound("min", .min, .min, limit) }
    /// At most this: a number, a date, or a length.
    public func max(_ limit: SchemaTerm) -> Schema { bound("max", .max, .max, limit) }
    /// At least this.
    public func min(_ limit: Int) -> Schema { min(.integer(Int64(limit))) }
    /// At most this.
    public func max(_ limit: Int) -> Schema { max(.integer(Int64(limit))) }
    /// More than this, for numbers and dates.
    public func greater(_ limit: SchemaTerm) -> Schema { order("greater", .greater, limit) }
    /// Less than this, for numbers and dates.
    public func less(_ limit: SchemaTerm) -> Schema { order("less", .less, limit) }

    private func bound(
        _ name: String, _ comparison: SchemaRule.Comparison, _ size: SchemaRule.SizeBound,
        _ term: SchemaTerm
    ) -> Schema {
        switch definition.kind {
        case .number, .date: order(name, comparison, term)
        default: self.size(name, size, term.limit)
        }
    }

    private func order(
        _ name: String, _ comparison: SchemaRule.Comparison, _ term: SchemaTerm
    ) -> Schema {
        guard var limit = term.limit else {
            return with { $0.reportProblem("\(name) can't be read") }
        }
        if definition.kind == .date, case .value(let value) = limit {
            guard let moment = ScriptDate.parse(value, format: .iso) else {
                return with { $0.reportProblem("\(name) needs a date of ISO 8601") }
            }
            limit = .value(.date(moment))
        }
        return adding(SchemaRuleEntry(name, .order(comparison, limit)), for: .number, .date)
    }

    /// A whole multiple of this; decimals count as they are written.
    public func multiple(of base: SchemaTerm) -> Schema {
        guard let limit = base.limit else {
            return with { $0.reportProblem("multiple can't be read") }
        }
        return adding(SchemaRuleEntry("multiple", .multiple(limit)), for: .number)
    }

    /// More than 0.
    public func positive() -> Schema {
        adding(SchemaRuleEntry("sign", .sign(isPositive: true)), for: .number)
    }
    /// Less than 0.
    public func negative() -> Schema {
        adding(SchemaRuleEntry("sign", .sign(isPositive: false)), for: .number)
    }
    /// 0 to 65535.
    public func port() -> Schema { adding(SchemaRuleEntry("port", .port), for: .number) }
    /// At most so many decimal places.
    public func precision(_ places: Int) -> Schema {
        adding(SchemaRuleEntry("precision", .precision(places)), for: .number)
    }
    /// Whole numbers beyond 2^53 pass too; they are compared exactly up to 64 bits.
    public func unsafe() -> Schema { with { $0.flags.isUnsafe = true } }

    /// A moment in seconds (`.unix`) or milliseconds since 1970 instead of text.
    public func timestamp(_ unit: TimestampUnit = .milliseconds) -> Schema {
        with { $0.flags.dateFormat = unit == .seconds ? .unix : .javascript }
    }

    /// What a timestamp counts.
    public enum TimestampUnit: Sendable {
        /// Seconds.
        case seconds
        /// Milliseconds.
        case milliseconds
    }

    /// Texts that count as true where values are coerced.
    public func truthy(_ values: SchemaTerm...) -> Schema {
        with { $0.truthy = SchemaValues(values.map(\.value)) }
    }
    /// Texts that count as false where values are coerced.
    public func falsy(_ values: SchemaTerm...) -> Schema {
        with { $0.falsy = SchemaValues(values.map(\.value)) }
    }
}
