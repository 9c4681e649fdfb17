#!/usr/bin/env bash
# Installs what the tests start besides Gatehouse itself: a browser, curl, a real upstream in
# another language, and a TLS scanner in a virtual environment. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")"
. ./packages.sh
root=$(cd .. && pwd)

# A command that is already on PATH is used, whoever installed it.
wanted=()
want() { command -v "$1" >/dev/null || wanted+=("$2"); }
want chromium chromium
want chromedriver chromium-driver
want curl curl
want openssl openssl
want python3 python3
want node nodejs
want zbarimg zbar-tools
want jose jose
want sqlmap sqlmap
want redis-server redis-server
[ -x /usr/sbin/haproxy ] || want haproxy haproxy
want slowhttptest slowhttptest
# The server's own programs; a cluster that the package starts is not used.
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || wanted+=(postgresql)
[ -e /usr/share/nodejs/express ] || wanted+=(node-express)
python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)
[ ${#wanted[@]} -eq 0 ] || install_packages "testing" "${wanted[@]}"

# Tools from PyPI: pinned, in a folder of their own. A machine without the index still tests the
# rest: tests that need them are then reported as skipped, by name.
tools=$root/.venv
stamp=$tools/.requirements
if ! cmp -s test-requirements.txt "$stamp"; then
    echo "setup: installing for testing, in .venv: $(grep -v '^#' test-requirements.txt | xargs)"
    python3 -m venv --clear "$tools"
    if "$tools/bin/pip" install --quiet --disable-pip-version-check -r test-requirements.txt; then
        cp test-requirements.txt "$stamp"
    else
        echo "setup: the package index did not answer: tests that need these tools are skipped" >&2
    fi
fi
