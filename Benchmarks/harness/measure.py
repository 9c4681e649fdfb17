"""One measurement: start a server, look at its answers, load it, count what it cost."""

import contextlib
import json
import os
import re
import subprocess
import time

from harness import fixtures, machine, peers, workloads

# CPU time of strangers, in cores, above which a measurement is repeated.
DISTURBANCE_MAX = 0.15
REPEATS_MAX = 2


class Failed(Exception):
    """A peer that could not be measured, and why."""


@contextlib.contextmanager
def server(peer, workload_name, directory, programs, connections=8192):
    """A fresh server with its upstream; gives its process and setting."""
    port, tls, upstream, redis = machine.free_ports(4)
    setting = peers.Setting(
        directory, port, tls, upstream, workload_name, programs, connections,
        redis if workload_name == "W7" else 0)
    environment = dict(os.environ, BENCH_SECRET=fixtures.SECRET)
    log_path = directory / f"{peer.name}.log"
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(log_path, "ab"))
        try:
            if setting.proxies:
                behind = stack.enter_context(machine.running(
                    [programs["fixed"], str(upstream), "200"], machine.CLIENT_CORE, log))
                machine.wait_for_port(upstream, behind)
            else:
                behind = None
            if setting.redis:
                store = stack.enter_context(machine.running(
                    ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "",
                     "--appendonly", "no", "--dir", str(directory)], machine.CLIENT_CORE, log))
                machine.wait_for_port(redis, store)
            command = peer.command(setting)
            process = stack.enter_context(machine.running(
                command, machine.SERVER_CORE, log, environment, directory))
            machine.wait_for_port(port, process)
        except (OSError, RuntimeError) as error:
            raise Failed(f"{error}; {tail(log_path)}") from error
        yield process, behind, setting


def tail(path):
    """The last line of a log."""
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "it printed nothing"


def once(peer, workload, directory, programs, options):
    """One row: rates, latencies, CPU time and memory of one peer under one workload."""
    with server(peer, workload.name, directory, programs) as (process, behind, setting):
        try:
            wrong = workloads.complaints(workload, peer, setting)
        except OSError as error:
            raise Failed(f"no answer: {error}; {tail(directory / f'{peer.name}.log')}") from error
        if wrong:
            raise Failed("; ".join(wrong))
        load(workload, setting, options.warm, options.connections)
        family = machine.family(process.pid)
        others = machine.family(behind.pid) if behind else []
        user, system = machine.cpu_seconds(family)
        aside, busy, began = machine.cpu_seconds(others), machine.busy_seconds(), time.monotonic()
        result, client, memory = load(
            workload, setting, options.seconds, options.connections, family)
        wall = time.monotonic() - began
        user_after, system_after = machine.cpu_seconds(family)
        user, system = user_after - user, system_after - system
        aside = sum(machine.cpu_seconds(others)) - sum(aside)
        foreign = (machine.busy_seconds() - busy - user - system - client - aside) / wall
        requests = max(1, result["requests"])
        return {
            "peer": peer.name, "workload": workload.name,
            "rps": requests / (result["microseconds"] / 1e6),
            "rps_per_cpu": requests / max(user + system, 1 / machine.TICKS),
            "user_us": user * 1e6 / requests, "system_us": system * 1e6 / requests,
            "p50_us": result["p50"], "p99_us": result["p99"],
            "refused": result["refused"], "errors": result["errors"],
            "memory": memory, "server_cores": (user + system) / wall,
            "client_cores": client / wall, "foreign_cores": max(0.0, foreign),
        }


def undisturbed(peer, workload, directory, programs, options):
    """The quietest of a few tries: other people's work on the machine is no result of ours."""
    best = None
    for _ in range(1 if options.quick else 1 + REPEATS_MAX):
        row = once(peer, workload, directory, programs, options)
        if best is None or row["foreign_cores"] < best["foreign_cores"]:
            best = row
        if best["foreign_cores"] < DISTURBANCE_MAX:
            break
    return best


def load(workload, setting, seconds, connections, watched=()):
    """Runs the load generator; its result, its CPU time, the server's memory while it runs."""
    command, extra = workloads.client_command(workload, setting, seconds, connections)
    client = subprocess.Popen(
        machine.pinned(command, machine.CLIENT_CORE), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ, **extra))
    memory = 0
    if watched:
        # Late in the run, with all connections open.
        time.sleep(seconds * 0.8)
        memory = machine.memory_bytes(watched)
    output = client.stdout.read()
    client.stdout.close()
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = os.waitstatus_to_exitcode(status)
    found = re.search(r"RESULT (\{.*\})", output)
    if not found:
        raise Failed(f"the load generator says: {output.strip()[-200:]}")
    return json.loads(found.group(1)), usage.ru_utime + usage.ru_stime, memory
