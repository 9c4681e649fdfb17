extension Schema {
    /// Length in code points; an array's elements, an object's members, bytes of `.binary`.
    public func length(_ range: ClosedRange<Int>) -> Schema {
        size("min", .min, .number(range.lowerBound)).size("max", .max, .number(range.upperBound))
    }

    /// Exactly this length.
    public func length(_ count: SchemaTerm) -> Schema { size("length", .exact, count.limit) }

    /// Exactly this length.
    public func length(_ count: Int) -> Schema { size("length", .exact, .number(count)) }

    /// What lengths of texts are counted in. Must come before the lengths.
    public func counting(_ unit: LengthUnit) -> Schema { with { $0.flags.unit = unit } }

    func size(_ name: String, _ bound: SchemaRule.SizeBound, _ limit: SchemaLimit?) -> Schema {
        guard let limit else { return with { $0.reportProblem("\(name) can't be read") } }
        let unit = definition.flags.unit ?? .scalars
        return adding(
            SchemaRuleEntry(name, .size(bound, limit, unit)), for: .string, .array, .object,
            .binary)
    }

    func format(_ name: String, _ format: TextFormat) -> Schema {
        adding(SchemaRuleEntry(name, .format(format)), for: .string)
    }

    /// A pattern of ECMAScript, compiled now; what can't be compiled stops the start. It may match
    /// anywhere: write `^` and `$` to mean the whole.
    public func pattern(
        _ source: String, options: PatternOptions = [], name: String? = nil,
        isInverted: Bool = false
    ) -> Schema {
        do throws(PatternError) {
            let pattern = try SchemaPattern(source, options: options)
            return adding(
                SchemaRuleEntry(
                    "pattern", .pattern(pattern, isInverted: isInverted, name: name)),
                for: .string)
        } catch {
            let why = "the pattern can't be used: \(error.description)"
            return with { $0.reportProblem(why) }
        }
    }

    /// A–Z, a–z and 0–9.
    public func alphanumeric() -> Schema { format("alphanum", .alphanumeric) }
    /// A–Z, a–z, 0–9 and `_`.
    public func token() -> Schema { format("token", .token) }
    /// Base64.
    public func base64(_ rule: Base64Rule = Base64Rule()) -> Schema {
        format("base64", .base64(rule))
    }
    /// A number of a payment card.
    public func creditCard() -> Schema { format("creditCard", .creditCard) }
    /// A `data:` URI.
    public func dataURI(isPadded: Bool = true) -> Schema {
        format("dataUri", .dataURI(isPadded: isPadded))
    }
    /// A domain name.
    public func domain(_ rule: DomainRule = DomainRule()) -> Schema {
        format("domain", .domain(rule))
    }
    /// An e-mail address.
    public func email(_ rule: EmailRule = EmailRule()) -> Schema { format("email", .email(rule)) }
    /// A GUID or UUID.
    public func guid(_ rule: GUIDRule = GUIDRule()) -> Schema { format("guid", .guid(rule)) }
    /// Hexadecimal digits.
    public func hexadecimal(_ rule: HexRule = HexRule()) -> Schema {
        format("hex", .hexadecimal(rule))
    }
    /// A domain name of any number of labels, or an IP address.
    public func hostname() -> Schema { format("hostname", .hostname) }
    /// An IP address.
    public func ip(_ rule: IPRule = IPRule()) -> Schema { format("ip", .ip(rule)) }
    /// A date of ISO 8601 in text.
    public func isoDate(_ rule: ISODateRule = ISODateRule()) -> Schema {
        format("isoDate", .isoDate(rule))
    }
    /// A duration of ISO 8601: `P3DT12H`.
    public func isoDuration() -> Schema { format("isoDuration", .isoDuration) }
    /// A URI of RFC 3986.
    public func uri(_ rule: URIRule = URIRule()) -> Schema { format("uri", .uri(rule)) }
    /// A web address.
    public func url(_ rule: URLRule = URLRule()) -> Schema { format("url", .url(rule)) }
    /// A calendar date in an order of its own: `DD/MM/YYYY`.
    public func calendarDate(_ rule: DateRule) -> Schema { format("date", .date(rule)) }

    /// Refuses white space at the ends.
    public func withoutOuterSpace() -> Schema {
        adding(SchemaRuleEntry("trim", .trim(true)), for: .string)
    }
    /// Takes white space at the ends away.
    public func trimmed() -> Schema {
        adding(SchemaRuleEntry("trim", .trim(true), converts: true), for: .string)
    }
    /// Refuses capitals.
    public func lowercase() -> Schema {
        adding(SchemaRuleEntry("case", .letterCase(.lower)), for: .string)
    }
    /// Makes capitals small.
    public func lowercased() -> Schema {
        adding(SchemaRuleEntry("case", .letterCase(.lower), converts: true), for: .string)
    }
    /// Refuses small letters.
    public func uppercase() -> Schema {
        adding(SchemaRuleEntry("case", .letterCase(.upper)), for: .string)
    }
    /// Makes small letters capitals.
    public func uppercased() -> Schema {
        adding(SchemaRuleEntry("case", .letterCase(.upper), converts: true), for: .string)
    }
    /// Refuses text that is not in this form of Unicode.
    public func normal(_ form: UnicodeForm = .nfc) -> Schema {
        adding(SchemaRuleEntry("normalize", .normalize(form)), for: .string)
    }
    /// Puts text into this form of Unicode.
    public func normalised(_ form: UnicodeForm = .nfc) -> Schema {
        adding(SchemaRuleEntry("normalize", .normalize(form), converts: true), for: .string)
    }
    /// Cuts text off at `max`.
    public func truncated() -> Schema { with { $0.flags.truncates = true } }

    /// Replaces what a pattern finds: all of it, or the first.
    public func replacing(
        _ source: String, with replacement: String, options: PatternOptions = [],
        isGlobal: Bool = true
    ) -> Schema {
        do throws(PatternError) {
            var pattern = try SchemaPattern(source, options: options)
            pattern.isGlobal = isGlobal
            return with { [pattern] in
                $0.flags.coerces = true
                $0.replacements.append(
                    SchemaDefinition.Replacement(
                        pattern: pattern, replacement: SchemaText(replacement)))
            }
        } catch {
            let why = "the pattern can't be used: \(error.description)"
            return with { $0.reportProblem(why) }
        }
    }
}
