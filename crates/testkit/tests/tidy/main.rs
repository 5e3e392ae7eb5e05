//! Keeps the house as its documents say it is: short files, no loose ends, SQL in one place, arrows that point down,
//! documents that name what is there. A failure names file and line, and says what to do.
//!
//! Needs nothing but the files: no database, no server, no build of the crates.

mod arrows;
mod code;
mod documents;
mod files;
mod migrations;
mod rust;

use files::{File, Finding};

/// Fails with all findings, one on each line.
#[track_caller]
fn tidy(mut findings: Vec<Finding>) {
    findings.sort();
    let told: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(told.is_empty(), "\n\n{}\n", told.join("\n"));
}

/// What a look at each file finds.
fn in_each(look: impl Fn(&File, &mut Vec<Finding>)) -> Vec<Finding> {
    let mut findings = Vec::new();
    files::all().iter().for_each(|file| look(file, &mut findings));
    findings
}

#[test]
fn files_are_short() {
    tidy(in_each(code::length));
}

#[test]
fn files_begin_by_saying_what_they_are() {
    tidy(in_each(code::heading));
}

#[test]
fn nothing_is_left_for_later() {
    tidy(in_each(code::loose_ends));
}

#[test]
fn no_path_of_one_machine_is_named() {
    tidy(in_each(code::machine_paths));
}

#[test]
fn scripts_can_be_run() {
    tidy(in_each(code::scripts));
}

#[test]
fn crates_import_only_what_is_theirs_to_use() {
    tidy(in_each(arrows::imports));
}

#[test]
fn sql_stands_in_the_store_alone() {
    tidy(in_each(arrows::sql));
}

#[test]
fn arrows_between_crates_point_down() {
    tidy(in_each(arrows::dependencies));
}

#[test]
fn parts_come_from_the_public_registry() {
    tidy(in_each(arrows::sources));
}

#[test]
fn links_between_documents_lead_somewhere() {
    tidy(in_each(documents::links));
}

#[test]
fn paths_that_documents_name_are_there() {
    tidy(in_each(documents::paths));
}

#[test]
fn documents_that_code_names_are_there() {
    tidy(in_each(documents::named_in_code));
}

#[test]
fn migrations_have_their_way_back_on_both_databases() {
    tidy(migrations::pairs(files::all()));
}

#[test]
fn the_look_itself_sees_what_it_should() {
    let seen = |text: &str| {
        let file = File::new("crates/http/src/x.rs", text);
        let mut findings = Vec::new();
        for look in [code::heading, code::loose_ends, arrows::imports, arrows::sql] {
            look(&file, &mut findings);
        }
        findings.iter().map(|finding| finding.line).collect::<Vec<_>>()
    };
    assert_eq!(seen("//! Good.\n"), []);
    assert_eq!(seen("#![allow(x)]\n//! Good.\n"), []);
    assert_eq!(seen("use rusqlite::Row;\n"), [1, 1]);
    assert_eq!(seen("//! A.\n// use rusqlite::Row;\nconst X: &str = \"use rusqlite::Row\";\n"), []);
    assert_eq!(seen("//! A.\nfn f<'a>(c: char) -> bool { c == '\"' }\nuse rusqlite as r;\n"), [3]);
    assert_eq!(seen("//! A.\nconst X: &str = r#\"SELECT \"a\" FROM b\"#;\n"), [2]);
    assert_eq!(seen(concat!("//! A.\n\n// TO", "DO: later\nfn f() { x.un", "wrap(); }\n")), [3, 4]);
    assert_eq!(seen("//! A.\n/* /* nested */ use rusqlite::Row; */ const X: &str = \"a \\\" b\";\n"), []);
}
