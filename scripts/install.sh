#!/usr/bin/env bash
# install.sh DESTDIR PREFIX UNITDIR BINARY: puts the gateway in place. Never overwrites
# configuration or data, starts nothing, and makes no user (the unit takes a dynamic one).
set -euo pipefail
[ $# -eq 4 ] || { echo "usage: install.sh DESTDIR PREFIX UNITDIR BINARY" >&2; exit 2; }
destdir=$1 prefix=$2 units=$3 binary=$4
cd "$(dirname "$0")/.."

put() { # MODE FROM TO
    install -D -m "$1" "$2" "$destdir$3"
    echo "installed $destdir$3"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Stripped here rather than by install -s, which needs binutils under a fixed name.
cp "$binary" "$work/gatehouse"
if command -v strip >/dev/null; then strip "$work/gatehouse"; fi
put 0755 "$work/gatehouse" "$prefix/bin/gatehouse"

gzip -9n <packaging/gatehouse.8 >"$work/gatehouse.8.gz"
put 0644 "$work/gatehouse.8.gz" "$prefix/share/man/man8/gatehouse.8.gz"

for shell in bash zsh fish; do "$binary" completions "$shell" >"$work/$shell"; done
put 0644 "$work/bash" "$prefix/share/bash-completion/completions/gatehouse"
put 0644 "$work/zsh" "$prefix/share/zsh/site-functions/_gatehouse"
put 0644 "$work/fish" "$prefix/share/fish/vendor_completions.d/gatehouse.fish"

sed "s#@PREFIX@#$prefix#g" packaging/gatehouse.service >"$work/gatehouse.service"
put 0644 "$work/gatehouse.service" "$units/gatehouse.service"
put 0644 LICENSE "$prefix/share/doc/gatehouse/LICENSE"

if [ -z "$destdir" ]; then
    echo
    echo "next: write /etc/gatehouse/gatehouse.yml (gatehouse init shows how), then"
    echo "      systemctl daemon-reload && systemctl enable --now gatehouse"
fi
