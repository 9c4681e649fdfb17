# Sourced by the setup scripts: finds and installs Debian packages that are missing.

# missing_packages NAME… prints those that dpkg does not have installed.
missing_packages() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$name"
    done
}

# install_packages REASON NAME… installs what is missing, or prints the list and stops.
install_packages() {
    local reason=$1 become=()
    shift
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        stop_with_list "$reason: this is no Debian system; install the equivalents of:" "$@"
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            stop_with_list "$reason: neither root nor sudo; ask an administrator for:" "${missing[@]}"
        fi
        become=(sudo)
        # Without a terminal nobody can type a password: fail with the list instead of hanging.
        if [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then
            stop_with_list "$reason: sudo wants a password and there is no terminal; install:" \
                "${missing[@]}"
        fi
    fi
    echo "setup: installing for $reason: ${missing[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q)
    # The lists may be missing or stale (a fresh machine, an image): refresh them when it fails.
    if ! "${become[@]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; then
        "${become[@]}" "${apt[@]}" update
        "${become[@]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
    fi
}

# stop_with_list SENTENCE NAME… says what a person has to install, and stops.
stop_with_list() {
    echo "setup: $1" >&2
    shift
    printf '  %s\n' "$@" >&2
    exit 1
}
