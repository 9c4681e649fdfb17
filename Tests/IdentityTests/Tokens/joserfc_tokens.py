"""Tokens by joserfc. `make CLAIMS ALG...` prints keys and tokens as JSON; `check FILE` verifies ours."""
import json
import sys

from joserfc import jwk, jws, jwt

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
# Characters of a whole coordinate: joserfc drops leading zero bytes, which RFC 7518 (6.2.1.2) does
# not allow and we refuse.
COORDINATES = {"ES256": 43, "ES384": 64, "ES512": 88}


def key(algorithm):
    kid = {"kid": algorithm, "alg": algorithm, "use": "sig"}
    if algorithm.startswith("HS"):
        return jwk.OctKey.generate_key(int(algorithm[2:]), kid)
    while algorithm in CURVES:
        made = jwk.ECKey.generate_key(CURVES[algorithm], kid)
        public = made.as_dict(private=False)
        if all(len(public[name]) == COORDINATES[algorithm] for name in "xy"):
            return made
    if algorithm == "EdDSA":
        return jwk.OKPKey.generate_key("Ed25519", kid)
    return jwk.RSAKey.generate_key(2048, kid)


def make(claims, algorithms):
    made = {"public": [], "secret": [], "tokens": {}}
    for algorithm in algorithms:
        own = key(algorithm)
        header = {"alg": algorithm, "typ": "at+jwt", "kid": algorithm}
        made["tokens"][algorithm] = jws.serialize_compact(
            header, claims.encode(), own, algorithms=[algorithm])
        if algorithm.startswith("HS"):
            made["secret"].append(own.as_dict())
        else:
            made["public"].append(own.as_dict(private=False))
    return made


def check(file):
    given = json.load(open(file))
    keys = {one["kid"]: one for one in given["keys"]}
    good = []
    for algorithm, token in given["tokens"].items():
        own = jwk.JWKRegistry.import_key(keys[algorithm])
        claims = jwt.decode(token, own, algorithms=[algorithm]).claims
        assert claims["sub"] == "user-1", claims
        head, body, signature = token.split(".")
        try:
            other = "A" if signature[10] != "A" else "B"
            jwt.decode(f"{head}.{body}.{signature[:10]}{other}{signature[11:]}", own,
                       algorithms=[algorithm])
        except Exception:
            good.append(algorithm)
    return good


what, argument, *algorithms = sys.argv[1:]
print(json.dumps(make(argument, algorithms) if what == "make" else check(argument)))
