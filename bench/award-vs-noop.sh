#!/usr/bin/env bash
# Awards per second over HTTP, one per call, each durable in SQLite before it is answered, against
# the same server's POST that does nothing. With 256 connections, so that there is a batch to read while
# another is written.
CONNECTIONS=${CONNECTIONS:-256}
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start_on sqlite award
prepare
for _ in $(seq "$ROUNDS"); do
  report=$(load award --seconds "$DURATION")
  note award "$(number_of per_second <<<"$report")"
  report=$(load noop --seconds "$DURATION")
  note no-op "$(number_of per_second <<<"$report")"
done
compare award no-op
