//! What holds for every file of code.

use crate::files::{File, Finding};
use crate::rust::{has_word, part};

/// Lines of a file at most.
const LONGEST: usize = 400;
/// Beginnings of paths that exist on one machine alone.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/tmp/", "wt"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\Us", "ers"),
];
/// Marks of what was put off.
const PUT_OFF: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];
/// Calls that stand where code should.
const STUBS: &[(&str, &str)] = &[
    (concat!("to", "do!"), "write what is missing"),
    (concat!("unimpl", "emented!"), "write what is missing"),
    (concat!("db", "g!"), "log it with tracing, or take it out"),
    (
        concat!(".unw", "rap()"),
        "handle it with `?` or a match; in a test say what was expected with `expect`",
    ),
];

/// Files of Rust are short.
pub fn length(file: &File, findings: &mut Vec<Finding>) {
    let lines = file.text.lines().count();
    if file.is_rust() && lines > LONGEST {
        let what =
            format!("the file has {lines} lines, {LONGEST} are the most: part it where two thoughts meet");
        findings.push(file.finding(LONGEST + 1, what));
    }
}

/// A file of Rust begins with a `//!` line. The tests beside a module need none: the module says what they are of.
pub fn heading(file: &File, findings: &mut Vec<Finding>) {
    if !file.is_rust() || file.name() == "tests.rs" {
        return;
    }
    let first = file.lines().find(|(_, line)| !line.trim().is_empty() && !line.starts_with("#!["));
    if first.is_none_or(|(_, line)| !line.starts_with("//! ")) {
        findings.push(file.finding(1, "say in a first line `//! …` what the file is for"));
    }
}

/// Nothing is put off, and nothing gives up where it should answer.
pub fn loose_ends(file: &File, findings: &mut Vec<Finding>) {
    let script = file.text.starts_with("#!") || file.path.ends_with(".sh");
    if file.is_rust() || script || file.path.ends_with(".sql") {
        for (number, line) in file.lines() {
            for mark in PUT_OFF.iter().filter(|mark| has_word(line, mark)) {
                let what = format!("{mark}: do it now, or say in an issue that it is to be done");
                findings.push(file.finding(number, what));
            }
        }
    }
    if file.is_rust() {
        let code = part(&file.text).code;
        for (index, line) in code.lines().enumerate() {
            for (stub, instead) in STUBS.iter().filter(|(stub, _)| line.contains(stub)) {
                findings.push(file.finding(index + 1, format!("`{stub}`: {instead}")));
            }
        }
    }
}

/// The project is the same wherever it lies.
pub fn machine_paths(file: &File, findings: &mut Vec<Finding>) {
    for (number, line) in file.lines() {
        for path in MACHINE_PATHS.iter().filter(|path| line.contains(**path)) {
            let what =
                format!("{path} is there on one machine alone: write the path from where the reader is");
            findings.push(file.finding(number, what));
        }
    }
}

/// What is a script may be run, and what may be run says by whom.
pub fn scripts(file: &File, findings: &mut Vec<Finding>) {
    let interpreted = file.text.starts_with("#!") && !file.text.starts_with("#![");
    let in_scripts = ["scripts", ".ci"].contains(&file.folder());
    if interpreted && !file.executable {
        let what = format!("the script cannot be run: chmod +x {}", file.path);
        findings.push(file.finding(1, what));
    }
    if in_scripts && !interpreted {
        findings.push(file.finding(1, "a script begins with what runs it: #!/usr/bin/env bash"));
    }
}
