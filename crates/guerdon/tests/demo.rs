//! The demonstration, as a newcomer meets it: every call that it prints works.

mod support;

use std::process::Command;
use std::time::{Duration, Instant};
use support::Program;

#[test]
fn every_printed_call_works_when_it_is_pasted() {
    let program = Program::new();
    let started = Instant::now();
    let server = program.start(&["demo", "--json", "--listen", "127.0.0.1:0"], &[]);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let calls = server.ready["try"].as_array().expect("calls").clone();
    let answers: Vec<String> = calls
        .iter()
        .map(|call| {
            let command = call["command"].as_str().expect("a command");
            let output = Command::new("sh").args(["-c", command]).output().expect("a shell");
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{command}: {told}{}", String::from_utf8_lossy(&output.stderr));
            told
        })
        .collect();
    for (answer, expected) in answers.iter().zip([
        "\"status\":\"ready\"",
        "201 Created",
        "idempotent-replayed: true",
        "\"asset\":\"PTS\"",
        "\"balanced\":true",
        "The books are right",
    ]) {
        assert!(answer.contains(expected), "{expected} is not in {answer}");
    }
    assert_eq!(answers.len(), 6);
    assert_eq!(server.stop().code, 0);
}

#[test]
fn a_demonstration_never_lands_in_books_that_somebody_keeps() {
    let program = Program::new();
    assert_eq!(program.run(&["migrate", "up", "--data", "kept"]).code, 0);
    let ended = program.run(&["demo", "--listen", "127.0.0.1:0", "--data", "kept"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("there is a database in kept already"), "{}", ended.stderr);

    program.file("guerdon.toml", "data = \"kept\"\n");
    let url = support::postgres();
    let server =
        program.start(&["demo", "--json", "--listen", "127.0.0.1:0"], &[("GUERDON_DATABASE_URL", &url)]);
    assert_eq!(server.stop().code, 0);
    assert_eq!(program.run(&["key", "list", "--json"]).json(), serde_json::json!([]));
    assert_eq!(program.run(&["migrate", "status", "--database-url", &url]).code, 1, "nobody touched it");
}

#[test]
fn a_demonstration_in_a_folder_stays_and_is_gone_on_with() {
    let program = Program::new();
    let server = program.start(&["demo", "--json", "--listen", "127.0.0.1:0", "--data", "trial"], &[]);
    let key = server.ready["keys"][1]["key"].as_str().expect("a manager's key").to_owned();
    server.stop();
    let server = program.start(&["serve", "--json", "--listen", "127.0.0.1:0", "--data", "trial"], &[]);
    assert_eq!(server.get("/api/v1/allocations/pool", &key), 200);
}
