package import GatehouseCore

extension RedisConfiguration {
    private static let addressesMax = 64
    private static let databaseMax = 1_000_000

    /// Reads an address:
    ///
    ///     redis://user:password@host:6379/0        rediss://… with TLS
    ///     redis+sentinel://user:password@sentinel1:26379,sentinel2/0?master=name
    ///     redis+cluster://user:password@member1:6379,member2
    ///     redis+unix:///run/redis.sock?database=0
    ///
    /// `rediss+sentinel` and `rediss+cluster` use TLS. What a URL reserves is percent-encoded in
    /// user and password.
    /// - Throws: what is wrong, without repeating the address, which holds a password.
    package init(url: String) throws(ConfigurationError) {
        guard let end = url.range(of: "://") else { throw Self.wrong("has no scheme") }
        var (scheme, isEncrypted) = (String(url[..<end.lowerBound]), false)
        if scheme.hasPrefix("rediss") {
            scheme.remove(at: scheme.index(scheme.startIndex, offsetBy: 5))
            isEncrypted = true
        }
        var rest = url[end.upperBound...]
        let query = try Self.query(&rest)
        let credentials = try Self.credentials(&rest)
        if scheme == "redis+unix" {
            guard !isEncrypted, rest.hasPrefix("/") else {
                throw Self.wrong("needs a path: redis+unix:///run/redis.sock")
            }
            self.init(.single(.socket(path: try Self.decoded(rest, "path"))))
            database = try Self.database(query["database"] ?? "0")
        } else {
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            let isSentinel = scheme == "redis+sentinel"
            let addresses = try Self.addresses(
                rest[..<slash],
                isSentinel ? RedisAddress.sentinelPortDefault : RedisAddress.portDefault)
            self.init(try Self.layout(scheme, addresses, master: query["master"]))
            let path = rest[slash...].dropFirst()
            database = try Self.database(path.isEmpty ? "0" : String(path))
        }
        if case .cluster = layout, database != 0 {
            throw Self.wrong("names a database, but a cluster has only number 0")
        }
        let known = scheme == "redis+unix" ? ["database"] : isMaster ? ["master"] : []
        guard query.keys.allSatisfy(known.contains) else {
            throw Self.wrong("has a parameter that is not known")
        }
        self.credentials = credentials
        if isEncrypted { encryption = Encryption() }
    }

    private var isMaster: Bool { if case .sentinel = layout { true } else { false } }

    private static func wrong(_ why: String) -> ConfigurationError { .invalid("url", why) }

    private static func layout(
        _ scheme: String, _ addresses: [RedisAddress], master: String?
    ) throws(ConfigurationError) -> Layout {
        switch scheme {
        case "redis":
            guard addresses.count == 1 else {
                throw wrong("names several servers: use redis+sentinel:// or redis+cluster://")
            }
            return .single(addresses[0])
        case "redis+cluster": return .cluster(addresses)
        case "redis+sentinel":
            guard let master, !master.isEmpty else { throw wrong("needs ?master=NAME") }
            return .sentinel(addresses, master: master)
        default:
            throw wrong(
                "must begin with redis://, rediss://, redis+sentinel://, redis+cluster:// "
                    + "or redis+unix://")
        }
    }

    private static func addresses(
        _ text: Substring, _ portDefault: UInt16
    ) throws(ConfigurationError) -> [RedisAddress] {
        var addresses: [RedisAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let address = RedisAddress(part, portDefault: portDefault) else {
                throw wrong("has a host or port that is none")
            }
            addresses.append(address)
        }
        guard addresses.count <= addressesMax else { throw wrong("names too many servers") }
        return addresses
    }

    private static func database(_ text: String) throws(ConfigurationError) -> Int {
        guard let number = Int(text), (0...databaseMax).contains(number) else {
            throw wrong("must name the database by its number, such as /0")
        }
        return number
    }

    private static func credentials(
        _ rest: inout Substring
    ) throws(ConfigurationError) -> Credentials? {
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        // The last one: a password that was not encoded may hold others.
        guard let at = rest[..<end].lastIndex(of: "@") else {
            guard !rest.contains("@") else { throw wrong("has a / in user or password: write %2F") }
            return nil
        }
        let text = rest[..<at]
        rest = rest[rest.index(after: at)...]
        guard let colon = text.firstIndex(of: ":") else {
            throw wrong("has a user without a password: user:password@")
        }
        let user = try decoded(text[..<colon], "user")
        let password = try decoded(text[text.index(after: colon)...], "password")
        guard !password.isEmpty else { throw wrong("has an empty password") }
        return Credentials(user: user.isEmpty ? nil : user, password: Redacted(password))
    }

    private static func query(
        _ rest: inout Substring
    ) throws(ConfigurationError) -> [String: String] {
        guard let mark = rest.lastIndex(of: "?") else { return [:] }
        let text = rest[rest.index(after: mark)...]
        rest = rest[..<mark]
        var found: [String: String] = [:]
        for part in text.split(separator: "&") {
            guard let equal = part.firstIndex(of: "=") else {
                throw wrong("has a parameter without a value")
            }
            let value = try decoded(part[part.index(after: equal)...], "parameter")
            guard found.updateValue(value, forKey: String(part[..<equal])) == nil else {
                throw wrong("has a parameter twice")
            }
        }
        return found
    }

    private static func decoded(
        _ text: Substring, _ part: String
    ) throws(ConfigurationError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw wrong("has a % in its \(part) that begins no byte: write %25") }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw wrong("has a \(part) that is no text")
        }
        return decoded
    }
}

extension StringProtocol {
    /// The first place of some text.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) {
                return start..<index(start, offsetBy: text.count)
            }
            formIndex(after: &start)
        }
        return nil
    }
}
