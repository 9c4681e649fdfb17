#!/usr/bin/env bash
# Installs the Debian packages that building Gatehouse needs, if any is missing, and checks Swift.
set -euo pipefail
cd "$(dirname "$0")"
. ./packages.sh

# The C libraries we link (Debian patches them), and what the Swift linker takes from a C compiler.
install_packages "building" libuv1-dev libssl-dev libyaml-dev libargon2-dev libcrypt-dev \
    libcurl4-openssl-dev libsqlite3-dev libpq-dev libhiredis-dev libmongoc-dev libqrencode-dev \
    libzxcvbn-dev libutf8proc-dev zlib1g-dev libbrotli-dev libpcre2-dev libidn2-dev libmaxminddb-dev \
    pkg-config g++ libc6-dev

if ! command -v swift >/dev/null; then
    echo "setup: no 'swift' on PATH. Gatehouse needs Swift 6.2 or later:" >&2
    echo "       https://www.swift.org/install/linux/" >&2
    exit 1
fi
found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
if [ -z "$found" ] || [ "$(printf '%s\n' 6.2 "$found" | sort -V | head -n 1)" != 6.2 ]; then
    echo "setup: Swift ${found:-of an unknown version} is too old; Gatehouse needs 6.2 or later:" >&2
    echo "       https://www.swift.org/install/linux/" >&2
    exit 1
fi
