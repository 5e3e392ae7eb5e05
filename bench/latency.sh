#!/usr/bin/env bash
# The 99th percentile of an award's latency at half of the peak rate, counted from when each request
# was due, against one durable commit of SQLite alone on the same disk.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

COMMITS=${COMMITS:-5000}

start_on sqlite latency
prepare
for _ in $(seq "$ROUNDS"); do
  report=$(load award --seconds "$DURATION")
  note peak "$(number_of per_second <<<"$report")"
done
peak=$(median peak)
half=$((${peak%.*} / 2))
echo "peak $peak awards/s; measuring at $half/s"

for _ in $(seq "$ROUNDS"); do
  report=$(load award --seconds "$DURATION" --rate "$half")
  note "award p99" "$(number_of p99_us <<<"$report")"
  report=$("$GUERDON" bench fsync --commits "$COMMITS" --dir "$WORK" --json)
  note "commit p99" "$(number_of p99_us <<<"$report")"
  note "commit p50" "$(number_of p50_us <<<"$report")"
done
compare "award p99" "commit p99" µs
compare "award p99" "commit p50" µs
