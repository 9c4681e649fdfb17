"""redis-benchmark at our script: `redis_benchmark.py PORT CALLERS FILE` prints nanoseconds for each.

FILE is the one that GatehouseMeasure got: next to it lie the script's hash and its arguments. One
connection, with as many commands on their way as our loop has callers.
"""
import csv
import subprocess
import sys

port, callers, file = sys.argv[1:]
script = open(file + ".script").read()
arguments = open(file + ".arguments").read().split()
done = subprocess.run(
    ["redis-benchmark", "-p", port, "-c", "1", "-P", callers, "-n", "200000", "-r", "10000", "--csv",
     "EVALSHA", script, "1", "bench:__rand_int__", *arguments],
    text=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
rows = list(csv.reader(line for line in done.stdout.splitlines() if line.startswith('"')))
print(1e9 / float(dict(zip(rows[0], rows[1]))["rps"]))
