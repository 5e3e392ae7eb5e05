# What one does with Guerdon. `just` lists it; every recipe works without just as well.

[private]
default:
    @just --list --unsorted

# Serve, with the data in ./guerdon-data
run *ARGS:
    cargo run --release -p guerdon -- serve {{ARGS}}

# Serve a company with a year behind it
demo *ARGS:
    cargo run --release -p guerdon -- demo {{ARGS}}

# Check and test everything, or only what the arguments name: just test -p guerdon-ledger
test *ARGS:
    scripts/test {{ARGS}}

# Check format and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Format
fmt:
    cargo fmt --all

# Measure what the parts cost: just bench -p guerdon-ledger
bench *ARGS:
    cargo bench {{ if ARGS == "" { "--workspace" } else { ARGS } }}
