#!/usr/bin/env bash
# Installs what `make bench` needs: the load generator, the peers and compilers for C and C++.
set -euo pipefail
cd "$(dirname "$0")"
. ./packages.sh
install_packages "benchmarks" wrk haproxy nginx libnginx-mod-http-lua lua-resty-core lua-cjson \
    gcc g++ libc6-dev libssl-dev libjwt-dev libsimdjson-dev node-ajv nodejs python3 python3-jwt redis-server redis-tools \
    python3-cryptography util-linux

# Validators from PyPI, in the tests' folder; without the index they are reported as failed.
tools=$(cd .. && pwd)/.venv
if [ -x "$tools/bin/pip" ] && ! "$tools/bin/python" -c 'import jsonschema_rs, fastjsonschema' 2>/dev/null; then
    "$tools/bin/pip" install --quiet --disable-pip-version-check jsonschema-rs==0.61.0 fastjsonschema==2.22.3 ||
        echo "setup: the package index did not answer: Python's validators are left out" >&2
fi
