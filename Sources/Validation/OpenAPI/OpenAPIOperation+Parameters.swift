import GatehouseCore

extension OpenAPIOperation {
    /// All that is wrong with a request's parameters; empty if nothing is.
    ///
    /// Issues point into a document of `/path`, `/query`, `/header` and `/cookie`.
    /// - Parameters:
    ///   - path: the values of the path's parameters, as `OpenAPIMatch.values` has them.
    ///   - query: the query as it came, without its question mark.
    ///   - headers: all header fields, each line by itself.
    ///   - cookies: all cookies, each by itself.
    public func parameterIssues(
        path: [String: String] = [:], query: String = "",
        headers: [(name: String, value: String)] = [],
        cookies: [(name: String, value: String)] = [], using scratch: inout OpenAPIScratch
    ) -> [ValidationIssue] {
        var check = OpenAPIParameterCheck(rules.requests, rules)
        for parameter in content.parameters where parameter.location == .path {
            check.check(parameter, path[parameter.name].map { [$0] } ?? [], &scratch)
        }
        checkQuery(query, &check, &scratch)
        for parameter in content.parameters where parameter.location == .header {
            let values = headers.filter { $0.name.lowercased() == parameter.name }.map(\.value)
            check.check(parameter, values, &scratch)
        }
        for parameter in content.parameters where parameter.location == .cookie {
            checkCookies(cookies, parameter, &check, &scratch)
        }
        return check.issues
    }

    private func checkCookies(
        _ cookies: [(name: String, value: String)], _ parameter: OpenAPIParameter,
        _ check: inout OpenAPIParameterCheck, _ scratch: inout OpenAPIScratch
    ) {
        let values = cookies.filter { $0.name == parameter.name }.map(\.value)
        check.check(parameter, values, &scratch)
    }

    private func checkQuery(
        _ query: String, _ check: inout OpenAPIParameterCheck, _ scratch: inout OpenAPIScratch
    ) {
        guard let pairs = OpenAPIPairs(query[...], max: rules.parametersMax)?.pairs else {
            check.note("/query", "query", "must be well-formed, without a semicolon, and short")
            return
        }
        var declared = content.credentialNames
        for parameter in content.parameters where parameter.location == .query {
            if !parameter.isJSON,
                parameter.style == .deepObject
                    || parameter.shape.form == .record && parameter.explodes
            {
                checkSpread(parameter, pairs, &declared, &check, &scratch)
            } else {
                declared.insert(parameter.name)
                let values = pairs.filter { $0.name == parameter.name }.map { String($0.value) }
                check.check(parameter, values, &scratch)
            }
        }
        guard !rules.allowsUndeclaredQuery else { return }
        var seen: Set<String> = []
        for pair in pairs where !declared.contains(pair.name) {
            guard seen.insert(pair.name).inserted else { continue }
            check.note(
                OpenAPIParameterCheck.pointer("query", pair.name), "undeclared", "is not declared")
        }
    }

    /// An object whose members are parameters of their own: `filter[name]=x`, or `name=x`.
    private func checkSpread(
        _ parameter: OpenAPIParameter, _ pairs: [OpenAPIPairs.Pair], _ declared: inout Set<String>,
        _ check: inout OpenAPIParameterCheck, _ scratch: inout OpenAPIScratch
    ) {
        let others = Set(
            content.parameters.filter { $0.location == .query && $0.name != parameter.name }
                .map(\.name))
        if parameter.style == .deepObject {
            // An object or text, where it came as text.
            let plain = pairs.filter { $0.name == parameter.name }.map { String($0.value) }
            let isPlain = !plain.isEmpty && parameter.shape.form == .scalar
            if isPlain {
                declared.insert(parameter.name)
                var text = parameter
                text.style = .form
                check.check(text, plain, &scratch)
            }
            var tree = OpenAPITree()
            for pair in pairs {
                guard let path = OpenAPITree.path(of: pair.name, under: parameter.name) else {
                    continue
                }
                declared.insert(pair.name)
                guard let value = OpenAPIPairs.decode(pair.value) else { continue }
                tree.add(value, at: path)
            }
            if isPlain, tree.isEmpty { return }
            return check.check(parameter, tree: tree, isAlone: !isPlain, &scratch)
        }
        var record: [(name: String, value: String)] = []
        for pair in pairs {
            // Without brackets only names of the schema can be told from others.
            guard parameter.shape.members[pair.name] != nil, !others.contains(pair.name) else {
                continue
            }
            declared.insert(pair.name)
            guard let value = OpenAPIPairs.decode(pair.value) else { continue }
            record.append((pair.name, value))
        }
        check.check(parameter, record: record, &scratch)
    }
}

extension OpenAPIOperation {
    /// Whether a query parameter, or a field of a form of this media type, may be there several
    /// times: the schema has a list for it.
    package func repeats(_ name: String, mediaType: String?) -> Bool {
        if let mediaType {
            guard let type = OpenAPIMediaRange(mediaType) else { return false }
            let media = content.body?.content.first { $0.range.contains(type) }
            return media?.form?.fields[name]?.repeats ?? false
        }
        return content.parameters.contains {
            $0.location == .query && $0.name == name && $0.shape.form == .list && !$0.isJSON
                && $0.explodes
        }
    }
}
