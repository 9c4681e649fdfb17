"""What a request costs inside the process: tokens, decisions, revocation, beside other libraries."""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import time

from harness import fixtures, machine
from harness.measure import Failed

ROOT = fixtures.HERE.parent
SECONDS = 1.0
# Name of the work, the algorithm of its token, what is wanted of the ratio to each peer.
TOKENS = ["HS256", "ES256", "EdDSA"]
# Works without a peer, and the most nanoseconds that they may take.
ALONE = {"access": 1000, "access-trace": None, "revocation": 1000}
# Limits in memory: the algorithms, the numbers of clients, most nanoseconds with each (default tables
# hold 100,000; beyond it every decision waits for main memory, like the dictionary beside it), and
# most bytes for each of a million clients.
COUNTERS = ["gcra", "sliding-counter", "fixed-window", "sliding-window"]
CLIENTS = {10_000: 100, 100_000: 100, 1_000_000: None}
BYTES_MAX = {"gcra": 100, "sliding-counter": 100, "fixed-window": 100}


def measure_program(product="GatehouseMeasure"):
    """A program of the benchmarks, built like the gateway."""
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib",
               "-Xswiftc", "-cross-module-optimization", "-Xswiftc",
               "-enforce-exclusivity=unchecked", "--product", product,
               "--scratch-path", str(ROOT / ".build" / "bench")]
    environment = dict(os.environ, GATEHOUSE_BENCH="1")
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Failed(f"{product} does not build: {done.stdout.strip()[-500:]}")
    return str(ROOT / ".build" / "bench" / "release" / product)


def python():
    """The interpreter with PyJWT: the tests' own, or Debian's."""
    own = ROOT / ".venv" / "bin" / "python"
    return str(own) if own.exists() else "/usr/bin/python3"


MAKER = """
import json, sys, time, jwt
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm
folder, now = sys.argv[1], int(time.time())
secret = b"benchmark-secret-0123456789abcdefghijklmnop"
for alg, key, maker in [("HS256", secret, HMACAlgorithm),
                        ("ES256", ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
                        ("EdDSA", ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm)]:
    public = key if alg == "HS256" else key.public_key()
    jwk = maker.to_jwk(public, as_dict=True)
    jwk.pop("key_ops", None)
    jwk |= {"kid": "bench", "alg": alg}
    claims = {"iss": "https://id.example.com", "aud": "api", "sub": "user-42", "userId": 42,
              "roles": ["admin"], "iat": now, "exp": now + 3600}
    token = jwt.encode(claims, key, alg, headers={"typ": "at+jwt", "kid": "bench"})
    raw = secret if alg == "HS256" else public.public_bytes(
        s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
    open(f"{folder}/{alg}.key", "wb").write(raw)
    json.dump(jwk, open(f"{folder}/{alg}.jwk", "w"))
    open(f"{folder}/{alg}.token", "w").write(token)
    # libjwt refuses every type but JWT.
    plain = jwt.encode(claims, key, alg, headers={"kid": "bench"})
    open(f"{folder}/{alg}.plain", "w").write(plain)
    open(f"{folder}/{alg}.both", "w").write(json.dumps({"keys": [jwk]}) + "\\n" + token)
"""


TEXT = {"type": "string", "maxLength": 200}
USER_SCHEMA = {
    "type": "object", "additionalProperties": False,
    "required": ["email", "password", "age", "name"],
    "properties": {
        "email": {"type": "string", "format": "email", "maxLength": 254},
        "password": {"type": "string", "minLength": 8, "maxLength": 128},
        "age": {"type": "integer", "minimum": 18, "maximum": 120},
        "name": {"type": "string", "minLength": 1, "maxLength": 50}, "bio": TEXT,
    },
}
ITEM_SCHEMA = {
    "type": "object", "additionalProperties": False,
    "required": ["id", "name", "price", "currency", "owner"],
    "properties": {
        "id": {"type": "integer", "minimum": 1}, "name": TEXT, "description": TEXT,
        "price": {"type": "integer", "minimum": 0}, "currency": {"enum": ["EUR", "USD", "GBP"]},
        "stock": {"type": "integer", "minimum": 0, "maximum": 100000},
        "tags": {"type": "array", "maxItems": 10, "items": TEXT},
        "owner": {"type": "object", "required": ["id", "role"],
                  "properties": {"id": {"type": "integer"}, "role": TEXT}},
        "createdAt": {"type": "string", "format": "date-time"},
        "updatedAt": {"type": "string", "format": "date-time"},
    },
}
# Name, schema, document: the guide's user, and lists of things of about 10 KB and 1 MB.
SCHEMAS = [
    ("user", USER_SCHEMA, fixtures.USER),
    ("10 KB", {"type": "array", "items": ITEM_SCHEMA}, [fixtures.ITEM] * 30),
    ("1 MB", {"type": "array", "items": ITEM_SCHEMA}, [fixtures.ITEM] * 3000),
]
# Validators beside ours, and how much faster we want to be, parsing included.
VALIDATORS = {"ajv": 3.0, "jsonschema-rs": 1.5, "fastjsonschema": None}


