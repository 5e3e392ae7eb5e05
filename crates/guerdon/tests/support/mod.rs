#![allow(dead_code, missing_docs, reason = "each test uses its part")]
//! The built program in a folder of its own, and a server that it runs.

use guerdon_testkit::postgres::Cluster;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use tempfile::TempDir;

/// An admin key for servers that are given one.
pub fn admin_key() -> &'static str {
    "gk_0123456789abcdef0123456789abcdef"
}

/// An empty database on PostgreSQL.
pub fn postgres() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let cluster = Cluster::shared().unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(cluster.create_database()).unwrap_or_else(|error| panic!("{error}"))
}

/// The program, in a working folder of its own.
pub struct Program {
    folder: TempDir,
}

/// What a run ended with.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A running server.
pub struct Server<'a> {
    child: Mutex<Child>,
    program: &'a Program,
    key: String,
    pub ready: Value,
}

impl Program {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// Changes the database of a stopped server by hand.
    pub fn tamper(&self, sql: &str) {
        let path = self.path("guerdon-data").join("guerdon.db");
        rusqlite::Connection::open(path).expect("opens").execute_batch(sql).expect("changes");
    }

    /// The number that a statement answers about the database, beside whoever serves it.
    pub fn number(&self, sql: &str) -> i64 {
        let path = self.path("guerdon-data").join("guerdon.db");
        let connection = rusqlite::Connection::open(path).expect("opens");
        connection.query_row(sql, [], |row| row.get(0)).expect("a number")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guerdon"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GUERDON_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().expect("runs");
        Ended::of(output.status, &output.stdout, &output.stderr)
    }

    /// A server on a free port, with variables, that is ready.
    pub fn serve(&self, variables: &[(&str, &str)]) -> Server<'_> {
        self.start(&["serve", "--json", "--listen", "127.0.0.1:0"], variables)
    }

    /// A command that serves and says in JSON when it is ready.
    pub fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Server<'_> {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("standard output");
        BufReader::new(stdout).read_line(&mut line).expect("says that it is ready");
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            let ended = wait(&mut child);
            panic!("{arguments:?} ended with {}: {}", ended.code, ended.stderr);
        };
        let given = variables.iter().find(|(name, _)| *name == "GUERDON_ADMIN_KEY").map(|(_, key)| *key);
        let key = given.or(ready["admin_key"].as_str()).unwrap_or_default().to_owned();
        Server { child: Mutex::new(child), program: self, key, ready }
    }
}

impl Ended {
    fn of(status: ExitStatus, stdout: &[u8], stderr: &[u8]) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Self { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{}{}", self.stdout, self.stderr))
    }

    #[track_caller]
    pub fn lines_of_json(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Server<'_> {
    pub fn url(&self) -> &str {
        self.ready["listening"].as_str().expect("an address")
    }

    pub fn id(&self) -> u32 {
        self.child.lock().expect("child").id()
    }

    /// The status of a GET.
    pub fn get(&self, path: &str, key: &str) -> u16 {
        self.call("GET", path, key, "", "").expect("an answer")
    }

    /// The status that a call is answered with; `None` where no answer comes.
    fn call(&self, method: &str, path: &str, key: &str, idempotency_key: &str, body: &str) -> Option<u16> {
        let address = self.url().strip_prefix("http://")?;
        let mut stream = TcpStream::connect(address).ok()?;
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        for (name, value) in
            [("authorization", format!("Bearer {key}")), ("idempotency-key", idempotency_key.to_owned())]
        {
            if !value.is_empty() {
                request += &format!("{name}: {value}\r\n");
            }
        }
        request += &format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        String::from_utf8_lossy(&answer).split_whitespace().nth(1)?.parse().ok()
    }

    /// Posts as the platform admin, and answers the status where there was an answer.
    pub fn post(&self, path: &str, idempotency_key: &str, body: &Value) -> Option<u16> {
        self.call("POST", path, &self.key, idempotency_key, &body.to_string())
    }

    pub fn make_tenant(&self, slug: &str) {
        let body = json!({"slug": slug, "name": slug});
        assert_eq!(self.post("/api/v1/tenants", &format!("tenant-{slug}"), &body), Some(201));
    }

    /// Allocates a point; whether that was answered.
    pub fn allocate(&self, tenant: &str, number: usize) -> bool {
        let body = json!({"tenant_id": tenant, "amount": 1});
        self.post("/api/v1/platform/allocations/allocate", &format!("allocate-{number}"), &body) == Some(201)
    }

    /// Asks it to stop.
    pub fn signal(&self) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
    }

    /// Waits until it has stopped.
    pub fn wait(self) -> Ended {
        wait(&mut self.child.lock().expect("child"))
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(self) -> Ended {
        self.signal();
        self.wait()
    }

    fn signal_to(&self, id: u32) {
        // It may have ended by itself meanwhile.
        let _ = Command::new("kill").args(["-TERM", &id.to_string()]).status();
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let Ok(mut child) = self.child.lock() else { return };
        if let Ok(None) = child.try_wait() {
            self.signal_to(child.id());
            let _ = child.wait();
        }
    }
}

fn wait(child: &mut Child) -> Ended {
    let mut told = Vec::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_end(&mut told).expect("standard error");
    }
    let status = child.wait().expect("ended");
    Ended::of(status, &[], &told)
}
