/// What one `Cache-Control` field says, in a form that can be compared.
struct CacheTerms: Equatable, Sendable {
    /// Directives without a value, in the order in which they are written.
    enum Flag: String, CaseIterable, Sendable {
        case noStore = "no-store"
        case noCache = "no-cache"
        case isPrivate = "private"
        case isPublic = "public"
        case mustRevalidate = "must-revalidate"
        case proxyRevalidate = "proxy-revalidate"
        case mustUnderstand = "must-understand"
        case noTransform = "no-transform"
        case immutable

        /// Whether it permits something, so that both sides must say it.
        var isPermission: Bool { self == .isPublic || self == .immutable }
    }

    /// Directives with seconds, in the order in which they are written.
    enum Age: String, CaseIterable, Sendable {
        case maxAge = "max-age"
        case sharedMaxAge = "s-maxage"
        case staleWhileRevalidate = "stale-while-revalidate"
        case staleIfError = "stale-if-error"

        /// Whether its absence is the strict form.
        var isPermission: Bool { self == .staleWhileRevalidate || self == .staleIfError }
    }

    var flags: Set<Flag> = []
    var ages: [Age: Int] = [:]

    /// Takes one directive; false if it is none or its value is wrong.
    mutating func take(_ piece: String) -> Bool {
        let directive = piece.directive
        if let flag = Flag(rawValue: directive.name) {
            // no-cache and private may name fields; the whole response is stricter.
            guard directive.value == nil || flag == .noCache || flag == .isPrivate else {
                return false
            }
            flags.insert(flag)
            return true
        }
        guard let age = Age(rawValue: directive.name), let seconds = directive.value?.deltaSeconds
        else { return false }
        ages[age] = min(ages[age] ?? seconds, seconds)
        return true
    }

    /// Why no cache could obey all of it, or nil.
    var contradiction: String? {
        if flags.isSuperset(of: [.isPublic, .isPrivate]) {
            return "public and private contradict each other; keep one"
        }
        if flags.contains(.noStore) {
            let keepers = flags.intersection([.isPublic, .immutable, .noCache])
            if let keeper = Flag.allCases.first(where: keepers.contains) {
                return "no-store and \(keeper.rawValue) contradict each other; keep one"
            }
            if let age = Age.allCases.first(where: { ages[$0] ?? 0 > 0 }) {
                return "no-store and \(age.rawValue) contradict each other; keep one"
            }
        } else if flags.contains(.mustUnderstand) {
            return "must-understand needs no-store for caches that don't (RFC 9111, 5.2.2.3)"
        }
        if flags.contains(.isPrivate), ages[.sharedMaxAge] != nil {
            return "s-maxage speaks to shared caches, which private shuts out; keep one"
        }
        if flags.isSuperset(of: [.noCache, .immutable]) {
            return "no-cache and immutable contradict each other; keep one"
        }
        if flags.contains(.mustRevalidate),
            Age.allCases.contains(where: { $0.isPermission && ages[$0] != nil })
        {
            return "must-revalidate forbids what stale-… permits; keep one"
        }
        return nil
    }

    /// What satisfies both.
    func strictest(_ other: CacheTerms) -> CacheTerms {
        var result = CacheTerms()
        if flags.contains(.noStore) || other.flags.contains(.noStore) {
            result.flags = [.noStore]
            if flags.union(other.flags).contains(.noTransform) { result.flags.insert(.noTransform) }
            return result
        }
        for flag in Flag.allCases {
            let (ours, theirs) = (flags.contains(flag), other.flags.contains(flag))
            if flag.isPermission ? ours && theirs : ours || theirs { result.flags.insert(flag) }
        }
        for age in Age.allCases {
            switch (ages[age], other.ages[age]) {
            case (let ours?, let theirs?): result.ages[age] = min(ours, theirs)
            case (let one?, nil), (nil, let one?):
                if !age.isPermission { result.ages[age] = one }
            case (nil, nil): break
            }
        }
        if result.flags.contains(.isPrivate) { result.ages[.sharedMaxAge] = nil }
        return result
    }

    var rendered: String {
        let words = Flag.allCases.filter(flags.contains).map(\.rawValue)
        let durations = Age.allCases.compactMap { age in ages[age].map { "\(age.rawValue)=\($0)" } }
        return (words + durations).joined(separator: ", ")
    }
}
