import GatehouseCore
import GatehouseHTTP
import Synchronization

extension Metrics {
    /// The Prometheus text (format 0.0.4) of this moment.
    package func render() -> [UInt8] {
        let (generation, certificates, logs) = state.withLock {
            ($0.generation, $0.certificates, $0.logs)
        }
        var text = PrometheusText()
        renderRequests(generation, to: &text)
        renderServer(to: &text)
        renderUpstreams(generation, to: &text)
        renderRest(certificates, logs, to: &text)
        renderReadings(to: &text)
        renderProcess(to: &text)
        return text.bytes
    }

    private func renderRequests(_ generation: Generation, to text: inout PrometheusText) {
        // What no route took has no name of a route: an empty label is no label in Prometheus.
        let names = generation.labels.routes + [Self.unmatched]
        let slots = Self.slots(names)
        let routes = names.indices.filter { slots[$0] == $0 }.map { index in
            let twin = names.count - 1 != index && names[index] == Self.unmatched
            let cells = generation.loops.flatMap { loop in
                twin ? [loop.routes[index], loop.routes[names.count - 1]] : [loop.routes[index]]
            }
            return (name: names[index], totals: AnswerTotals(cells))
        }
        text.family(
            "gatehouse_http_requests_total", .counter, "Requests by route and class of status.")
        for route in routes {
            for (index, name) in AnswerCells.classes.enumerated() {
                text.sample(
                    ["route": route.name, "class": name.description], route.totals.byClass[index])
            }
        }
        text.family(
            "gatehouse_http_requests_aborted_total", .counter,
            "Requests whose client went away before the end of the response.")
        for route in routes { text.sample(["route": route.name], route.totals.failures[0]) }
        text.family(
            "http_server_request_duration_seconds", .histogram,
            "Time from the end of a request's head to the end of its response.")
        for route in routes { text.histogram(("route", route.name), route.totals) }
        text.family(
            "gatehouse_rate_limit_refusals_total", .counter,
            "Requests that a rate limit refused, by policy.")
        let figures = limitFigures()
        for one in figures { text.sample(["policy": one.policy], one.refused) }
        text.family(
            "gatehouse_rate_limit_admitted_total", .counter,
            "Requests that a rate limit let pass, by policy.")
        for one in figures { text.sample(["policy": one.policy], one.admitted) }
        text.family(
            "gatehouse_rate_limit_shadow_refusals_total", .counter,
            "Requests that a rate limit in shadow would have refused, by policy.")
        for one in figures { text.sample(["policy": one.policy], one.shadowed) }
        text.family(
            "gatehouse_rate_limit_unavailable_total", .counter,
            "Decisions that a limit's store did not give.")
        text.sample(cells.reduce(0) { $0 + $1.limitsUnavailable.now })
    }

    /// What each policy did since its configuration was taken.
    package func limitFigures() -> [LimitFigures] {
        let generation = state.withLock { $0.generation }
        let policies = generation.labels.policies
        return Self.slots(policies).enumerated().filter { $0 == $1 }.map { index, _ in
            var figures = LimitFigures(policy: policies[index])
            for loop in generation.loops {
                figures.admitted += loop.policies[index].admitted.now
                figures.refused += loop.policies[index].refused.now
                figures.shadowed += loop.policies[index].shadowed.now
            }
            return figures
        }
    }

    /// Label of requests that no route took; no route pattern can be called so.
    static let unmatched = "(none)"

    private func renderServer(to text: inout PrometheusText) {
        func sum(_ value: (LoopCells) -> Int) -> Int { cells.reduce(0) { $0 + value($1) } }
        text.family("gatehouse_refusals_total", .counter, "Refused requests by problem code.")
        for (index, code) in RefusalCodes.all.enumerated() {
            text.sample(["code": code.rawValue], sum { $0.codes[index].now })
        }
        text.family("gatehouse_http_received_bytes_total", .counter, "Bytes of requests.")
        text.sample(sum { $0.bytesReceived.now })
        text.family("gatehouse_http_sent_bytes_total", .counter, "Bytes of responses.")
        text.sample(sum { $0.bytesSent.now })
        let accepted = sum { $0.accepted.now }
        text.family("gatehouse_connections_open", .gauge, "Connections of clients that are open.")
        text.sample(max(0, accepted - sum { $0.closed.now }))
        text.family("gatehouse_connections_accepted_total", .counter, "Connections taken.")
        text.sample(accepted)
        renderDefences(sum, to: &text)
        text.family("gatehouse_tls_handshakes_total", .counter, "TLS handshakes by result.")
        text.sample(["result": "ok"], sum { $0.handshakes.now })
        text.sample(["result": "failed"], sum { $0.handshakesFailed.now })
    }

