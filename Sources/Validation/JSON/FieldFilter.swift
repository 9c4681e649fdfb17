package import GatehouseCore

/// Which members of JSON objects may pass, by their names: `title`, `owner/name`, `*` for any
/// name. Elements of arrays are looked through: a pattern means the members of each.
package struct FieldFilter: Sendable {
    private let patterns: [[String]]

    /// Lets what these patterns name pass, with all that is inside it.
    package init(_ patterns: [String]) {
        self.patterns = patterns.map { $0.split(separator: "/").map(String.init) }
    }

    private init(paths: [[String]]) { patterns = paths }

    /// What becomes of a member.
    private enum Fate {
        case passes
        case isLookedInto(FieldFilter)
        case stays
    }

    private func fate(of name: String) -> Fate {
        var inner: [[String]] = []
        for pattern in patterns where pattern.first == name || pattern.first == "*" {
            if pattern.count == 1 { return .passes }
            inner.append(Array(pattern.dropFirst()))
        }
        return inner.isEmpty ? .stays : .isLookedInto(FieldFilter(paths: inner))
    }

    /// Writes `value` without the members that may not pass.
    package func write(_ value: JSONValue, to json: inout JSONWriter) {
        switch value.kind {
        case .object:
            json.beginObject()
            var members = value.members
            while let member = members.next() {
                let name = member.name.string ?? ""
                switch fate(of: name) {
                case .stays: continue
                case .passes:
                    json.key(name)
                    Self.copy(member.value, to: &json)
                case .isLookedInto(let inner):
                    json.key(name)
                    inner.write(member.value, to: &json)
                }
            }
            json.endObject()
        case .array:
            json.beginArray()
            var elements = value.elements
            while let element = elements.next() { write(element, to: &json) }
            json.endArray()
        default: Self.copy(value, to: &json)
        }
    }

    /// The first member that may not pass, as a JSON Pointer (RFC 6901); nil when all may.
    package func firstRefused(in value: JSONValue, at path: String = "") -> String? {
        switch value.kind {
        case .object:
            var members = value.members
            while let member = members.next() {
                let name = member.name.string ?? ""
                switch fate(of: name) {
                case .passes: continue
                case .stays: return path + "/" + name
                case .isLookedInto(let inner):
                    if let found = inner.firstRefused(in: member.value, at: path + "/" + name) {
                        return found
                    }
                }
            }
        case .array:
            var elements = value.elements
            var index = 0
            while let element = elements.next() {
                if let found = firstRefused(in: element, at: path + "/\(index)") { return found }
                index += 1
            }
        default: break
        }
        return nil
    }

    /// Writes a whole value again from its strict reading: numbers as they were, strings escaped.
    package static func copy(_ value: JSONValue, to json: inout JSONWriter) {
        switch value.kind {
        case .object:
            json.beginObject()
            var members = value.members
            while let member = members.next() {
                json.key(member.name.string ?? "")
                copy(member.value, to: &json)
            }
            json.endObject()
        case .array:
            json.beginArray()
            var elements = value.elements
            while let element = elements.next() { copy(element, to: &json) }
            json.endArray()
        case .string: json.string(value.string ?? "")
        default: json.raw(value.text.array)
        }
    }

    /// The value that a pointer of names leads to in an object; nil when it is not there.
    package static func texts(at pointer: String, in value: JSONValue) -> [String?] {
        let names = pointer.split(separator: "/").map(String.init)
        return texts(names[...], value)
    }

    /// One entry for each object that the value is or holds in arrays; nil where the member is not
    /// there or no text or number.
    private static func texts(_ names: ArraySlice<String>, _ value: JSONValue) -> [String?] {
        if value.kind == .array {
            var all: [String?] = []
            var elements = value.elements
            while let element = elements.next() { all += texts(names, element) }
            return all
        }
        guard let name = names.first else {
            if let text = value.string { return [text] }
            return [value.kind == .number ? String(decoding: value.text.array, as: UTF8.self) : nil]
        }
        let bytes = Array(name.utf8)
        guard value.kind == .object, let member = value[bytes.raw] else { return [nil] }
        return texts(names.dropFirst(), member)
    }
}
