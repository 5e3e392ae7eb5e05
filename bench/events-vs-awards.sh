#!/usr/bin/env bash
# Events per second over HTTP, one per call, with 100 active rules of which one holds and gives a point from the pool,
# against awards: what deciding by rules, and keeping the event and its trace, costs beside an award.
# Usage: events-vs-awards.sh [sqlite|postgres]
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

database=${1:-sqlite}
if [[ $database == postgres ]]; then
  start_postgres
fi
start_on "$database" events
prepare
for _ in $(seq "$ROUNDS"); do
  report=$(load event --seconds "$DURATION")
  note event "$(number_of per_second <<<"$report")"
  report=$(load award --seconds "$DURATION")
  note award "$(number_of per_second <<<"$report")"
done
compare event award
