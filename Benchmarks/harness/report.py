"""Medians, tables, and how the wanted figures were met."""

import statistics

KIB, MIB = 1024, 1 << 20
FIGURES = ["rps", "rps_per_cpu", "user_us", "system_us", "p50_us", "p99_us", "memory",
           "server_cores", "client_cores", "foreign_cores"]
# Workload, the peer that Gatehouse is compared with by requests per second of CPU, least ratio.
RATIOS = [
    ("W1", "nginx", 1.0), ("W2", "haproxy", 1.5), ("W3", "haproxy", 1.5), ("W4", "haproxy", 1.5), ("W6", "haproxy", 1.5),
    ("W6", "nginx-proxy", 1.0), ("W5", "nginx", 1.0), ("W7", "nginx", 2.0),
    ("W2", "gatehouse-unlimited", 0.95),
]
SPREAD_MAX, MEMORY_MAX = 3.0, 30 * MIB
IDLE_MAX = {False: 8 * KIB, True: 40 * KIB}


def medians(rows):
    """One row per workload and peer."""
    grouped = {}
    for row in rows:
        grouped.setdefault((row["workload"], row["peer"]), []).append(row)
    return {
        key: {
            **{name: statistics.median(row[name] for row in group) for name in FIGURES},
            "rounds": len(group),
            "refused": sum(row["refused"] for row in group),
            "errors": sum(row["errors"] for row in group),
        } for key, group in grouped.items()
    }


def load_table(table):
    """The loads as Markdown."""
    lines = [
        "| work | peer | req/s | req per CPU s | µs user + kernel | p50 ms | p99 ms | p99/p50 "
        "| MiB | refused | errors | others' cores |", "|---|---|" + "---:|" * 10]
    for (workload, peer), row in table.items():
        lines.append(
            f"| {workload} | {peer} | {row['rps']:,.0f} | {row['rps_per_cpu']:,.0f} "
            f"| {row['user_us']:.1f} + {row['system_us']:.1f} | {row['p50_us'] / 1e3:.2f} "
            f"| {row['p99_us'] / 1e3:.2f} | {row['p99_us'] / max(row['p50_us'], 1):.1f} "
            f"| {row['memory'] / MIB:.1f} | {row['refused']} | {row['errors']} "
            f"| {row['foreign_cores']:.2f} |")
    return "\n".join(lines)


def idle_table(rows):
    """Idle connections as Markdown."""
    lines = ["| peer | connections | | KiB each | MiB in all |", "|---|---:|---|---:|---:|"]
    for row in rows:
        lines.append(
            f"| {row['peer']} | {row['connections']:,} | {'TLS' if row['tls'] else 'plain'} "
            f"| {row['bytes_each'] / KIB:.1f} | {row['memory'] / MIB:.1f} |")
    return "\n".join(lines)


def verdicts(table, idle):
    """What was wanted, what came, whether that is enough; only what was measured."""
    found = []

    def add(what, value, wanted, unit, met):
        found.append({"what": what, "value": value, "wanted": wanted, "unit": unit, "met": met})

    for workload, other, least in RATIOS:
        ours = table.get((workload, "gatehouse")) or table.get((workload, "gatehouse-handler"))
        theirs = table.get((workload, other))
        if ours and theirs:
            ratio = ours["rps_per_cpu"] / theirs["rps_per_cpu"]
            add(f"{workload} per CPU second, to {other}", ratio, f"≥ {least}", "", ratio >= least)
    for (workload, peer), row in table.items():
        if peer != "gatehouse":
            continue
        spread = row["p99_us"] / max(row["p50_us"], 1)
        add(f"{workload} p99 to p50", spread, f"≤ {SPREAD_MAX:.0f}", "", spread <= SPREAD_MAX)
        if workload != "W5":
            add(f"{workload} memory under load", row["memory"] / MIB, f"≤ {MEMORY_MAX // MIB}",
                " MiB", row["memory"] <= MEMORY_MAX)
    for row in idle:
        if row["peer"] == "gatehouse":
            kind, most = "TLS" if row["tls"] else "plain", IDLE_MAX[row["tls"]]
            add(f"idle {kind} connection", row["bytes_each"] / KIB, f"≤ {most // KIB}", " KiB",
                row["bytes_each"] <= most)
    return found


def verdict_table(found):
    """The verdicts as Markdown."""
    lines = ["| wanted | | measured | |", "|---|---|---:|---|"]
    for row in found:
        lines.append(
            f"| {row['what']} | {row['wanted']}{row['unit']} | {row['value']:.2f}{row['unit']} "
            f"| {'met' if row['met'] else '**missed**'} |")
    return "\n".join(lines)