def schema_jobs(own, directory, programs):
    """What validates, with its command."""
    jobs = []
    for name, schema, document in SCHEMAS:
        file = directory / f"schema-{name.replace(' ', '')}"
        file.write_text(json.dumps(schema) + "\n"
                        + json.dumps(document, separators=(",", ":"), ensure_ascii=False))
        work = f"validate {name}"
        jobs.append((work, "gatehouse", [own, "validate", str(SECONDS), str(file)]))
        jobs.append((f"parse {name}", "gatehouse", [own, "parse", str(SECONDS), str(file)]))
        jobs.append((f"parse {name}", "simdjson", [programs["simdjson"], str(SECONDS), str(file)]))
        jobs.append((work, "ajv", ["env", "NODE_PATH=/usr/share/nodejs", "node",
                                   str(fixtures.HERE / "clients" / "ajv.js"), str(SECONDS),
                                   str(file)]))
        for peer in ("jsonschema-rs", "fastjsonschema"):
            jobs.append((work, peer, [python(), str(fixtures.HERE / "clients" / "schemas.py"),
                                      peer, str(SECONDS), str(file)]))
    return jobs


# Callers of one loop, and commands on their way in redis-benchmark; what is wanted of its rate.
CALLERS, OF_REDIS_BENCHMARK = 64, 0.8


def redis_jobs(own, directory, port):
    """Decisions on Redis, and the same script by Redis' own client."""
    file = directory / "redis"
    file.write_text(f"redis://127.0.0.1:{port}")
    peer = [python(), str(fixtures.HERE / "clients" / "redis_benchmark.py")]
    return [("redis", "gatehouse", [own, "redis", str(3 * SECONDS), str(file)]),
            ("redis", "redis-benchmark", [*peer, str(port), str(CALLERS), str(file)])]


def counter_jobs(own):
    """Decisions, and a dictionary that adds one under the same keys; then memory."""
    jobs = []
    for clients in CLIENTS:
        for name in COUNTERS:
            jobs.append((f"{name}, {clients:,} clients", "gatehouse",
                         [own, f"counters-{name}", str(SECONDS), str(clients)]))
            jobs.append((f"{name}, {clients:,} clients", "Swift dictionary, += 1",
                         [own, "counters-dictionary", str(SECONDS), str(clients)]))
    return jobs


def counter_bytes(own):
    """Rows of `{name, bytes}`: what the process grows by for each of a million clients."""
    return [{"name": name, "bytes": nanoseconds([own, f"counter-bytes-{name}", "1", "1000000"])}
            for name in COUNTERS]


