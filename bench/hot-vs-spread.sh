#!/usr/bin/env bash
# Postings per second that all take from one pool, against the same postings from a thousand pools.
# Usage: hot-vs-spread.sh [sqlite|postgres]
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

database=${1:-sqlite}
if [[ $database == postgres ]]; then
  start_postgres
fi
start_on "$database" hot
prepare --departments "$DEPARTMENTS"
for _ in $(seq "$ROUNDS"); do
  report=$(load hot --seconds "$DURATION")
  note "one pool" "$(number_of per_second <<<"$report")"
  report=$(load spread --departments "$DEPARTMENTS" --seconds "$DURATION")
  note "many pools" "$(number_of per_second <<<"$report")"
done
compare "one pool" "many pools"
