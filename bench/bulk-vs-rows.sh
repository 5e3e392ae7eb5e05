#!/usr/bin/env bash
# Postings per second in bulk (NDJSON over HTTP, SQLite), against inserting bare journal rows of the
# same size into SQLite in the same batches.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

BATCH=${BATCH:-1000}
ROWS=${ROWS:-500000}
CONNECTIONS=${BULK_CONNECTIONS:-4}

start_on sqlite bulk
prepare
for _ in $(seq "$ROUNDS"); do
  report=$(load bulk --batch "$BATCH" --seconds "$DURATION")
  note bulk "$(number_of items_per_second <<<"$report")"
  report=$("$GUERDON" bench sqlite-rows --batch "$BATCH" --rows "$ROWS" --dir "$WORK" --json)
  note rows "$(number_of rows_per_second <<<"$report")"
done
compare bulk rows
