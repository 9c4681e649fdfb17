/// Points at another value of the document, or of the context that the caller gives: `a.b` beside
/// the value, `...a` two levels up, `$a` in the context, `/a` from the root.
public struct SchemaReference: Sendable {
    /// Where the path starts.
    enum Origin: Equatable, Sendable {
        /// 0 is the value itself, 1 what it stands in, 2 what that stands in.
        case ancestor(Int)
        case root
        case context
        /// A name that schemas carry, for links.
        case local
    }

    let origin: Origin
    let path: [SchemaText]
    /// Allowed values are the elements of what it points at.
    var looksInside = false
    /// Changes what was found before it is used.
    var adjustment: (@Sendable (SchemaOperand) -> SchemaOperand)?
    /// Replaces certain values by others.
    var map: [(from: SchemaValue, to: SchemaValue)] = []

    init(origin: Origin, path: [SchemaText]) {
        self.origin = origin
        self.path = path
    }

    /// Steps of one reference; more is refused at construction.
    static let stepsMax = 64

    /// Reads the notation: leading dots climb (`a`: beside; `.a`: inside the value; `...a`: two
    /// up).
    init(_ text: String, separator: Character = ".") {
        var rest = Substring(text)
        if rest.hasPrefix("$") {
            self.init(origin: .context, path: Self.steps(rest.dropFirst(), separator))
            return
        }
        if rest.hasPrefix("/") {
            self.init(origin: .root, path: Self.steps(rest.dropFirst(), separator))
            return
        }
        if rest.hasPrefix("#") {
            self.init(origin: .local, path: Self.steps(rest.dropFirst(), separator))
            return
        }
        var dots = 0
        while rest.first == separator {
            dots += 1
            rest = rest.dropFirst()
        }
        let ancestor = dots == 0 ? 1 : dots - 1
        self.init(origin: .ancestor(ancestor), path: Self.steps(rest, separator))
    }

    private static func steps(_ text: Substring, _ separator: Character) -> [SchemaText] {
        if text.isEmpty { return [] }
        return text.split(separator: separator, omittingEmptySubsequences: false)
            .map { SchemaText(String($0)) }
    }

    /// A reference to another field, in the notation above.
    public static func ref(_ path: String) -> SchemaReference { SchemaReference(path) }

    /// The same reference, with what it finds changed before it is compared.
    public func adjusted(
        _ adjustment: @escaping @Sendable (SchemaOperand) -> SchemaOperand
    ) -> SchemaReference {
        var copy = self
        copy.adjustment = adjustment
        return copy
    }

    /// The same reference, meaning any of the elements of the array that it finds.
    public var elements: SchemaReference {
        var copy = self
        copy.looksInside = true
        return copy
    }

    /// Whether it means a member of the object that the field stands in; that member goes first.
    var sibling: SchemaText? { origin == .ancestor(1) ? path.first : nil }
}

/// A scalar that an adjustment of a reference sees and returns.
public enum SchemaOperand: Equatable, Sendable {
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// `true` or `false`.
    case bool(Bool)
    /// Anything else, such as an absent member; it satisfies no limit.
    case nothing

    init(_ value: SchemaValue) {
        switch value {
        case .number(let number): self = .number(number.double)
        case .date(let milliseconds): self = .number(milliseconds)
        case .text(let text): self = .text(text.string)
        case .bool(let value): self = .bool(value)
        default: self = .nothing
        }
    }

    var value: SchemaValue {
        switch self {
        case .number(let number): .number(number)
        case .text(let text): .text(text)
        case .bool(let value): .bool(value)
        case .nothing: .undefined
        }
    }
}

extension SchemaValue {
    /// What the steps lead to: members by name, elements by index (from the end if negative), the
    /// length of arrays and texts, characters of texts.
    func reach(_ path: some Sequence<SchemaText>) -> SchemaValue {
        var value = self
        for step in path {
            switch value {
            case .object(let object): value = object[step] ?? .undefined
            case .array(let elements):
                if step.string == "length" {
                    value = .number(elements.count)
                } else if let index = Int(step.string) {
                    let place = index < 0 ? elements.count + index : index
                    value = elements.indices.contains(place) ? elements[place] : .undefined
                } else {
                    return .undefined
                }
            case .text(let text):
                let units = Array(text.string.utf16)
                if step.string == "length" {
                    value = .number(units.count)
                } else if let index = Int(step.string), units.indices.contains(index) {
                    value = .text(String(decoding: [units[index]], as: UTF16.self))
                } else {
                    return .undefined
                }
            default: return .undefined
            }
        }
        return value
    }
}
