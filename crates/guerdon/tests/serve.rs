//! Servers: how they begin and end.

mod support;

use std::time::{Duration, Instant};
use support::{Program, admin_key};

#[test]
fn a_server_starts_at_once_and_stops_in_order_at_a_signal() {
    let program = Program::new();
    let started = Instant::now();
    let server = program.serve(&[]);
    assert_eq!(server.get("/healthz", ""), 200);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let ended = server.stop();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for told in ["ready", "SIGTERM", "closing the books", "stopped"] {
        assert!(ended.stderr.contains(told), "{told} is not in the log: {}", ended.stderr);
    }
}

#[test]
fn what_was_answered_is_there_after_a_stop_under_load() {
    let program = Program::new();
    let server = program.serve(&[("GUERDON_ADMIN_KEY", admin_key())]);
    server.make_tenant("acme");
    let answered = std::thread::scope(|scope| {
        let (tell, told) = std::sync::mpsc::channel();
        let posting = scope.spawn(|| {
            let tell = tell;
            let answered = |number: &usize| server.allocate("acme", *number);
            (0..).take_while(answered).inspect(|number| tell.send(*number).expect("told")).count()
        });
        assert_eq!(told.iter().take(50).count(), 50);
        server.signal();
        posting.join().expect("posted")
    });
    assert_eq!(server.wait().code, 0);
    let rows = program.run(&["export", "ndjson", "--tenant", "acme"]).lines_of_json();
    let recorded = rows.iter().filter(|row| row["kind"] == "allocate").count();
    assert!((answered..=answered + 1).contains(&recorded), "{answered} answered, {recorded} recorded");
}

#[test]
fn a_server_does_what_is_due_by_itself_and_gives_its_leases_back() {
    let program = Program::new();
    let server = program.serve(&[]);
    let deadline = Instant::now() + Duration::from_secs(20);
    // What is done once a day is due at once where it was never done: sessions are deleted, budgets reconciled.
    while program.number("SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL") < 2 {
        assert!(Instant::now() < deadline, "nothing was done");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(server.stop().code, 0);
    assert_eq!(program.number("SELECT count(*) FROM jobs WHERE leased_to <= finished_at"), 2);
    assert_eq!(program.number("SELECT count(*) FROM jobs"), 2, "what is not due is not noted");
}

#[test]
fn a_clock_cannot_go_back_behind_the_entries() {
    let program = Program::new();
    program.serve(&[]).make_tenant("acme");
    let ended = program.run(&["serve", "--listen", "127.0.0.1:0", "--clock", "2020-01-01T00:00:00Z"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("the clock cannot stand at 2020-01-01T00:00:00Z"), "{}", ended.stderr);

    let fresh = Program::new();
    let server = fresh.serve(&[("GUERDON_CLOCK", "2020-01-01T00:00:00Z")]);
    server.make_tenant("acme");
    drop(server);
    let rows = fresh.run(&["export", "ndjson", "--tenant", "acme"]).lines_of_json();
    assert_eq!(rows[0]["recorded_at"], 1_577_836_800_000_000_i64);
}

#[test]
fn a_server_on_postgresql_needs_no_folder() {
    let program = Program::new();
    let url = support::postgres();
    let server = program.serve(&[("GUERDON_DATABASE_URL", &url)]);
    server.make_tenant("acme");
    // A second server of the same database is welcome.
    let second = program.serve(&[("GUERDON_DATABASE_URL", &url)]);
    assert!(second.ready["admin_key"].is_null());
    assert!(!program.path("guerdon-data").exists());
    let rows = program.run(&["export", "ndjson", "--tenant", "acme", "--database-url", &url]);
    assert_eq!(rows.lines_of_json().len(), 1);
}

#[test]
fn a_server_that_trusts_somebody_who_cannot_be_does_not_start() {
    let program = Program::new();
    program.file("guerdon.toml", "[[jwt.issuers]]\nissuer = \"dev\"\nsecret = \"too short\"\n");
    let ended = program.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("the issuer dev has a secret shorter than 32 bytes"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "no key is made that nobody sees");
}
