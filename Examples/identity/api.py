"""An API on Python's own http.server that believes nobody but the gate; needs PyJWT and cryptography.

PORT=3000 KEY_SET=http://127.0.0.1:9090/identity/jwks.json AUDIENCE=api python3 api.py
"""
import json
import os
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

AUDIENCE = os.environ.get("AUDIENCE", "api")
TYPE = "gatehouse-identity+jwt"


class KeySet:
    """The gate's public keys; read again for an unknown key id, but not more often than every 5 s."""

    REREAD_SECONDS = 5

    def __init__(self, place):
        self.place = place
        self.keys = {}
        self.read_at = float("-inf")

    def key(self, key_id):
        if key_id not in self.keys and time.monotonic() - self.read_at > self.REREAD_SECONDS:
            self.read_at = time.monotonic()
            self.keys = {key.key_id: key for key in jwt.PyJWKSet.from_json(self.read()).keys}
        if key_id not in self.keys:
            raise jwt.InvalidTokenError("unknown key")
        return self.keys[key_id]

    def read(self):
        if self.place.startswith(("http://", "https://")):
            with urllib.request.urlopen(self.place, timeout=5) as answer:
                return answer.read()
        with open(self.place, "rb") as file:
            return file.read()


KEYS = KeySet(os.environ["KEY_SET"])


def identify(token):
    """The caller's claims; raises jwt.InvalidTokenError."""
    header = jwt.get_unverified_header(token or "")
    if header.get("typ") != TYPE:
        raise jwt.InvalidTokenError("wrong kind")
    return jwt.decode(
        token, KEYS.key(header.get("kid")), algorithms=["EdDSA"], audience=AUDIENCE,
        issuer="gatehouse", leeway=5, options={"require": ["exp", "iat", "iss", "aud", "sub"]})


class API(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        try:
            caller = identify(self.headers.get("Gatehouse-Identity"))
        except jwt.InvalidTokenError:
            return self.answer(403, {"error": "this API is reached through its gate"})
        self.answer(200, {"sub": caller["sub"], "roles": caller["roles"]})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), API)
    print(f"listening {server.server_address[1]}", flush=True)
    server.serve_forever()
