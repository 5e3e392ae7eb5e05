#!/usr/bin/env bash
# Awards per second over HTTP on PostgreSQL, against pgbench's TPC-B on the same PostgreSQL.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PGBENCH_SCALE=${PGBENCH_SCALE:-10}
PGBENCH_CLIENTS=${PGBENCH_CLIENTS:-64}
PGBENCH_MODE=${PGBENCH_MODE:-simple}

run_pgbench() {
  "$PG_BIN/pgbench" -h 127.0.0.1 -p "$PG_PORT" -U bench "$@" pgbench 2>"$WORK/pgbench.log" || {
    cat "$WORK/pgbench.log" >&2
    fail "pgbench failed"
  }
}

start_postgres
make_database pgbench
run_pgbench -i -q -s "$PGBENCH_SCALE" >/dev/null
start_on postgres award
prepare
for _ in $(seq "$ROUNDS"); do
  report=$(load award --seconds "$DURATION")
  note award "$(number_of per_second <<<"$report")"
  report=$(run_pgbench -M "$PGBENCH_MODE" -c "$PGBENCH_CLIENTS" -j 2 -T "$DURATION")
  note TPC-B "$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$report")"
done
compare award TPC-B
