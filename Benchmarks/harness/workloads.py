"""The work: what is asked, and a look that the answer is what it must be before it counts."""

import dataclasses
import http.client
import json
import ssl

from harness import fixtures


@dataclasses.dataclass
class Workload:
    """One kind of request."""

    name: str
    does: str
    path: str
    method: str = "GET"
    tls: bool = False
    secured: bool = True
    handshakes: bool = False


ALL = [
    Workload("W1", "health check", "/health/live", secured=False),
    Workload("W2", "secured GET answered here", "/api/items/42"),
    Workload("W3", "secured POST, validated", "/api/users", method="POST"),
    Workload("W4", "W2 over TLS 1.3", "/api/items/42", tls=True),
    Workload("W5", "full TLS 1.3 handshakes", "/health/live", tls=True, secured=False,
             handshakes=True),
    Workload("W6", "W2's checks, then proxied", "/api/items/42"),
    Workload("W6Q", "W6 with a query", "/api/items/42?q=hello+world&page=2&filter=price%3A10-20"),
    Workload("W6P", "W6 as a POST", "/api/users", method="POST"),
    Workload("W7", "W2 with its limit in Redis", "/api/items/42"),
]


def client_command(workload, setting, seconds, connections):
    """The load generator's command and environment."""
    port = setting.tls if workload.tls else setting.port
    if workload.handshakes:
        return [setting.programs["handshakes"], str(port), "16", str(seconds), workload.path], {}
    scheme = "https" if workload.tls else "http"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
               "-s", str(fixtures.HERE / "clients" / "load.lua"),
               f"{scheme}://127.0.0.1:{port}{workload.path}"]
    environment = {}
    if workload.secured:
        environment["BENCH_AUTHORIZATION"] = f"Bearer {fixtures.token()}"
        environment["BENCH_ORIGIN"] = fixtures.ORIGIN
    if workload.method == "POST":
        environment["BENCH_BODY"] = str(setting.directory / "user.json")
        environment["BENCH_TYPE"] = "application/json"
    return command, environment


def ask(workload, setting, authorization=None):
    """One request; status, fields in lower case, body."""
    if workload.tls:
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
        trust.minimum_version = ssl.TLSVersion.TLSv1_3
        connection = http.client.HTTPSConnection("127.0.0.1", setting.tls, timeout=5, context=trust)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", setting.port, timeout=5)
    fields = {"Host": "api.example.com"}
    if workload.secured:
        fields["Origin"] = fixtures.ORIGIN
    if authorization:
        fields["Authorization"] = authorization
    body = json.dumps(fixtures.USER) if workload.method == "POST" else None
    if body:
        fields["Content-Type"] = "application/json"
    try:
        connection.request(workload.method, workload.path, body, fields)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def complaints(workload, peer, setting):
    """What is wrong with a peer's answers: one that skips a check must not win by it."""
    good = f"Bearer {fixtures.token()}" if workload.secured else None
    status, fields, body = ask(workload, setting, good)
    found = []
    if status not in (200, 201):
        return [f"answers {status}: {body[:200]!r}"]
    if not workload.secured or not peer.checks:
        return found
    for name, value in {
        "access-control-allow-origin": fixtures.ORIGIN, "x-content-type-options": "nosniff",
    }.items():
        if fields.get(name) != value:
            found.append(f"no {name}: {value}")
    if not any(name.startswith("ratelimit") for name in fields):
        found.append("no RateLimit fields")
    if workload.name in ("W2", "W4", "W7") and json.loads(body).get("id") != 42:
        found.append("another body")
    for what, authorization, wanted in [
        ("no token", None, 401),
        ("a forged token", f"Bearer {fixtures.token(secret='x' * 40)}", 401),
        ("an expired token", f"Bearer {fixtures.token(age=7200)}", 401),
        ("another role", f"Bearer {fixtures.token(role='user')}", 403),
    ]:
        status, _, _ = ask(workload, setting, authorization)
        if status != wanted:
            found.append(f"{what}: {status} instead of {wanted}")
    return found
