#!/usr/bin/env bash
# Installs what `make bench` needs: the load generator, the peers and a C compiler.
set -euo pipefail
cd "$(dirname "$0")"
. ./packages.sh
install_packages "benchmarks" wrk haproxy nginx libnginx-mod-http-lua lua-resty-core lua-cjson \
    gcc libc6-dev libssl-dev libjwt-dev python3 python3-jwt \
    python3-cryptography util-linux
