#!/usr/bin/env bash
# Awards per second with millions of transactions stored, against a database that is new each round.
# Usage: history.sh [MILLIONS] [sqlite|postgres]
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

millions=${1:-1}
database=${2:-sqlite}
if [[ ! $millions =~ ^[1-9][0-9]*$ ]]; then
  fail "how many millions: a whole number, not '$millions'"
fi
if [[ $database == postgres ]]; then
  start_postgres
fi

start_on "$database" full
prepare
full_key=$GUERDON_BENCH_KEY
CONNECTIONS=4 WARMUP=0 load bulk --batch 1000 --requests $((millions * 1000)) >/dev/null
stop_server

for round in $(seq "$ROUNDS"); do
  start_on "$database" full
  GUERDON_BENCH_KEY=$full_key
  report=$(load award --seconds "$DURATION")
  note "$millions million stored" "$(number_of per_second <<<"$report")"
  stop_server
  start_on "$database" "new_$round"
  prepare
  report=$(load award --seconds "$DURATION")
  note "none stored" "$(number_of per_second <<<"$report")"
  stop_server
done
compare "$millions million stored" "none stored"