def nanoseconds(command):
    done = subprocess.run(machine.pinned(command, machine.SERVER_CORE), text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failed(f"{command[0]}: {done.stdout.strip()[-200:]}")
    return float(done.stdout.strip().splitlines()[-1])


def take_turns(rounds, jobs, rows, failures):
    """Runs each job once a round."""
    for _ in range(rounds):
        for work, peer, command in jobs:
            if (work, peer) in failures:
                continue
            try:
                rows.setdefault((work, peer), []).append(nanoseconds(command))
            except Failed as error:
                failures[work, peer] = str(error)
                print(f"{work:14} {peer:24} FAILED: {error}", flush=True)
                continue
            print(f"{work:14} {peer:24} {rows[work, peer][-1]:10,.0f} ns", flush=True)


def measure(options, directory, programs):
    """Rows of `{work, peer, ns}`, medians of the rounds; peers take turns."""
    rows, failures = {}, {}
    try:
        own = measure_program()
    except Failed as error:
        return [], {("inside", "gatehouse"): str(error)}
    made = subprocess.run([python(), "-c", MAKER, str(directory)], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        return [], {("tokens", "PyJWT"): made.stdout.strip()[-200:]}
    jobs = []
    for alg in TOKENS:
        base = str(directory / alg)
        jobs += [(f"verify {alg}", "gatehouse", [own, "verify", str(SECONDS), base + ".both"]),
                 (f"verify {alg}", "gatehouse, seen before",
                  [own, "verify-cached", str(SECONDS), base + ".both"]),
                 (f"verify {alg}", "PyJWT",
                  [python(), str(fixtures.HERE / "clients" / "pyjwt.py"), str(SECONDS),
                   base + ".jwk", base + ".token", alg])]
        if alg != "EdDSA" and "libjwt" in programs:  # It knows no Ed25519.
            jobs.append((f"verify {alg}", "libjwt",
                         [programs["libjwt"], str(SECONDS), base + ".key", base + ".plain", alg]))
    jobs += schema_jobs(own, directory, programs)
    jobs += counter_jobs(own)
    jobs += [(name, "gatehouse", [own, name, str(SECONDS), "-"]) for name in ALONE]
    with open(directory / "redis.log", "ab") as log, contextlib.ExitStack() as stack:
        if shutil.which("redis-server"):
            port, = machine.free_ports(1)
            process = stack.enter_context(machine.running(
                ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
                machine.CLIENT_CORE, log, dict(os.environ), directory))
            machine.wait_for_port(port, process)
            jobs += redis_jobs(own, directory, port)
        else:
            failures["redis", "redis-benchmark"] = "redis-server is not installed"
        take_turns(options.rounds, jobs, rows, failures)
    found = [{"work": work, "peer": peer, "ns": statistics.median(values)}
             for (work, peer), values in rows.items() if values]
    try:
        for row in counter_bytes(own):
            print(f"{row['name']:14} {'memory':24} {row['bytes']:10,.1f} bytes a client", flush=True)
            found.append({"work": f"{row['name']}, memory", "peer": "gatehouse",
                          "bytes": row["bytes"]})
    except Failed as error:
        failures["counters", "gatehouse"] = str(error)
    return found, failures


def table(rows):
    """Nanoseconds as Markdown, with the ratio to ours; then the memory of counters."""
    timed = [row for row in rows if "ns" in row]
    ours = {row["work"]: row["ns"] for row in timed if row["peer"] == "gatehouse"}
    lines = ["| work | who | µs | times ours |", "|---|---|---:|---:|"]
    for row in timed:
        ratio = row["ns"] / ours.get(row["work"], row["ns"])
        lines.append(f"| {row['work']} | {row['peer']} | {row['ns'] / 1e3:.2f} | {ratio:.1f} |")
    lines += ["", "| counters | bytes a client, of a million |", "|---|---:|"]
    lines += [f"| {row['work']} | {row['bytes']:.0f} |" for row in rows if "bytes" in row]
    return "\n".join(lines)


def verdicts(rows):
    """What was wanted of them."""
    found = []
    times = {(row["work"], row["peer"]): row["ns"] for row in rows if "ns" in row}
    for row in rows:
        most = BYTES_MAX.get(row["work"].removesuffix(", memory")) if "bytes" in row else None
        if most:
            found.append({"what": f"{row['work']}, a client", "value": row["bytes"],
                          "wanted": f"≤ {most}", "unit": " bytes", "met": row["bytes"] <= most})
    for name in COUNTERS:
        for clients, most in CLIENTS.items():
            value = times.get((f"{name}, {clients:,} clients", "gatehouse"))
            if most and value:
                found.append({"what": f"{name}, {clients:,} clients, million decisions a second",
                              "value": 1e3 / value, "wanted": f"≥ {1e3 / most:.0f}", "unit": "",
                              "met": value <= most})
    for (work, peer), value in times.items():
        most = ALONE.get(work)
        if most:
            found.append({"what": f"{work}, a decision", "value": value / 1e3,
                          "wanted": f"≤ {most / 1e3:.0f}", "unit": " µs", "met": value <= most})
        least = VALIDATORS.get(peer)
        if least and (work, "gatehouse") in times:
            ratio = value / times[work, "gatehouse"]
            found.append({"what": f"{work}, times faster than {peer}", "value": ratio,
                          "wanted": f"≥ {least}", "unit": "", "met": ratio >= least})
        if peer == "redis-benchmark" and (work, "gatehouse") in times:
            ratio = value / times[work, "gatehouse"]
            found.append({"what": "decisions on Redis, of redis-benchmark's", "value": ratio,
                          "wanted": f"≥ {OF_REDIS_BENCHMARK}", "unit": "",
                          "met": ratio >= OF_REDIS_BENCHMARK})
        if peer in ("PyJWT", "libjwt") and (work, "gatehouse") in times:
            ratio = value / times[work, "gatehouse"]
            found.append({"what": f"{work}, times faster than {peer}", "value": ratio,
                          "wanted": "≥ 1.0", "unit": "", "met": ratio >= 1})
    return found


# Sign-ins -----------------------------------------------------------------------------------------

ACCOUNTS = """
accounts:
  database: @DIR@/accounts.db
  confirm-email: false
  password-hash-time: 10ms
"""


def accounts(directory, port, tls):
    """A configuration with accounts, and its users' file."""
    text = fixtures.render("gatehouse/common.yml", ACCESS="off", UNAVAILABLE="", DIR=directory,
                           PORT=port, TLS=tls)
    text += fixtures.render("gatehouse/direct.yml", DIR=directory)
    file = directory / "logins.yml"
    file.write_text(text + ACCOUNTS.replace("@DIR@", str(directory)))
    return file


LOGIN_LUA = """
local number = 0
wrk.method = "POST"
wrk.headers["Host"] = "api.example.com"
wrk.headers["Content-Type"] = "application/json"
function request()
    number = number + 1
    return wrk.format(nil, "/auth/login", nil, string.format(
        '{"email":"user%d@example.com","password":"nine quiet engines"}', number % 200))
end
function done(summary, latency)
    io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"refused":%d}\\n',
        summary.requests, summary.duration, summary.errors.status))
end
"""


def probe(port, count, pause=0.005):
    """Latencies in µs of `GET /health/live`, asked one after the other on one connection."""
    import socket
    request = b"GET /health/live HTTP/1.1\r\nHost: api.example.com\r\n\r\n"
    found = []
    with socket.create_connection(("127.0.0.1", port), 5) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            start = time.perf_counter_ns()
            one.sendall(request)
            answer = one.recv(65536)
            found.append((time.perf_counter_ns() - start) / 1e3)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise Failed(f"/health/live: {answer[:60]!r}")
            time.sleep(pause)
    return sorted(found)


def logins(options, directory, binary):
    """Sign-ins each second, and `/health/live` beside them and without."""
    port, tls = machine.free_ports(2)
    file = accounts(directory, port, tls)
    environment = dict(os.environ, BENCH_SECRET=fixtures.SECRET)
    users = directory / "users.jsonl"
    with open(directory / "logins.log", "ab") as log:
        hashed = subprocess.run(
            [python(), "-c", "import sys, hashlib, base64; "
             "salt = b'0123456789abcdef'; "
             "key = hashlib.pbkdf2_hmac('sha256', b'nine quiet engines', salt, 1000); "
             "print('pbkdf2_sha256$1000$' + salt.decode() + '$' + base64.b64encode(key).decode())"],
            text=True, check=True, stdout=subprocess.PIPE).stdout.strip()
        users.write_text("".join(
            json.dumps({"email": f"user{index}@example.com", "password_hash": hashed,
                        "confirmed": True}) + "\n" for index in range(200)))
        done = subprocess.run([binary, "user", "import", str(users), "--config", str(file)],
                              env=environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise Failed(f"user import: {done.stdout.strip()[-300:]}")
        lua = directory / "login.lua"
        lua.write_text(LOGIN_LUA)
        command = ["wrk", "-t1", "-c16", "-d{}s", "-s", str(lua), f"http://127.0.0.1:{port}"]
        with machine.running([binary, "run", "--config", str(file)], machine.SERVER_CORE, log,
                             environment, directory) as process:
            machine.wait_for_port(port, process)

            def load(seconds):
                line = [part.format(seconds) for part in command]
                return subprocess.Popen(machine.pinned(line, machine.CLIENT_CORE), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

            load(max(5, options.seconds)).communicate()  # Imported hashes become Argon2id.
            count = 200 * options.seconds
            idle = probe(port, count)
            client = load(options.seconds + 2)
            time.sleep(0.5)
            busy = probe(port, count)
            output = client.communicate()[0]
    if "RESULT" not in output:
        raise Failed(f"wrk: {output.strip()[-200:]}")
    result = json.loads(output.split("RESULT ")[1])
    if result["refused"]:
        raise Failed(f"{result['refused']} of {result['requests']} sign-ins were refused")
    return {
        "per_second": result["requests"] / (result["microseconds"] / 1e6),
        "idle_p50": idle[len(idle) // 2], "idle_p99": idle[len(idle) * 99 // 100],
        "busy_p50": busy[len(busy) // 2], "busy_p99": busy[len(busy) * 99 // 100],
    }


def logins_table(row):
    return ("| sign-ins each second | `/health/live` p50, p99 alone | p50, p99 beside them |\n"
            "|---:|---:|---:|\n"
            f"| {row['per_second']:.0f} | {row['idle_p50']:.0f}, {row['idle_p99']:.0f} µs "
            f"| {row['busy_p50']:.0f}, {row['busy_p99']:.0f} µs |")


def logins_verdict(row):
    ratio = row["busy_p99"] / row["idle_p99"]
    return [{"what": "p99 of /health/live under sign-ins, to alone", "value": ratio,
             "wanted": "≤ 3", "unit": "", "met": ratio <= 3}]
