"""Attacks a gate from one address and asks it from another meanwhile; prints what the other saw.

    python3 flood.py connections --port 8080 --seconds 5
    python3 flood.py handshakes --port 8443 --tls --sources 200
    python3 flood.py slow-headers --port 8080

The attacker is 127.0.0.1, or 127.1.x.y with --sources; the other one is 127.0.0.2: on Linux all of
127.0.0.0/8 is this machine. Use it against gates of your own.
"""

import argparse
import collections
import json
import multiprocessing
import os
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

OTHER = "127.0.0.2"
RESET = struct.pack("ii", 1, 0)


def connect(source, port, seconds=20):
    client = socket.socket()
    try:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.settimeout(seconds)
        # Without this a bound address takes a port for itself alone, and they run out.
        client.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
        client.bind((source, 0))
        client.connect(("127.0.0.1", port))
        return client
    except OSError:
        client.close()
        raise


def source(arguments, number):
    if arguments.sources <= 1:
        return "127.0.0.1"
    number %= arguments.sources
    return f"127.1.{number // 250}.{number % 250 + 1}"


# The attacks: each is called over and over by several threads, and returns sockets to keep.

def connections(arguments, number):
    return connect(source(arguments, number), arguments.port, 2)


def hello():
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


HELLO = hello()


def handshakes(arguments, number):
    """The same hello each time: it costs the gate a key exchange and a signature, us a copy."""
    client = connect(source(arguments, number), arguments.port, 2)
    client.sendall(HELLO)
    return client


def garbage(arguments, number):
    client = connect(source(arguments, number), arguments.port, 2)
    client.sendall(b"\x16no HTTP at all\r\n\r\n")
    client.recv(4096)
    client.close()
    return None


def requests(arguments, number):
    """A request, and the next as soon as the answer is there."""
    client = connect(source(arguments, number), arguments.port, 10)
    path = arguments.path
    while time.monotonic() < arguments.end:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = client.recv(65536)
        arguments.tries.append(1)
        if not answer:
            break
        if answer.startswith(b"HTTP/1.1 503"):
            arguments.refused.append(1)
    client.close()
    return None


ATTACKS = {"connections": connections, "handshakes": handshakes, "garbage": garbage,
           "requests": requests}


def attack(arguments, result):
    call = ATTACKS[arguments.attack]
    arguments.end = time.monotonic() + arguments.seconds
    arguments.tries, arguments.refused = [], []
    kept = collections.deque()
    counted = {"tries": 0, "failed": 0}

    def run(first):
        number = first
        while time.monotonic() < arguments.end:
            number += arguments.threads
            counted["tries"] += 1
            try:
                client = call(arguments, number)
                if client:
                    kept.append(client)
                if len(kept) > arguments.kept:
                    kept.popleft().close()
            except OSError:
                counted["failed"] += 1
                time.sleep(0.001)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(arguments.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if arguments.tries:
        counted = {"tries": len(arguments.tries), "refused": len(arguments.refused)}
    result.put(counted)


SLOW = {
    "slow-headers": ["-H", "-i", "1", "-x", "24"],
    "slow-body": ["-B", "-i", "1", "-s", "8192", "-x", "10"],
    "slow-read": ["-X", "-n", "1", "-w", "1", "-y", "8", "-z", "4", "-k", "1"],
}


def slow(arguments, result):
    """slowhttptest, in a folder of its own: it likes to leave files."""
    with tempfile.TemporaryDirectory() as folder:
        command = (["slowhttptest"] + SLOW[arguments.attack]
                   + ["-c", str(arguments.kept), "-r", "500", "-l", str(arguments.seconds),
                      "-p", "5", "-u", f"http://localhost:{arguments.port}{arguments.path}"])
        if arguments.attack == "slow-body":
            command += ["-t", "POST", "-f", "application/octet-stream"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if "connections" in line or "status" in line]
    result.put({"exit": done.returncode, "tries": arguments.kept, "last": lines[-3:]})


class Prober:
    """Asks on a connection of its own each time, and on one that was there before the attack."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.context = None
        if arguments.tls:
            self.context = ssl.create_default_context(cafile=arguments.authority)
            if not arguments.authority:
                self.context.check_hostname = False
                self.context.verify_mode = ssl.CERT_NONE
        self.kept = self.open()

    def open(self):
        client = connect(OTHER, self.arguments.port)
        if self.context:
            return self.context.wrap_socket(client, server_hostname="localhost")
        return client

    def ask(self, client, keeps):
        field = f"Authorization: Bearer {self.arguments.token}\r\n" if self.arguments.token else ""
        end = "" if keeps else "Connection: close\r\n"
        client.sendall(
            f"GET {self.arguments.probe} HTTP/1.1\r\nHost: localhost\r\n{field}{end}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = client.recv(65536)
            if not piece:
                return False
            answer += piece
        return answer.startswith(b"HTTP/1.1 200")

    def run(self, seconds):
        fresh, kept = Series(), Series()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with fresh:
                with self.open() as client:
                    fresh.note(self.ask(client, False))
            with kept:
                kept.note(self.ask(self.kept, True))
            time.sleep(0.01)
        return {"fresh": fresh.summary(), "kept": kept.summary()}


class Series:
    def __init__(self):
        self.times, self.good = [], 0
        self.why = collections.Counter()

    def __enter__(self):
        self.start = time.monotonic()

    def note(self, isGood):
        self.good += 1 if isGood else 0

    def __exit__(self, kind, error, trace):
        self.times.append((time.monotonic() - self.start) * 1000)
        if kind and issubclass(kind, OSError):
            self.why[str(error)] += 1
            return True
        return False

    def summary(self):
        times = sorted(self.times)
        place = lambda part: round(times[min(int(len(times) * part), len(times) - 1)], 1)
        return {"tries": len(times), "good": self.good, "p50_ms": place(0.5),
                "p99_ms": place(0.99), "max_ms": place(1), "errors": dict(self.why)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attack", choices=list(ATTACKS) + list(SLOW) + ["none"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--sources", type=int, default=1, help="addresses of the attacker")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--kept", type=int, default=400, help="connections held open")
    parser.add_argument("--path", default="/fixed", help="what the attacker asks for")
    parser.add_argument("--probe", default="/fixed", help="what the other one asks for")
    parser.add_argument("--token", help="with which the other one asks")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--authority", help="whose certificate the other one trusts")
    arguments = parser.parse_args()
    prober = Prober(arguments)
    result = multiprocessing.Queue()
    done = {}
    attacker = None
    if arguments.attack != "none":
        target = slow if arguments.attack in SLOW else attack
        attacker = multiprocessing.Process(target=target, args=(arguments, result))
        attacker.start()
    done["probe"] = prober.run(arguments.seconds)
    if attacker:
        done["attack"] = result.get(timeout=60)
        attacker.join()
    print(json.dumps(done))


if __name__ == "__main__":
    os.setpgrp()
    main()
