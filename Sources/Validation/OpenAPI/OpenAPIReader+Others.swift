import GatehouseCore

/// Requests that the API sends itself: never operations of a gate, but what is written of them must
/// be as valid as all else.
extension OpenAPIReader {
    /// Checks callbacks and webhooks; what that compiles is thrown away.
    mutating func checkOthers() throws(SchemaError) {
        let components = member("components", of: root)
        let named = components.flatMap { member("callbacks", of: $0) }
        let webhooks = members(of: member("webhooks", of: root))
        let all = callbacks + members(of: named)
        guard !all.isEmpty || !webhooks.isEmpty else { return }
        var count = 0
        var seen: Set<SchemaPlace> = []
        for entry in all {
            let target = try dereference(entry)
            guard node(target).kind == .object else {
                throw wrong("an object of expressions and their path items", entry)
            }
            guard seen.insert(target).inserted else { continue }
            for item in members(of: target) where !name(item).hasPrefix("x-") {
                guard name(item).contains("{$") || name(item).contains("://") else {
                    throw wrong(
                        "a path item under a runtime expression such as {$request.query.url}", item)
                }
                try check(item, &count)
            }
        }
        for item in webhooks where !name(item).hasPrefix("x-") { try check(item, &count) }
        _ = try requests.finish()
        _ = try responses.finish()
        _ = try finishParts()
    }

    private mutating func check(_ item: SchemaPlace, _ count: inout Int) throws(SchemaError) {
        let target = try dereference(item)
        guard node(target).kind == .object else { throw wrong("a path item", item) }
        let common =
            try member("parameters", of: target)
            .map { place throws(SchemaError) in try parameters(place) } ?? []
        for method in Self.methods {
            guard let place = member(method, of: target) else { continue }
            count += 1
            guard count <= Self.operationsMax else { throw error(.tooLarge, place) }
            var content = OpenAPIOperation.Content(id: "", method: method, path: "")
            try read(&content, place, common, nil)
        }
    }
}
