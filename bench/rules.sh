#!/usr/bin/env bash
# Events per second through rules, one thread, text in and decision out: 100 rules of which one holds, beside parsing
# the event alone and beside other engines; and 10,000 rules of which three could hold, beside 10.
# Usage: rules.sh
set -euo pipefail
shopt -s inherit_errexit

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROUNDS=${ROUNDS:-3}
DURATION=${DURATION:-5}
RULES=${RULES:-100}
BUILD=${CARGO_TARGET_DIR:-$ROOT/target}/bench-rules
declare -A SERIES=()

(cd "$ROOT/bench/rules" && npm ci --silent --no-audit --no-fund &&
  CARGO_TARGET_DIR=$BUILD cargo build --release --locked --quiet)

# note NAME COMMAND…: adds the figure that the command prints to the series of that name.
note() {
  local name=$1 figure
  shift
  figure=$("$@")
  if [[ ! $figure =~ ^[0-9]+$ ]]; then
    echo "$0: no figure for $name: '$figure'" >&2
    exit 1
  fi
  echo "  $name: $figure/s" >&2
  SERIES[$name]=${SERIES[$name]:+${SERIES[$name]},}$figure
}

# median NAME: the middle figure of a series (the lower of two).
median() {
  tr ',' '\n' <<<"${SERIES[$1]}" | sort -g | awk '{ figure[NR] = $1 } END { print figure[int((NR + 1) / 2)] }'
}

side() {
  "$BUILD/release/rules-bench" "$@"
}

javascript() {
  side rules 0 "$RULES" | node "$ROOT/bench/rules/engine.js" "$DURATION"
}

for _ in $(seq "$ROUNDS"); do
  note guerdon side guerdon "$DURATION" "$RULES"
  note 'serde_json::Value alone' side parse "$DURATION" "$RULES"
  note zen-engine side zen "$DURATION" "$RULES"
  note datalogic-rs side datalogic "$DURATION" "$RULES"
  note json-rules-engine javascript
  note '10 rules' side shared "$DURATION" 10
  note '10,000 rules' side shared "$DURATION" 10000
done

# compare LEFT RIGHT: both medians and the ratio of the first to the second.
compare() {
  awk -v left="$1" -v right="$2" -v a="$(median "$1")" -v b="$(median "$2")" \
    'BEGIN { printf "%s %d/s, %s %d/s: %.3g\n", left, a, right, b, a / b }'
}

for other in 'serde_json::Value alone' zen-engine datalogic-rs json-rules-engine; do
  compare guerdon "$other"
done
compare '10,000 rules' '10 rules'
