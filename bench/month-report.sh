#!/usr/bin/env bash
# The report on a month of a budget with millions of entries, against that of one with a hundredth of them.
# Usage: month-report.sh [MILLIONS]
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

REPORTS=${REPORTS:-500}
FLOOR_MS=${FLOOR_MS:-50}
FLOOR_RATIO=${FLOOR_RATIO:-1.5}

millions=${1:-10}
if [[ ! $millions =~ ^[1-9][0-9]*$ ]]; then
  fail "how many millions: a whole number, not '$millions'"
fi

helper() {
  python3 "$ROOT/bench/month-report.py" "$@"
}

# make NAME ENTRIES: a database made by the server, with a budget whose entries of a year are put in by hand.
make() {
  start_on sqlite "$1"
  helper prepare --url "$URL"
  stop_server
  helper seed --database "$WORK/$1/guerdon.db" --entries "$2"
}

many="$millions million entries"
few="$((millions * 10)) thousand entries"
make many $((millions * 1000000))
make few $((millions * 10000))

for _ in $(seq "$ROUNDS"); do
  for side in many few; do
    start_on sqlite "$side"
    figure=$(helper measure --url "$URL" --database "$WORK/$side/guerdon.db" --reports "$REPORTS")
    if [[ $side == many ]]; then
      note "$many" "$figure"
    else
      note "$few" "$figure"
    fi
    stop_server
  done
done
compare "$many" "$few" µs

awk -v many="$(median "$many")" -v few="$(median "$few")" -v ms="$FLOOR_MS" -v ratio="$FLOOR_RATIO" \
  'BEGIN { exit !(many < ms * 1000 && many < few * ratio) }' ||
  fail "the floor is $FLOOR_MS ms, and $FLOOR_RATIO times as much"
