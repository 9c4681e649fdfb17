import GatehouseCore

/// Where the input holds a name that is more than a name.
package struct InjectionFinding: Equatable, Sendable {
    /// What it would do.
    package let kind: InjectionName
    /// The place in a JSON body as a pointer (RFC 6901); a parameter's name for others.
    package let place: String
}

/// Finds operators, paths into documents and prototypes among the names of a JSON text.
package struct InjectionSearch: Sendable {
    /// Names that a route takes as they are.
    private let allowed: Set<[UInt8]>

    /// A search that passes over names, compared whole.
    package init(allowing allowed: [String] = []) {
        self.allowed = Set(allowed.map { Array($0.utf8) })
    }

    /// The first such name in a body; nil when there is none. Allocates only to report.
    package func find(in root: JSONValue) -> InjectionFinding? { root.firstInjection(allowed) }

    /// The first such name among parameters.
    package func find(in fields: borrowing FormFields) -> InjectionFinding? {
        for index in 0..<fields.count {
            guard let kind = InjectionName.look(parameter: fields.name(index)) else { continue }
            let name = fields.name(index).array
            if allowed.contains(name) { continue }
            return InjectionFinding(kind: kind, place: String(decoding: name, as: UTF8.self))
        }
        return nil
    }
}

extension JSONValue {
    /// Walks the tape in a flat loop: a member's name is a string whose next node is its value, and
    /// depth needs no stack.
    fileprivate func firstInjection(_ allowed: Set<[UInt8]>) -> InjectionFinding? {
        guard kind == .object || kind == .array else { return nil }
        let end = Int(node.next)
        var index = self.index
        while index < end {
            let container = at(index)
            if container.kind == .object, let found = container.badMember(allowed) {
                let place = pointer(to: found.index)
                return InjectionFinding(kind: found.kind, place: place)
            }
            index += 1
        }
        return nil
    }

    /// The first bad name among the members of this object alone.
    private func badMember(_ allowed: Set<[UInt8]>) -> (kind: InjectionName, index: Int)? {
        var members = members
        while let member = members.next() {
            guard let kind = member.injection else { continue }
            if !allowed.isEmpty, let text = member.name.string, allowed.contains(Array(text.utf8)) {
                continue
            }
            return (kind, member.name.index)
        }
        return nil
    }

    /// The pointer of the member whose name stands at a node.
    private func pointer(to target: Int) -> String {
        var pointer = ""
        var value = self
        while true {
            if value.kind == .object {
                var members = value.members
                var next: JSONValue?
                while let member = members.next() {
                    if member.name.index == target { return pointer + member.name.pointerPart }
                    if target > member.value.index, target < Int(member.value.node.next) {
                        pointer += member.name.pointerPart
                        next = member.value
                        break
                    }
                }
                guard let next else { return pointer }
                value = next
            } else {
                var elements = value.elements
                var (next, position): (JSONValue?, Int) = (nil, 0)
                while let element = elements.next() {
                    if target > element.index, target < Int(element.node.next) {
                        pointer += "/\(position)"
                        next = element
                        break
                    }
                    position += 1
                }
                guard let next else { return pointer }
                value = next
            }
        }
    }

    private var pointerPart: String {
        let name = string ?? ""
        return "/" + name.prefix(64).replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

extension JSONMember {
    fileprivate var injection: InjectionName? {
        if name.node.isSpecial {
            // Escapes hide nothing: `\u0024gt` is `$gt`.
            var decoded: [UInt8] = []
            name.appendText(to: &decoded)
            if let found = InjectionName.look(decoded.raw) { return found }
        } else if let found = InjectionName.look(name.text) {
            return found
        }
        guard value.kind == .object, name.equals("constructor") else { return nil }
        return value["prototype" as StaticString] == nil ? nil : .prototype
    }
}
