import GatehouseCore

extension DirectSchema {
    // Loops go by index: iterators of arrays allocate where they are not specialised.

    /// Whether the value surely fits and stays as it is. False means that nobody knows yet.
    func vouches(for value: borrowing JSONValue, _ settings: SchemaSettings) -> Bool {
        if expectsAbsence { return false }
        if !allowed.isEmpty, contains(allowed, value) { return true }
        if isOnly { return false }
        if !refused.isEmpty, contains(refused, value) { return false }
        switch kind {
        case .any: return rules.isEmpty
        case .string: return value.kind == .string && vouches(forText: value)
        case .number: return value.kind == .number && vouches(forNumber: value)
        case .boolean: return value.kind == .true || value.kind == .false
        case .object: return value.kind == .object && vouches(forMembersOf: value, settings)
        case .array: return value.kind == .array && vouches(forElementsOf: value, settings)
        case .date: return value.kind == .string && vouches(forMoment: value)
        case .alternatives:
            for index in alternatives.indices
            where alternatives[index].direct?.vouches(for: value, settings) == true {
                return true
            }
            return false
        case .binary, .link, .function: return false
        }
    }

    private func contains(_ values: [SchemaValue], _ value: borrowing JSONValue) -> Bool {
        for index in values.indices where isSame(values[index], value) { return true }
        return false
    }

    private func isSame(_ candidate: SchemaValue, _ value: borrowing JSONValue) -> Bool {
        switch candidate {
        case .null: value.kind == .null
        case .bool(let flag): value.bool == flag
        case .text(let text): value.equals(text.utf8.raw)
        case .number(let number):
            value.kind == .number && ValueNumber.order(number, value.quickNumber) == 0
        default: false
        }
    }

    private func vouches(forText value: borrowing JSONValue) -> Bool {
        if value.hasEscapes { return false }
        let text = value.text
        if text.byteCount == 0, !allowsEmpty { return false }
        for index in rules.indices {
            switch rules[index] {
            case .length(let least, let most, let unit):
                let count = text.length(in: unit)
                guard count >= least, count <= most else { return false }
            case .format(let format): guard format.failure(text) == nil else { return false }
            case .pattern(let pattern, let isInverted):
                guard isInverted ? pattern.differs(text) : pattern.matches(text) else {
                    return false
                }
            case .trimmed:
                guard text.isASCII, text.byteCount == 0 || !text.byte(0).isSpace,
                    text.byteCount == 0 || !text.byte(text.byteCount &- 1).isSpace
                else { return false }
            case .letters(let letters): guard text.hasOnly(letters) else { return false }
            default: return false
            }
        }
        return true
    }

    private func vouches(forNumber value: borrowing JSONValue) -> Bool {
        let number = value.quickNumber
        if !isUnsafe, number.double.magnitude > ValueNumber.safeMax { return false }
        guard number.double.isFinite else { return false }
        for index in rules.indices {
            switch rules[index] {
            case .order(let comparison, let bound):
                guard comparison.holds(ValueNumber.order(number, bound)) else { return false }
            case .integer: guard number.integer != nil else { return false }
            case .port:
                guard let integer = number.integer, (0...65_535).contains(integer) else {
                    return false
                }
            case .sign(let isPositive):
                guard isPositive ? number.double > 0 : number.double < 0 else { return false }
            case .multiple(let base):
                guard let integer = number.integer, let divisor = base.integer, divisor > 0,
                    integer % divisor == 0
                else { return false }
            default: return false
            }
        }
        return true
    }

    private func vouches(forMoment value: borrowing JSONValue) -> Bool {
        if value.hasEscapes { return false }
        guard let moment = ScriptDate.parse(value.text, format: dateFormat) else { return false }
        for index in rules.indices {
            guard case .moment(let comparison, let bound) = rules[index] else { return false }
            guard comparison.holds(moment < bound ? -1 : moment > bound ? 1 : 0) else {
                return false
            }
        }
        return true
    }

    private func vouchesForCount(_ count: Int) -> Bool {
        for index in rules.indices {
            guard case .length(let least, let most, _) = rules[index], count >= least, count <= most
            else {
                return false
            }
        }
        return true
    }

    private func vouches(
        forElementsOf value: borrowing JSONValue, _ settings: SchemaSettings
    ) -> Bool {
        guard vouchesForCount(value.count) else { return false }
        if elements.isEmpty { return true }
        var all = value.elements
        while let element = all.next() {
            var isFit = false
            for index in elements.indices
            where elements[index].direct?.vouches(for: element, settings) == true {
                isFit = true
                break
            }
            guard isFit else { return false }
        }
        return true
    }

    private func vouches(
        forMembersOf value: borrowing JSONValue, _ settings: SchemaSettings
    ) -> Bool {
        guard vouchesForCount(value.count) else { return false }
        guard let keys else { return true }
        var seen: UInt64 = 0
        var expected = 0
        var members = value.members
        while let member = members.next() {
            if member.name.hasEscapes { return false }
            let name = member.name.text
            guard let place = Self.place(of: name, in: keys, from: expected) else {
                guard unknown ?? (settings.allowsUnknown && !settings.stripsUnknownMembers) else {
                    return false
                }
                continue
            }
            guard let schema = keys[place].schema.direct,
                schema.vouches(for: member.value, settings)
            else { return false }
            seen |= 1 &<< UInt64(place)
            expected = place &+ 1
        }
        for place in keys.indices where seen & (1 &<< UInt64(place)) == 0 {
            if keys[place].isRequired || keys[place].hasDefault { return false }
            if settings.presence == .required, !keys[place].isForbidden { return false }
        }
        return true
    }

    /// Members mostly come in the schema's order, so that the search starts where it left off.
    private static func place(of name: RawSpan, in keys: [Key], from start: Int) -> Int? {
        for offset in 0..<keys.count {
            var place = start &+ offset
            if place >= keys.count { place &-= keys.count }
            let candidate = keys[place].name
            if candidate.count == name.byteCount, name.equals(candidate.raw) { return place }
        }
        return nil
    }
}

extension JSONValue {
    /// Whether the text as written is not the text that is meant.
    var hasEscapes: Bool { node.isSpecial }

    /// The number without its text: whole numbers need no memory.
    var quickNumber: ValueNumber {
        if let integer { return ValueNumber(integer) }
        return ValueNumber(Double(String(lossy: text)) ?? .nan)
    }
}

extension RawSpan {
    /// Whether it is ASCII without letters of the other case.
    fileprivate func hasOnly(_ letters: LetterCase) -> Bool {
        guard isASCII else { return false }
        for index in 0..<byteCount {
            let byte = byte(index)
            let isOther = letters == .lower ? byte &- 0x41 < 26 : byte &- 0x61 < 26
            if isOther { return false }
        }
        return true
    }
}
