#!/usr/bin/env bash
# uninstall.sh DESTDIR PREFIX UNITDIR: removes exactly what install.sh put there.
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: uninstall.sh DESTDIR PREFIX UNITDIR" >&2; exit 2; }
destdir=$1 prefix=$2 units=$3
for file in \
    "$prefix/bin/gatehouse" \
    "$prefix/share/man/man8/gatehouse.8.gz" \
    "$prefix/share/bash-completion/completions/gatehouse" \
    "$prefix/share/zsh/site-functions/_gatehouse" \
    "$prefix/share/fish/vendor_completions.d/gatehouse.fish" \
    "$prefix/share/doc/gatehouse/LICENSE" \
    "$units/gatehouse.service"; do
    if [ -e "$destdir$file" ]; then
        rm "$destdir$file"
        echo "removed $destdir$file"
    fi
done
rmdir --ignore-fail-on-non-empty "$destdir$prefix/share/doc/gatehouse" 2>/dev/null || true
