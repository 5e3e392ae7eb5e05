//! The guides, as somebody follows them with a shell: every call in them works, and is answered as they say.

use crate::support::assert_says;
use guerdon_testkit::{ADMIN_KEY, Engine, Server};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What the shell prints once a block is done.
const DONE: &str = "-- done --";
/// Every call leaves its status in a file, whatever becomes of its answer.
const NOTE_STATUS: &str =
    r#"exec 3>>"$STATUSES"; curl() { command curl -w '%{stderr}%{http_code}\n' "$@" 2>&3; }"#;

/// A block of lines to paste, under its heading, and the block beside it that shows the answer.
struct Block {
    heading: String,
    lines: String,
    answer: Option<String>,
}

/// The blocks of a guide, in order.
fn blocks(guide: &str) -> Vec<Block> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(guide);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut blocks, mut heading) = (Vec::<Block>::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title.to_owned();
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let inside = inside.join("\n");
        match (language, blocks.last_mut()) {
            ("sh", _) => blocks.push(Block { heading: heading.clone(), lines: inside, answer: None }),
            ("json" | "csv", Some(block)) => block.answer = Some(inside),
            _ => {}
        }
    }
    blocks
}

/// A shell that somebody follows a guide with.
struct Shell {
    bash: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    statuses: tempfile::NamedTempFile,
    told: usize,
}

impl Shell {
    fn open(server: &Server, environment: &[(&str, &str)]) -> Self {
        let statuses = tempfile::NamedTempFile::new().expect("a file");
        let mut bash = Command::new("bash")
            .env("URL", format!("http://{}", server.address()))
            .env("STATUSES", statuses.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash");
        let input = bash.stdin.take().expect("its input");
        let output = BufReader::new(bash.stdout.take().expect("its output"));
        let mut shell = Self { bash, input, output, statuses, told: 0 };
        shell.paste(NOTE_STATUS);
        shell
    }

    /// What lines print, and the status of each call that they make.
    fn paste(&mut self, lines: &str) -> (String, Vec<u16>) {
        writeln!(self.input, "{lines}\nprintf '\\n%s\\n' '{DONE}'").expect("the shell listens");
        let mut printed = String::new();
        while !printed.ends_with(&format!("\n{DONE}\n")) {
            let read = self.output.read_line(&mut printed).expect("the shell prints text");
            assert_ne!(read, 0, "the shell has ended after {printed}\nin {lines}");
        }
        printed.truncate(printed.len() - DONE.len() - 2);
        let statuses = std::fs::read_to_string(self.statuses.path()).expect("statuses");
        let statuses: Vec<u16> = statuses.lines().map(|line| line.parse().expect("a status")).collect();
        let new = statuses[self.told..].to_vec();
        self.told = statuses.len();
        (printed, new)
    }

    /// Pastes a block. Every call of it succeeds, but for the last where the answer beside it is a problem.
    fn follow(&mut self, block: &Block) -> usize {
        let (printed, statuses) = self.paste(&block.lines);
        let shown = block.answer.as_deref().map(|answer| serde_json::from_str::<Value>(answer).ok());
        let problem = shown.iter().flatten().find_map(|shown| shown["status"].as_u64());
        let said = format!("{}\n{}\nprinted {printed}\nby {statuses:?}", block.heading, block.lines);
        for (index, status) in statuses.iter().enumerate() {
            match problem.filter(|_| index + 1 == statuses.len()) {
                Some(problem) => assert_eq!(u64::from(*status), problem, "{said}"),
                None => assert!((200..300).contains(status), "{said}"),
            }
        }
        match (shown, &block.answer) {
            (Some(Some(shown)), _) => {
                let answers = serde_json::Deserializer::from_str(&printed).into_iter::<Value>();
                let last = answers.last().and_then(Result::ok).unwrap_or_else(|| panic!("no JSON: {said}"));
                assert_says(&last, &shown, &said);
            }
            (_, Some(answer)) => assert_eq!(printed.trim(), answer, "{said}"),
            _ => {}
        }
        statuses.len()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.bash.kill();
        let _ = self.bash.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_to_the_api_works_line_by_line() {
    let server = Server::start(Engine::Sqlite).await;
    let mut shell = Shell::open(&server, &[("GUERDON_ADMIN_KEY", ADMIN_KEY)]);
    let calls: usize = blocks("api.md").iter().map(|block| shell.follow(block)).sum();
    assert!(calls >= 25, "{calls} calls");
    drop(shell);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_to_webhooks_works_line_by_line() {
    let server = Server::start(Engine::Sqlite).await;
    let company = server.company("acme").await;
    let now = server.journal.clock().now().as_second().to_string();
    let environment = [("ADMIN_OF_ACME", company.admin.key().expect("a key")), ("NOW", &now)];
    let mut shell = Shell::open(&server, &environment);
    let calls: usize = blocks("hooks.md").iter().map(|block| shell.follow(block)).sum();
    assert!(calls >= 5, "{calls} calls");
    drop(shell);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_to_sentences_works_line_by_line() {
    let server = Server::start(Engine::Sqlite).await;
    let company = server.company("acme").await;
    let mut shell = Shell::open(&server, &[("MANAGER_OF_ACME", company.manager.key().expect("a key"))]);
    let calls: usize = blocks("from-text.md").iter().map(|block| shell.follow(block)).sum();
    assert_eq!(calls, 1);
    drop(shell);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_to_budgets_works_line_by_line_from_october_to_december() {
    let server = Server::start(Engine::Sqlite).await;
    let company = server.company("acme").await;
    let mut shell = Shell::open(&server, &[("MANAGER", company.manager.key().expect("a key"))]);
    let mut months = vec![("December", "2026-12-03"), ("November", "2026-11-03"), ("October", "2026-10-05")];
    let mut calls = 0;
    for block in blocks("budgets.md") {
        if let Some((_, day)) = months.pop_if(|(month, _)| block.heading.starts_with(*month)) {
            server.move_clock_to(&format!("{day}T08:00:00Z"));
        }
        calls += shell.follow(&block);
    }
    assert!(calls >= 11 && months.is_empty(), "{calls} calls, and never {months:?}");
    drop(shell);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_to_referrals_works_line_by_line() {
    let server = Server::start(Engine::Sqlite).await;
    let company = server.company("acme").await;
    let keys = [&company.admin, &company.manager].map(|client| client.key().expect("a key"));
    let mut shell = Shell::open(&server, &[("ADMIN", keys[0]), ("MANAGER", keys[1])]);
    let calls: usize = blocks("referrals.md").iter().map(|block| shell.follow(block)).sum();
    assert!(calls >= 13, "{calls} calls");
    drop(shell);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_to_events_works_line_by_line() {
    let server = Server::start(Engine::Sqlite).await;
    let company = server.company("acme").await;
    let mut shell = Shell::open(&server, &[("MANAGER", company.manager.key().expect("a key"))]);
    let calls: usize = blocks("events.md").iter().map(|block| shell.follow(block)).sum();
    assert!(calls >= 32, "{calls} calls");
    drop(shell);
    server.stop().await;
}
