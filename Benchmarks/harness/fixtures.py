"""What every peer gets: the same key, certificate, tokens and bodies."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
ORIGIN = "https://app.example.com"
SECRET = "benchmark-secret-0123456789abcdefghijklmnop"

ITEM = {
    "id": 42, "name": "Item 42",
    "description":
        "A plain thing with a description of about the length that things have, no more.",
    "price": 1999, "currency": "EUR", "stock": 7, "tags": ["alpha", "beta", "gamma"],
    "owner": {"id": 42, "role": "admin"},
    "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-06-01T00:00:00.000Z",
}
USER = {
    "email": "alice.longer-name@mail.example.com", "password": "Str0ng!Passw0rd#2026", "age": 34,
    "name": "Alice Longer-Name",
    "bio": "Works on payments, likes long walks, and reads every security bulletin before lunch.",
}
# What helmet adds by default; the peers send these, Gatehouse its own preset.
HEADERS = {
    "Content-Security-Policy":
        "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';"
        "frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';"
        "script-src-attr 'none';style-src 'self' https: 'unsafe-inline';"
        "upgrade-insecure-requests",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Download-Options": "noopen",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-XSS-Protection": "0",
}


def encode(value):
    """JSON without spaces, or bytes, in base64url without padding."""
    if not isinstance(value, bytes):
        value = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def token(role="admin", age=0, secret=SECRET):
    """An access token as the peers and Gatehouse expect it, valid for an hour from `age` ago."""
    issued = int(time.time()) - age
    head = encode({"alg": "HS256", "typ": "at+jwt", "kid": "bench"})
    claims = encode({
        "iss": "https://id.example.com", "aud": "api", "sub": "user-42", "userId": 42,
        "role": role, "iat": issued, "exp": issued + 3600,
    })
    signature = hmac.new(secret.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    return f"{head}.{claims}.{encode(signature)}"


def build(directory):
    """Compiles our C and C++ programs; returns where they are."""
    c, cpp = [os.environ.get("CC", "gcc")], [os.environ.get("CXX", "g++"), "-std=c++17"]
    programs = {"fixed.c": [], "handshakes.c": ["-lssl", "-lcrypto"], "libjwt.c": ["-ljwt"],
                "simdjson.cpp": ["-lsimdjson"]}
    for file, libraries in programs.items():
        source = HERE / "clients" / file
        program = directory / source.stem
        compiler = cpp if source.suffix == ".cpp" else c
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            subprocess.run([*compiler, "-O2", "-Wall", "-o", str(program), str(source),
                            *libraries], check=True)
    names = [pathlib.PurePath(file).stem for file in programs]
    return {name: str(directory / name) for name in names}


def prepare(directory):
    """Writes certificate, key, secret and bodies; keys are for their owner alone."""
    directory.mkdir(parents=True, exist_ok=True)
    os.umask(0o077)
    key, certificate = directory / "key.pem", directory / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "30",
         "-subj", "/CN=api.example.com", "-addext", "subjectAltName=DNS:api.example.com"],
        check=True, stderr=subprocess.DEVNULL)
    (directory / "both.pem").write_text(certificate.read_text() + key.read_text())
    (directory / "secret").write_text(SECRET)
    item = json.dumps(ITEM, separators=(",", ":"))
    (directory / "item.json").write_text(item)
    (directory / "user.json").write_text(json.dumps(USER, separators=(",", ":")))
    # haproxy fills its answers from the request, as a handler would.
    number, role = "%[path,field(4,/)]", "%[var(txn.role)]"
    owner = "%[var(txn.token),jwt_payload_query('$.userId','int')]"
    (directory / "item.lf").write_text(
        item.replace('{"id":42,"name":"Item 42"', f'{{"id":{number},"name":"Item {number}"')
        .replace('"owner":{"id":42,"role":"admin"}', f'"owner":{{"id":{owner},"role":"{role}"}}'))
    (directory / "user.lf").write_text(
        '{"id":1001,"email":"%[var(txn.email)]","age":%[var(txn.age)],"name":"%[var(txn.name)]"}')


def render(source, **values):
    """A file of ours with its @NAME@ places filled in."""
    text = (HERE / source).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text
