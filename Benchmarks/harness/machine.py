"""Processes and what they cost: pinning, CPU time, memory, ports."""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
# The server has a core of its own; everything else shares the other.
SERVER_CORE, CLIENT_CORE = "0", "1"


def raise_file_limit():
    """Lets us, and what we start, open as many files as the system allows; returns how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_ports(count):
    """Ports that nobody listens on right now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for_port(port, process, seconds=20):
    """Waits until somebody listens; RuntimeError when the process ends first or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode} before it listened")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.02)
    raise RuntimeError(f"does not listen after {seconds} s")


def pinned(command, core):
    """The command, kept on one core where the system can do that."""
    return ["taskset", "-c", core, *command] if shutil.which("taskset") else command


@contextlib.contextmanager
def running(command, core, log, environment=None, directory=None):
    """A server for the length of the block, stopped with all its children."""
    process = subprocess.Popen(
        pinned(command, core), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        start_new_session=True, env=environment, cwd=directory)
    try:
        yield process
    finally:
        # The group is ours: start_new_session made it, with this process as its leader.
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
                break


def family(root):
    """A process and all that it started."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        fields = stat(name)
        if fields:
            children.setdefault(int(fields[1]), []).append(int(name))
    found, rest = [], [root]
    while rest:
        process = rest.pop()
        found.append(process)
        rest += children.get(process, [])
    return found


def stat(process):
    """Fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return None
    return text[text.rindex(")") + 2:].split()


def cpu_seconds(processes):
    """User and system time that the processes have used."""
    user = system = 0
    for process in processes:
        fields = stat(process)
        if fields:
            user += int(fields[11])
            system += int(fields[12])
    return user / TICKS, system / TICKS


def busy_seconds():
    """Time that all cores together were not idle."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(field) for field in file.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS


def memory_bytes(processes):
    """Proportional set size: shared pages count in part, so that forked workers add up."""
    total = 0
    for process in processes:
        with contextlib.suppress(OSError):
            with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
                found = re.search(r"^Pss:\s+(\d+)", file.read(), re.M)
            total += int(found.group(1)) * 1024 if found else 0
    return total


def describe():
    """What the numbers were measured on."""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        model = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.M)
    return {
        "processor": model.group(1) if model else "unknown",
        "cores": os.cpu_count(),
        "kernel": os.uname().release,
        "versions": {
            name: first_line(command) for name, command in {
                "haproxy": ["haproxy", "-v"], "nginx": ["nginx", "-v"], "wrk": ["wrk", "-v"],
                "openssl": ["openssl", "version"],
            }.items()
        },
    }


def first_line(command):
    """What a program says of itself, or that it is not here."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError:
        return "not installed"
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else ""
