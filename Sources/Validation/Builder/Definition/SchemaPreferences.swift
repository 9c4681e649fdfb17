/// How values are treated, for a schema and all that is in it. Nil means: as around it.
struct SchemaPreferences: Sendable {
    var converts: Bool?
    var abortsEarly: Bool?
    var allowsUnknown: Bool?
    var stripsUnknownMembers: Bool?
    var stripsUnknownElements: Bool?
    var presence: SchemaFlags.Presence?
    var skipsDefaults: Bool?

    mutating func merge(_ other: SchemaPreferences) {
        converts = other.converts ?? converts
        abortsEarly = other.abortsEarly ?? abortsEarly
        allowsUnknown = other.allowsUnknown ?? allowsUnknown
        stripsUnknownMembers = other.stripsUnknownMembers ?? stripsUnknownMembers
        stripsUnknownElements = other.stripsUnknownElements ?? stripsUnknownElements
        presence = other.presence ?? presence
        skipsDefaults = other.skipsDefaults ?? skipsDefaults
    }

    /// Whether nothing is said.
    var isSilent: Bool {
        converts == nil && abortsEarly == nil && allowsUnknown == nil
            && stripsUnknownMembers == nil && stripsUnknownElements == nil && presence == nil
            && skipsDefaults == nil
    }
}
