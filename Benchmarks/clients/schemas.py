"""Python's validators at the work of ours: `schemas.py NAME SECONDS FILE` prints nanoseconds."""
import json
import sys
import time

name, seconds, file = sys.argv[1:]
schema, text = open(file, encoding="utf-8").read().strip().split("\n")
schema = json.loads(schema)
if name == "jsonschema-rs":
    import jsonschema_rs
    check = jsonschema_rs.validator_for(schema).is_valid
else:
    import fastjsonschema
    validate = fastjsonschema.compile(schema)

    def check(document):
        validate(document)
        return True

rounds = 2 if len(text) > 100_000 else 500
best = float("inf")
for _ in range(10):
    end = time.perf_counter_ns() + float(seconds) * 1e8
    while time.perf_counter_ns() < end:
        start = time.perf_counter_ns()
        for _ in range(rounds):
            assert check(json.loads(text))
        best = min(best, (time.perf_counter_ns() - start) / rounds)
print(best)
