import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import GatehouseObservability
import GatehouseStorage

/// Adding, removing and listing blocks over the admin listener.
struct BlockOperations: Sendable {
    private let list: BlockList
    /// What must not be blocked without meaning to, in the configuration in force.
    private let guardian: @Sendable () -> BlockGuard
    private let logger: Logger

    private static let listMax = 10_000
    /// A century: beyond, nothing is meant to end.
    private static let secondsMax: Int64 = 3_155_760_000

    init(_ list: BlockList, _ logger: Logger, guardian: @escaping @Sendable () -> BlockGuard) {
        self.list = list
        self.guardian = guardian
        self.logger = logger
    }

    var all: [AdminOperations.Operation] {
        [
            .init(method: .get, path: "/blocks") { (_) throws(Rejection) in show() },
            .init(method: .post, path: "/blocks") { (request) async throws(Rejection) in
                try await add(request)
            },
            .init(method: .post, path: "/blocks/remove") { (request) async throws(Rejection) in
                try await remove(request)
            },
        ]
    }

    private func show() -> Response {
        let entries = list.entries
        var json = JSONWriter()
        json.beginObject()
        json.key("total")
        json.number(entries.count)
        json.key("blocks")
        json.beginArray()
        for entry in entries.prefix(Self.listMax) { Self.write(entry, &json) }
        json.endArray()
        json.endObject()
        return .json(json.finish())
    }

    private static func write(_ entry: BlockEntry, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("target")
        json.string(entry.target.description)
        json.key("reason")
        json.string(entry.reason)
        json.key("author")
        json.string(entry.author)
        json.key("made")
        json.string(entry.made.timestamp)
        json.key("until")
        if let until = entry.until { json.string(until.timestamp) } else { json.null() }
        json.endObject()
    }

    private func add(_ request: Request) async throws(Rejection) -> Response {
        var fields = try await JSONFields(request)
        let target = try Self.target(&fields)
        let seconds = try fields.optionalNumber("seconds")
        let reason = try fields.optionalText("reason") ?? ""
        let author = try fields.optionalText("author") ?? ""
        let isForced = try fields.flag("force")
        try fields.end()
        if let seconds, !(1...Self.secondsMax).contains(seconds) {
            throw Rejection(field: "seconds", "is not between 1 and \(Self.secondsMax)")
        }
        if !isForced, let objection = guardian().objection(to: target) {
            return Self.said("would block \(objection)", status: 409)
        }
        let until = seconds.map { WallTime.now.adding(.seconds($0)) }
        var warning: String?
        do throws(SetStoreError) {
            try await list.add(target, reason: reason, author: author, until: until)
        } catch { warning = try Self.warning(error) }
        note("added", target, author, reason)
        guard let entry = list.entry(for: target) else {
            throw Rejection(503, .unavailable, detail: "blocks: changed at the same time")
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("block")
        Self.write(entry, &json)
        if let warning {
            json.key("warning")
            json.string(warning)
        }
        json.endObject()
        return .json(json.finish(), status: 201)
    }

    private func remove(_ request: Request) async throws(Rejection) -> Response {
        var fields = try await JSONFields(request)
        let target = try Self.target(&fields)
        let author = try fields.optionalText("author") ?? ""
        try fields.end()
        do throws(SetStoreError) {
            guard try await list.remove(target, author: author) else {
                return Self.said("is not blocked", status: 404)
            }
        } catch {
            let warning = try Self.warning(error)
            note("removed", target, author, "")
            return Self.said(warning, status: 200)
        }
        note("removed", target, author, "")
        return Self.said("", status: 200)
    }

    private static func target(_ fields: inout JSONFields) throws(Rejection) -> BlockTarget {
        let text = try fields.text("target")
        do throws(ConfigurationError) { return try BlockTarget(text) } catch {
            throw Rejection(field: "target", "is no target")
        }
    }

    /// What is in force here and could not be told or written down is done all the same.
    private static func warning(_ error: SetStoreError) throws(Rejection) -> String {
        switch error {
        case .unavailable(let why): return "it counts on this gate only, for now: \(why)"
        case .full, .malformed:
            throw Rejection(503, .unavailable, detail: error.description)
        }
    }

    private static func said(_ message: String, status: Int) -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.key("message")
        json.string(message)
        json.endObject()
        return .json(json.finish(), status: status)
    }

    private func note(_ what: String, _ target: BlockTarget, _ author: String, _ reason: String) {
        logger.security(
            .privilegePermissionsChanged, outcome: .noted, actor: author,
            fields: [
                "change": .public("block \(what)"), "target": .text(target.description),
                "reason": .text(reason),
            ])
    }
}
