# Shared by the scripts in this folder: build, start, measure in turn, compare, clean up.
# shellcheck shell=bash
set -euo pipefail
shopt -s inherit_errexit

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROUNDS=${ROUNDS:-3}
DURATION=${DURATION:-10}
WARMUP=${WARMUP:-2}
CONNECTIONS=${CONNECTIONS:-128}
MEMBERS=${MEMBERS:-1000}
DEPARTMENTS=1000

# GUERDON names a finished program to measure; without it the release build of this tree is.
if [[ -z ${GUERDON:-} ]]; then
  (cd "$ROOT" && cargo build --release --quiet)
  GUERDON=${CARGO_TARGET_DIR:-$ROOT/target}/release/guerdon
fi

# Everything is written to the disk that BENCH_DIR is on, both sides of a comparison alike.
BENCH_DIR=${BENCH_DIR:-${CARGO_TARGET_DIR:-$ROOT/target}/bench}
mkdir -p "$BENCH_DIR"
WORK=$(mktemp -d "$BENCH_DIR/run.XXXXXX")
SERVER_PID=
PG_DATA=
declare -A SERIES=()

cleanup() {
  stop_server
  stop_postgres
  rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
  echo "$0: $*" >&2
  exit 1
}

free_port() {
  local port
  while :; do
    # Below the range from which the system takes the ports of clients.
    port=$((10000 + RANDOM % 20000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# is_ready PORT: whether the server there says that it and its database are up.
is_ready() {
  local status
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 5 status <&3 || status=
  exec 3>&-
  [[ $status == "HTTP/1.1 200"* ]]
}

# start_server ARGS…: `guerdon serve` on a free port; sets URL.
start_server() {
  local port
  port=$(free_port)
  URL=http://127.0.0.1:$port
  GUERDON_ADMIN_KEY=${GUERDON_ADMIN_KEY:-gk_$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')}
  export GUERDON_ADMIN_KEY
  "$GUERDON" serve --listen "127.0.0.1:$port" "$@" >"$WORK/server.log" 2>&1 &
  SERVER_PID=$!
  for _ in $(seq 600); do
    if is_ready "$port"; then
      return
    fi
    kill -0 "$SERVER_PID" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$WORK/server.log" >&2
  fail "the server did not start"
}

stop_server() {
  if [[ -n $SERVER_PID ]]; then
    kill "$SERVER_PID" 2>/dev/null || true
    for _ in $(seq 300); do
      kill -0 "$SERVER_PID" 2>/dev/null || break
      sleep 0.1
    done
    kill -9 "$SERVER_PID" 2>/dev/null || true
    wait "$SERVER_PID" 2>/dev/null || true
    SERVER_PID=
  fi
}

# start_on sqlite|postgres NAME: a server on the database of that name, which is made where missing.
start_on() {
  case $1 in
    sqlite) start_server --data "$WORK/$2" ;;
    postgres)
      make_database "$2"
      start_server --data "$WORK/$2" --database-url "postgres://bench@127.0.0.1:$PG_PORT/$2"
      ;;
    *) fail "the database is sqlite or postgres, not $1" ;;
  esac
}

# prepare [ARGS…]: a tenant with members and value; it and its key go to the load by the environment.
prepare() {
  local prepared
  prepared=$("$GUERDON" bench prepare --url "$URL" --members "$MEMBERS" "$@")
  GUERDON_BENCH_KEY=$(text_of key <<<"$prepared")
  GUERDON_BENCH_TENANT=$(text_of tenant <<<"$prepared")
  export GUERDON_BENCH_KEY GUERDON_BENCH_TENANT
}

as_postgres() {
  if [[ $(id -u) == 0 ]]; then
    # PostgreSQL refuses to run as root.
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

# start_postgres: a private cluster that flushes every commit; sets PG_PORT.
start_postgres() {
  local options
  PG_BIN=${PG_BIN:-$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)}
  if [[ ! -x $PG_BIN/initdb ]]; then
    fail "no PostgreSQL server found; set PG_BIN to the folder of initdb"
  fi
  PG_DATA=$(mktemp -d "${PG_DIR:-/var/tmp}/guerdon-bench-pg.XXXXXX")
  if [[ $(id -u) == 0 ]]; then
    chown postgres "$PG_DATA"
  fi
  PG_PORT=$(free_port)
  as_postgres "$PG_BIN/initdb" -D "$PG_DATA" -U bench --auth=trust -E UTF8 --locale=C >"$WORK/initdb.log"
  options="-p $PG_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories=$PG_DATA"
  options+=" -c fsync=on -c synchronous_commit=on -c full_page_writes=on"
  options+=" -c max_connections=200 -c shared_buffers=512MB -c max_wal_size=4GB"
  as_postgres "$PG_BIN/pg_ctl" -D "$PG_DATA" -w -l "$PG_DATA/server.log" -o "$options" start >/dev/null
}

stop_postgres() {
  if [[ -n $PG_DATA ]]; then
    as_postgres "$PG_BIN/pg_ctl" -D "$PG_DATA" -m fast -w stop >/dev/null 2>&1 || true
    rm -rf "$PG_DATA"
    PG_DATA=
  fi
}

# make_database NAME: does nothing where it exists.
make_database() {
  local found
  found=$(psql_bench postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '$1'")
  if [[ -z $found ]]; then
    psql_bench postgres -qc "CREATE DATABASE \"$1\""
  fi
}

psql_bench() {
  "$PG_BIN/psql" -X -h 127.0.0.1 -p "$PG_PORT" -U bench -d "$@"
}

# number_of FIELD, text_of FIELD: one value of a line of JSON on standard input.
number_of() {
  sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p"
}

text_of() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

# load SCENARIO [ARGS…]: one measured load; its report goes to standard output. Anything but
# success of every request ends the script.
load() {
  local scenario=$1 report
  shift
  if ! report=$("$GUERDON" bench load --url "$URL" --scenario "$scenario" --json \
    --connections "$CONNECTIONS" --members "$MEMBERS" --warmup "$WARMUP" "$@"); then
    fail "the $scenario load failed: $report"
  fi
  echo "  $report" >&2
  echo "$report"
}

# note NAME FIGURE: adds the figure to the series of that name.
note() {
  [[ $2 =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "no figure for $1: '$2'"
  SERIES[$1]=${SERIES[$1]:+${SERIES[$1]},}$2
}

# median NAME: the middle figure of a series (the lower of two).
median() {
  tr ',' '\n' <<<"${SERIES[$1]}" | sort -g | awk '{ figure[NR] = $1 } END { print figure[int((NR + 1) / 2)] }'
}

# compare LEFT RIGHT [UNIT]: both medians and the ratio of the first to the second.
compare() {
  "$GUERDON" bench ratio --left-name "$1" --left "${SERIES[$1]}" \
    --right-name "$2" --right "${SERIES[$2]}" --unit "${3:-/s}"
}
