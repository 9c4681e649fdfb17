"""PyJWT at the work of our verifier: `pyjwt.py SECONDS KEYFILE TOKENFILE ALG` prints nanoseconds."""
import json
import sys
import time

import jwt

seconds, key_file, token_file, algorithm = sys.argv[1:]
key = jwt.PyJWK(json.load(open(key_file)), algorithm).key
token = open(token_file).read().strip()
options = {"require": ["exp", "iat", "sub"]}
best = float("inf")
for _ in range(10):
    end = time.perf_counter_ns() + float(seconds) * 1e8
    while time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        for _ in range(100):
            jwt.decode(token, key, algorithms=[algorithm], audience="api",
                       issuer="https://id.example.com", options=options)
        best = min(best, (time.perf_counter_ns() - start) / 100)
print(best)
