import GatehouseHTTP
import Synchronization

extension Metrics {
    /// What the connection layer refused, cut off and shed, and how late its loops are.
    func renderDefences(_ sum: ((LoopCells) -> Int) -> Int, to text: inout PrometheusText) {
        text.family(
            "gatehouse_connections_refused_total", .counter, "Connections that a limit refused.")
        for (index, why) in ConnectionEvent.Refusal.allCases.enumerated() {
            text.sample(["reason": why.rawValue], sum { $0.refused[index].now })
        }
        text.family(
            "gatehouse_connections_cut_total", .counter, "Connections whose client was too slow.")
        for (index, what) in ConnectionEvent.Slowness.allCases.enumerated() {
            text.sample(["reason": what.rawValue], sum { $0.cut[index].now })
        }
        text.family(
            "gatehouse_clients_barred_total", .counter,
            "Addresses that sent too much that is no HTTP.")
        text.sample(sum { $0.barred.now })
        text.family(
            "gatehouse_tls_handshakes_resumed_total", .counter,
            "TLS handshakes that went on from an earlier connection.")
        text.sample(sum { $0.handshakesResumed.now })
        text.family("gatehouse_loop_lag_seconds", .gauge, "How late a loop's last tick came.")
        for (index, cells) in cells.enumerated() {
            text.sample(["loop": String(index)], nanoseconds: cells.lag.now)
        }
        text.family(
            "gatehouse_loop_shedding_ratio", .gauge,
            "What a loop turns away: up to 1 of the anonymous, the rest of the signed-in requests.")
        for (index, cells) in cells.enumerated() {
            let billionths = cells.pressure.now * 1_000_000_000 / LoadPressure.full
            text.sample(["loop": String(index)], nanoseconds: billionths)
        }
    }
}
