//! What a crate may use, and what it may never know of. ARCHITECTURE.md says why.

use crate::files::{File, Finding};
use crate::rust::{part, places};

/// A crate of the house.
struct Room {
    name: &'static str,
    /// The crates below it, which it may use.
    below: &'static [&'static str],
    /// What it may not import.
    never: &'static [&'static str],
    /// Why not.
    why: &'static str,
}

/// From the ground up.
const HOUSE: &[Room] = &[
    Room {
        name: "ledger",
        below: &[],
        never: &[
            "tokio",
            "std::time",
            "std::fs",
            "std::net",
            "std::thread",
            "jiff",
            "rand",
            "rusqlite",
            "tokio_postgres",
            "axum",
            "reqwest",
        ],
        why: "the ledger is pure: instants and ids come in as arguments, and nothing goes out",
    },
    Room {
        name: "rules",
        below: &["ledger"],
        never: &[
            "tokio",
            "std::time",
            "std::fs",
            "std::net",
            "std::thread",
            "rand",
            "rusqlite",
            "tokio_postgres",
            "axum",
            "reqwest",
        ],
        why: "rules are pure: the event, its instant and the time zone come in as arguments, and nothing goes out",
    },
    Room {
        name: "store",
        below: &["ledger"],
        never: &["axum", "tower", "tower_http", "utoipa", "reqwest"],
        why: "the store knows of databases and of nothing above it",
    },
    Room {
        name: "programs",
        below: &["ledger", "rules", "store"],
        never: &["rusqlite", "tokio_postgres", "deadpool_postgres", "axum", "tower", "utoipa"],
        why: "a use case decides; it asks the store for what it must see, and HTTP asks it",
    },
    Room {
        name: "http",
        below: &["ledger", "rules", "store", "programs"],
        never: &["rusqlite", "tokio_postgres", "deadpool_postgres", "rand"],
        why: "handlers extract, convert, call a use case and render; a read is a function of guerdon_store::read",
    },
    Room {
        name: "guerdon",
        below: &["ledger", "rules", "store", "programs", "http"],
        never: &["tokio_postgres"],
        why: "",
    },
    Room { name: "testkit", below: &["ledger", "rules", "store", "programs", "http"], never: &[], why: "" },
];

/// Where SQL may stand beside the store: what measures SQLite alone, and what makes databases for tests.
const SQL_TOO: &[&str] = &["crates/store/", "crates/testkit/", "crates/guerdon/src/bench/"];
/// Words that make a text a statement, all of one line together.
const STATEMENTS: &[&[&str]] = &[
    &["SELECT", "FROM"],
    &["INSERT INTO"],
    &["UPDATE", "SET"],
    &["DELETE FROM"],
    &["CREATE TABLE"],
    &["DROP TABLE"],
    &["ALTER TABLE"],
    &["PRAGMA"],
];
/// Where everybody's parts come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn room(name: &str) -> Option<&'static Room> {
    HOUSE.iter().find(|room| room.name == name)
}

/// No source file imports what its crate may not know of.
pub fn imports(file: &File, findings: &mut Vec<Finding>) {
    let Some(room) = file.source_of().and_then(room) else { return };
    let code = part(&file.text).code;
    for (index, line) in code.lines().enumerate() {
        for name in room.never.iter().filter(|name| is_used(line, name)) {
            let what = format!("{name} is not for crates/{}: {}", room.name, room.why);
            findings.push(file.finding(index + 1, what));
        }
    }
}

/// Whether a line of code names a module: in a path, or in a `use`.
fn is_used(line: &str, name: &str) -> bool {
    let used = line.trim_start().trim_start_matches("pub ").starts_with("use ");
    let named = places(line, name).any(|at| {
        let part_of_path = line[..at].ends_with("::") && !name.contains("::");
        !part_of_path && (used || line[at + name.len()..].starts_with("::"))
    });
    let (parent, child) = name.split_once("::").unwrap_or_default();
    let grouped = || {
        let (_, group) = line.split_once(&format!("{parent}::{{"))?;
        Some(places(group, child).next().is_some())
    };
    named || (!child.is_empty() && grouped() == Some(true))
}

/// No statement stands outside the store.
pub fn sql(file: &File, findings: &mut Vec<Finding>) {
    if file.source_of().is_none() || SQL_TOO.iter().any(|folder| file.path.starts_with(folder)) {
        return;
    }
    for (line, text) in part(&file.text).strings {
        let is_statement = |words: &&&[&str]| words.iter().all(|word| places(&text, word).next().is_some());
        if let Some(words) = STATEMENTS.iter().find(is_statement) {
            let what = format!(
                "SQL ({} …) stands in crates/store alone: make it a constant there, above the function that runs it",
                words.join(" … ")
            );
            findings.push(file.finding(line, what));
        }
    }
}

/// No crate depends on one above it, nor on what it may not import.
pub fn dependencies(file: &File, findings: &mut Vec<Finding>) {
    let Some(name) = file.path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml"))
    else {
        return;
    };
    let Some(room) = room(name) else {
        let what = "the house has a new room: say in crates/testkit/tests/tidy/arrows.rs and in ARCHITECTURE.md what \
            it may use";
        return findings.push(file.finding(1, what));
    };
    let mut section = String::new();
    for (number, line) in file.lines() {
        if let Some(heading) = line.strip_prefix('[') {
            section = heading.trim_end_matches(']').to_owned();
            continue;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let dependency: String = line.chars().take_while(|c| is_name(*c)).collect();
        let for_tests = section.ends_with("dev-dependencies");
        if dependency.is_empty() || !section.ends_with("dependencies") {
            continue;
        }
        let crate_of_the_house = HOUSE
            .iter()
            .map(|room| room.name)
            .find(|name| dependency == *name || dependency.strip_prefix("guerdon-") == Some(name));
        match crate_of_the_house {
            // Whoever is tested may use what tests it.
            Some("testkit") if for_tests => {}
            Some(other) if !room.below.contains(&other) => {
                let what =
                    format!("the arrow from {name} to {other} points up: {name} may use {:?}", room.below);
                findings.push(file.finding(number, what));
            }
            None if !for_tests && room.never.contains(&dependency.replace('-', "_").as_str()) => {
                findings.push(
                    file.finding(number, format!("{dependency} is not for crates/{name}: {}", room.why)),
                );
            }
            _ => {}
        }
    }
}

/// Whoever builds this needs no registry but everybody's.
pub fn sources(file: &File, findings: &mut Vec<Finding>) {
    if file.name() != "Cargo.lock" {
        return;
    }
    for (number, line) in file.lines() {
        if let Some(source) = line.strip_prefix("source = ")
            && source.trim_matches('"') != REGISTRY
        {
            let what = format!("{source} is not crates.io: take the part from there, as everybody can");
            findings.push(file.finding(number, what));
        }
    }
}
