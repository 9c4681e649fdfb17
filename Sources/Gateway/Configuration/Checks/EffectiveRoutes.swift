import GatehouseCore
import GatehouseHTTP

/// The effective routes as an aligned table: what `gatehouse check` shows.
package struct EffectiveRoutes {
    private var rows: [[String]] = [
        ["METHODS", "PATH", "HOSTS", "ACCESS", "LIMITS", "BODY-MAX", "TIMEOUT", "UPSTREAM"]
    ]

    /// The routes of `configuration`, in its order. A limit in parentheses covers a part of the
    /// route.
    package init(_ configuration: Configuration) {
        for route in configuration.routes {
            let limits =
                configuration.limits(of: route).map(\.name)
                + configuration.partialLimits(of: route).map { "(\($0.name))" }
            rows.append([
                route.methods.count == Configuration.Route.everyMethod.count
                    ? "all" : route.methods.map(\.rawValue).joined(separator: ","),
                route.path,
                route.hosts.isEmpty ? "all" : route.hosts.joined(separator: ","),
                Self.text(route.access),
                limits.isEmpty ? "none" : limits.joined(separator: ","),
                configuration.bodyMax(of: route).description,
                DurationText.render(configuration.timeout(of: route)),
                Self.text(route.target),
            ])
        }
    }

    /// The table's lines; the heading is bold where colour is wanted.
    package func rendered(_ paint: Paint) -> String {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].unicodeScalars.count }.max() ?? 0
        }
        var text = ""
        for (index, row) in rows.enumerated() {
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - cell.unicodeScalars.count + 2)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            text += (index == 0 ? paint.bold(line) : line) + "\n"
        }
        return text
    }

    private static func text(_ access: AccessRule) -> String {
        switch access {
        case .anyone: "anyone"
        case .signedIn: "signed-in"
        case .roles(let roles): "any role of " + roles.joined(separator: ",")
        case .permissions(let permissions): "permissions " + permissions.joined(separator: ",")
        }
    }

    private static func text(_ target: Configuration.Route.Target) -> String {
        switch target {
        case .upstream(let name): name
        case .respond(let response): "(answers \(response.status))"
        }
    }
}
