import GatehouseCore

/// A step from a value to one inside it.
enum SchemaStep: Hashable, Sendable {
    case member(SchemaText)
    case element(Int)
    /// From a value to the array that was put around it: shows in no pointer.
    case single
}

/// One failure, before it is worded.
struct SchemaReport: Sendable {
    let code: String
    let path: [SchemaStep]
    let label: String?
    var expected: String?
    /// Text instead of the catalogue's.
    var message: String?
    /// How many steps deep the schema that failed stands, which tells alternatives apart.
    var depth: Int { path.count }

    /// Bytes of a pointer; names that a client chose can be of any length. Beyond, it names what
    /// the value stands in.
    private static let pointerBytesMax = 1_024

    /// The place as a JSON Pointer (RFC 6901).
    var pointer: String {
        var pointer: [UInt8] = []
        for step in path {
            let before = pointer.count
            switch step {
            case .single: continue
            case .element(let index):
                pointer.append(0x2F)
                pointer.append(decimal: index)
            case .member(let name):
                pointer.append(0x2F)
                for byte in name.utf8 {
                    switch byte {
                    case UInt8(ascii: "~"): pointer += [0x7E, 0x30]
                    case 0x2F: pointer += [0x7E, 0x31]
                    default: pointer.append(byte)
                    }
                }
            }
            if pointer.count > Self.pointerBytesMax {
                pointer.removeLast(pointer.count - before)
                break
            }
        }
        return String(decoding: pointer, as: UTF8.self)
    }
}

/// A value after its schema, and what is wrong with it.
struct SchemaOutcome: Sendable {
    var value: SchemaValue
    var reports: [SchemaReport] = []

    var fails: Bool { !reports.isEmpty }
}

/// Preferences with nothing left open.
struct SchemaSettings: Sendable {
    var converts = false
    var abortsEarly = false
    var allowsUnknown = false
    var stripsUnknownMembers = false
    var stripsUnknownElements = false
    var presence = SchemaFlags.Presence.optional
    var skipsDefaults = false

    func applying(_ preferences: SchemaPreferences) -> SchemaSettings {
        if preferences.isSilent { return self }
        var copy = self
        copy.converts = preferences.converts ?? converts
        copy.abortsEarly = preferences.abortsEarly ?? abortsEarly
        copy.allowsUnknown = preferences.allowsUnknown ?? allowsUnknown
        copy.stripsUnknownMembers = preferences.stripsUnknownMembers ?? stripsUnknownMembers
        copy.stripsUnknownElements = preferences.stripsUnknownElements ?? stripsUnknownElements
        copy.presence = preferences.presence ?? presence
        copy.skipsDefaults = preferences.skipsDefaults ?? skipsDefaults
        return copy
    }
}
