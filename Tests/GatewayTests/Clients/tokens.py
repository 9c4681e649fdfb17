"""Makes keys, a key set and tokens with PyJWT: `tokens.py ISSUER AUDIENCE` prints them as JSON."""
import base64
import json
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm

issuer, audience = sys.argv[1:]
now = int(time.time())
rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pss_key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
ec_key = ec.generate_private_key(ec.SECP256R1())
ed_key = ed25519.Ed25519PrivateKey.generate()
secret = b"a-shared-secret-of-thirty-two-bytes-or-more"

KEYS = {
    "RS256": (rsa_key, RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True)),
    "PS256": (pss_key, RSAAlgorithm.to_jwk(pss_key.public_key(), as_dict=True)),
    "ES256": (ec_key, ECAlgorithm.to_jwk(ec_key.public_key(), as_dict=True)),
    "EdDSA": (ed_key, OKPAlgorithm.to_jwk(ed_key.public_key(), as_dict=True)),
    "HS256": (secret, HMACAlgorithm.to_jwk(secret, as_dict=True)),
}


def key_set():
    keys = []
    for name, (_, jwk) in KEYS.items():
        if name == "HS256":  # A shared secret does not belong among public keys.
            continue
        jwk.pop("key_ops", None)
        keys.append({**jwk, "kid": "key-" + name, "alg": name, "use": "sig"})
    return {"keys": keys}


def claims(**changes):
    base = {"iss": issuer, "aud": audience, "sub": "alice", "roles": ["reader"], "iat": now,
            "exp": now + 300}
    base.update(changes)
    return {name: value for name, value in base.items() if value is not None}


def token(name, key=None, algorithm=None, kid=None, typ="at+jwt", **changes):
    header = {"typ": typ, "kid": kid or "key-" + name}
    return jwt.encode(claims(**changes), key or KEYS[name][0], algorithm or name, headers=header)


def flipped(text, part):
    parts = text.split(".")
    middle = len(parts[part]) // 2
    changed = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + changed + parts[part][middle + 1:]
    return ".".join(parts)


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


good, bad = {}, {}
for name in KEYS:
    good[name] = token(name)
    good[name + ", audience in a list"] = token(name, aud=["other", audience])
    bad[name + ", signature changed"] = flipped(good[name], 2)
    bad[name + ", claims changed"] = flipped(good[name], 1)
    bad[name + ", signature cut off"] = good[name].rsplit(".", 1)[0] + "."
    bad[name + ", algorithm none"] = ".".join(
        [encoded({"alg": "none", "typ": "at+jwt", "kid": "key-" + name}), good[name].split(".")[1], ""])
    bad[name + ", expired"] = token(name, exp=now - 120, iat=now - 300)
    bad[name + ", without expiry"] = token(name, exp=None)
    bad[name + ", not yet"] = token(name, nbf=now + 200)
    bad[name + ", another issuer"] = token(name, iss="https://evil.example")
    bad[name + ", another audience"] = token(name, aud="other")
    bad[name + ", another type"] = token(name, typ="JWT")
    bad[name + ", too old"] = token(name, iat=now - 7200)
    bad[name + ", unknown key"] = token(name, kid="nobody")

bad["RS256 with the PS256 key"] = token("PS256", algorithm="RS256")
bad["PS256 with the RS256 key"] = token("RS256", algorithm="PS256")
bad["RS384 with the RS256 key"] = token("RS256", algorithm="RS384")
bad["HS512 with the HS256 key"] = token("HS256", algorithm="HS512")
bad["a stranger's ES256 key"] = token("ES256", key=ec.generate_private_key(ec.SECP256R1()))
bad["a stranger's EdDSA key"] = token("EdDSA", key=ed25519.Ed25519PrivateKey.generate())
# The public key as an HMAC secret: what "trust the token's alg" would accept.
bad["HS256 with the RSA key's modulus"] = token(
    "HS256", key=KEYS["RS256"][1]["n"].encode(), kid="key-RS256")

print(json.dumps({"secret": secret.decode(), "jwks": key_set(), "good": good, "bad": bad}))