    private func renderUpstreams(_ generation: Generation, to text: inout PrometheusText) {
        let names = generation.labels.upstreams.map(\.name)
        let firsts = Self.slots(names).enumerated().filter { $0 == $1 }.map(\.offset)
        let upstreams = firsts.map { index in
            (
                index: index, name: names[index],
                totals: AnswerTotals(generation.loops.map { $0.upstreams[index] })
            )
        }
        text.family(
            "gatehouse_upstream_requests_total", .counter,
            "Answers of upstreams by class of status.")
        for upstream in upstreams {
            for (index, name) in AnswerCells.classes.enumerated() {
                text.sample(
                    ["upstream": upstream.name, "class": name.description],
                    upstream.totals.byClass[index])
            }
        }
        text.family(
            "gatehouse_upstream_errors_total", .counter, "Tries that an upstream did not answer.")
        for upstream in upstreams {
            for failure in UpstreamFailure.allCases {
                text.sample(
                    ["upstream": upstream.name, "reason": failure.label.description],
                    upstream.totals.failures[failure.rawValue])
            }
        }
        text.family(
            "gatehouse_upstream_request_duration_seconds", .histogram,
            "Time until the head of an upstream's answer.")
        for upstream in upstreams { text.histogram(("upstream", upstream.name), upstream.totals) }
        renderHealth(generation, firsts, to: &text)
    }

    private func renderHealth(
        _ generation: Generation, _ upstreams: [Int], to text: inout PrometheusText
    ) {
        text.family(
            "gatehouse_upstream_healthy", .gauge, "1 if a server of an upstream takes requests.")
        for index in upstreams {
            let upstream = generation.labels.upstreams[index]
            for (server, slot) in Self.slots(upstream.servers).enumerated() where server == slot {
                text.sample(
                    ["upstream": upstream.name, "server": upstream.servers[server]],
                    generation.health[index][server].value.now)
            }
        }
    }

    private func renderRest(
        _ certificates: [(name: String, expires: WallTime)],
        _ logs: [(name: String, sink: LogSink)],
        to text: inout PrometheusText
    ) {
        text.family(
            "gatehouse_log_dropped_lines_total", .counter,
            "Log lines lost because the destination was full or slow.")
        for log in logs { text.sample(["log": log.name], log.sink.droppedLines) }
        text.family(
            "gatehouse_tls_certificate_expiry_timestamp_seconds", .gauge,
            "When a certificate in use ends, in seconds since 1970.")
        for (index, slot) in Self.slots(certificates.map(\.name)).enumerated() where index == slot {
            text.sample(
                ["certificate": certificates[index].name], Int(certificates[index].expires.seconds))
        }
        text.family("gatehouse_build_info", .gauge, "1; the label tells the version.")
        text.sample(["version": version], 1)
    }

    private func renderProcess(to text: inout PrometheusText) {
        let figures = ProcessFigures()
        text.family("process_start_time_seconds", .gauge, "Start in seconds since 1970.")
        text.sample(nanoseconds: Int(startedAt.nanoseconds))
        text.family("process_cpu_seconds_total", .counter, "CPU time, user and system.")
        text.sample(nanoseconds: figures.cpuNanoseconds)
        if let bytes = figures.residentBytes {
            text.family("process_resident_memory_bytes", .gauge, "Memory in use.")
            text.sample(bytes)
        }
        if let count = figures.openDescriptors {
            text.family("process_open_fds", .gauge, "Descriptors in use.")
            text.sample(count)
        }
        if let count = figures.descriptorsMax {
            text.family("process_max_fds", .gauge, "Most descriptors.")
            text.sample(count)
        }
    }
}

/// What one policy did.
package struct LimitFigures: Sendable {
    package var policy: String
    package var admitted = 0
    package var refused = 0
    /// Would have been refused.
    package var shadowed = 0
}
