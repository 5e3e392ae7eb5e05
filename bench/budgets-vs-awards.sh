#!/usr/bin/env bash
# Calls per second that in turn reserve a part of a budget and charge one reserved a while ago, against
# awards: two calls of the first are one reservation charged.
# Usage: budgets-vs-awards.sh [sqlite|postgres]
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

database=${1:-sqlite}
if [[ $database == postgres ]]; then
  start_postgres
fi
start_on "$database" budgets
prepare
for _ in $(seq "$ROUNDS"); do
  report=$(load budget --seconds "$DURATION")
  note "reserve, charge" "$(number_of per_second <<<"$report")"
  report=$(load award --seconds "$DURATION")
  note award "$(number_of per_second <<<"$report")"
done
compare "reserve, charge" award
