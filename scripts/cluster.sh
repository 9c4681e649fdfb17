#!/usr/bin/env bash
# Two gates that act as one, on this machine: PostgreSQL and Redis of their own, haproxy in front.
# Everything lives in one folder and ends with this script.
#
#   scripts/cluster.sh PROGRAM [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "$1")
folder=${2:-.build/cluster}
. scripts/packages.sh

wanted=()
[ -x /usr/sbin/haproxy ] || command -v haproxy >/dev/null || wanted+=(haproxy)
command -v redis-server >/dev/null || wanted+=(redis-server)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || wanted+=(postgresql)
[ ${#wanted[@]} -eq 0 ] || install_packages "the cluster example" "${wanted[@]}"
PATH=$PATH:/usr/sbin
postgres=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

for port in 7000 7001 7002 7091 7092 7432 7379; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        echo "cluster: somebody listens on 127.0.0.1:$port already" >&2
        exit 1
    fi
done

umask 077
mkdir -p "$folder"
folder=$(realpath "$folder")

# Started programs, stopped in the opposite order: the gates before what they need.
running=()
stop() {
    trap - EXIT INT TERM
    echo
    echo "cluster: stopping"
    for ((index = ${#running[@]} - 1; index >= 0; index--)); do
        kill -TERM "${running[index]}" 2>/dev/null || true
        wait "${running[index]}" 2>/dev/null || true
    done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# `setsid`: Ctrl-C reaches this script alone, which then stops them in order.
start() {
    local name=$1
    shift
    setsid "$@" </dev/null >>"$folder/$name.log" 2>&1 &
    running+=($!)
}

answers() {
    local name=$1 attempt
    shift
    for attempt in {1..300}; do
        "$@" >/dev/null 2>&1 && return
        kill -0 "${running[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "cluster: $name does not come up; see $folder/$name.log" >&2
    tail -n 5 "$folder/$name.log" >&2
    exit 1
}

# Secrets of this try, the same the next time.
[ -s "$folder/secrets" ] || for name in PGPASSWORD SEAL_KEY REDIS_KEY REDIS_PASSWORD; do
    echo "$name=$(openssl rand -hex 32)"
done >"$folder/secrets"
set -a
. "$folder/secrets"
DATABASE_URL="postgres://gatehouse:$PGPASSWORD@127.0.0.1:7432/postgres"
REDIS_URL="redis://:$REDIS_PASSWORD@127.0.0.1:7379/0"
set +a

# The server refuses to run as root, and its user may not pass through root's folders.
as=()
data=$folder/postgres
if [ "$(id -u)" -eq 0 ]; then
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    [ -s "$folder/postgres-folder" ] || mktemp -d /tmp/gatehouse-cluster-XXXXXX >"$folder/postgres-folder"
    data=$(cat "$folder/postgres-folder")
    mkdir -p "$data"
    chown postgres "$data"
fi
if [ ! -s "$data/PG_VERSION" ]; then
    password=$(mktemp)
    printf '%s\n' "$PGPASSWORD" >"$password"
    [ ${#as[@]} -eq 0 ] || chown postgres "$password"
    "${as[@]}" "$postgres/initdb" -D "$data" -U gatehouse --auth=scram-sha-256 --encoding=UTF8 \
        --locale=C --pwfile="$password" \
        >>"$folder/postgres.log" 2>&1 ||
        { echo "cluster: initdb failed; see $folder/postgres.log" >&2; rm -f "$password"; exit 1; }
    rm -f "$password"
fi
start postgres "${as[@]}" "$postgres/postgres" -D "$data" -p 7432 \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=
answers postgres "$postgres/psql" -h 127.0.0.1 -p 7432 -U gatehouse -d postgres -X -c 'SELECT 1'

printf 'bind 127.0.0.1\nport 7379\nsave ""\nmaxmemory 100mb\nmaxmemory-policy noeviction\nrequirepass %s\n' \
    "$REDIS_PASSWORD" >"$folder/redis.conf"
start redis redis-server "$folder/redis.conf"
answers redis env REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -p 7379 ping

# One file; on one machine the second gate needs other ports.
for gate in 1 2; do
    mkdir -p "$folder/gate$gate"
    sed "s/127.0.0.1:7001/127.0.0.1:700$gate/; s/127.0.0.1:7091/127.0.0.1:709$gate/" \
        Examples/Cluster/gatehouse.yaml >"$folder/gate$gate/gatehouse.yaml"
    start "gate$gate" env -C "$folder/gate$gate" "$program" run --config gatehouse.yaml
    answers "gate$gate" bash -c \
        "exec 3<>/dev/tcp/127.0.0.1/709$gate && printf 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3 && grep -q '200 OK' <&3"
done
gates=("${running[@]:2:2}")
start haproxy haproxy -db -f Examples/Cluster/haproxy.cfg
answers haproxy bash -c 'exec 3<>/dev/tcp/127.0.0.1/7000'

cat <<TEXT

Two gates behind haproxy on http://127.0.0.1:7000 (logs in $folder).

Sign up and in; whichever gate you meet knows you:
  curl -s 127.0.0.1:7000/auth/register -H 'Content-Type: application/json' \\
      -d '{"email":"ann@example.com","password":"nine quiet engines","name":"Ann"}'
  token=\$(curl -s 127.0.0.1:7000/auth/login -H 'Content-Type: application/json' \\
      -d '{"email":"ann@example.com","password":"nine quiet engines"}' | grep -o '"access_token":"[^"]*' | cut -d'"' -f4)
  curl -s 127.0.0.1:7000/api/me -H "Authorization: Bearer \$token"
Sign out at one, be refused by both:
  curl -s -X POST 127.0.0.1:7000/auth/logout -H "Authorization: Bearer \$token"
Both publish the same keys:
  curl -s 127.0.0.1:7091/identity/jwks.json; curl -s 127.0.0.1:7092/identity/jwks.json
Take one away while you ask: nothing is lost.
  while curl -sf -o /dev/null 127.0.0.1:7000/hello; do :; done &    kill -TERM ${gates[0]}
How they are:
  curl -s 127.0.0.1:7091/health

Ctrl-C ends everything.
TEXT
# Whatever ends, the rest goes on: that is what there is to see.
while sleep 3600 & wait $!; do :; done
