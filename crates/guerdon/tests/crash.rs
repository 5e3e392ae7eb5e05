//! `kill -9` in mid-load, again and again: nothing acknowledged is lost, nothing is applied twice, and the books prove it.

use guerdon_testkit::Client;
use guerdon_testkit::postgres::{Cluster, Durability};
use serde_json::json;
use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const ADMIN_KEY: &str = "gk_crash_0123456789abcdef0123456789abcdef";
const KILLS: usize = 10;
/// Acknowledged awards after which a server is killed.
const AWARDS: usize = 150;
const CLIENTS: usize = 16;
/// A pool that the load does not empty.
const POOL: i64 = 1_000_000;

/// The program, serving on a port of its own until it is killed.
struct Served {
    process: Child,
    base: String,
}

impl Served {
    fn start(database: &[String], log: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a log");
        let process = Command::new(env!("CARGO_BIN_EXE_guerdon"))
            .args(["serve", "--listen", &address])
            .args(database)
            .env("GUERDON_ADMIN_KEY", ADMIN_KEY)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        Self { process, base: format!("http://{address}") }
    }

    async fn ready(&mut self) {
        let client = reqwest::Client::new();
        for _ in 0..600 {
            if let Some(status) = self.process.try_wait().expect("a child") {
                panic!("the server ended: {status}");
            }
            let answer = client.get(format!("{}/readyz", self.base)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server is not ready");
    }

    fn kill(mut self) {
        // SIGKILL: the process has no say in it.
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

/// What the clients know: each key that they sent, and the transaction that was acknowledged for it.
type Known = HashMap<String, Option<String>>;

async fn load_until_killed(server: Served, manager: &Client, round: usize) -> Known {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let (manager, acknowledged, stop) = (manager.clone(), acknowledged.clone(), stop.clone());
        clients.spawn(async move {
            let mut known = Known::new();
            for call in 0.. {
                let key = format!("r{round}-c{number}-{call}");
                known.insert(key.clone(), None);
                let body = json!({"user_id": format!("emp-{number}"), "amount": 1, "reason": key});
                let Some(answer) = manager.try_post("/api/v1/allocations/award-points", &key, body).await
                else {
                    break;
                };
                if answer.status.as_u16() == 201 {
                    let id = answer.body["transaction"]["id"].as_str().expect("id").to_owned();
                    known.insert(key, Some(id));
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
                if stop.load(Ordering::SeqCst) {
                    break;
                }
            }
            known
        });
    }
    while acknowledged.load(Ordering::SeqCst) < AWARDS {
        tokio::task::yield_now().await;
    }
    server.kill();
    stop.store(true, Ordering::SeqCst);
    clients.join_all().await.into_iter().flatten().collect()
}

/// Sends every key again: what was acknowledged is there, once, as it was; what was not is recorded now or was before.
async fn check(manager: &Client, known: &Known) {
    for (key, acknowledged) in known {
        let number = key.split("-c").nth(1).and_then(|rest| rest.split('-').next()).expect("a client");
        let body = json!({"user_id": format!("emp-{number}"), "amount": 1, "reason": key});
        let answer = manager.post_with_key("/api/v1/allocations/award-points", key, body).await;
        match acknowledged {
            Some(id) => assert_eq!(&answer.ok()["transaction"]["id"], id, "{key} was acknowledged"),
            None => assert!(matches!(answer.status.as_u16(), 200 | 201), "{key}: {}", answer.body),
        }
    }
}

async fn make_company(base: &str) -> String {
    let platform = Client::new(base, ADMIN_KEY);
    platform.post("/api/v1/tenants", json!({"slug": "acme", "name": "Acme"})).await.created();
    let inside = platform.of_tenant("acme");
    for number in 0..CLIENTS {
        let id = format!("emp-{number}");
        inside.post("/api/v1/members", json!({"id": id, "name": id})).await.created();
    }
    let body = json!({"tenant_id": "acme", "amount": POOL});
    platform.post("/api/v1/platform/allocations/allocate", body).await.created();
    let key = inside.post("/api/v1/api-keys", json!({"name": "load", "role": "manager"})).await.created();
    key["key"].as_str().expect("key").to_owned()
}

async fn is_killed_again_and_again(database: Vec<String>, folder: &Path) {
    let log = folder.join("server.log");
    let mut server = Served::start(&database, &log);
    server.ready().await;
    let key = make_company(&server.base).await;
    let mut all = Known::new();
    for round in 0..KILLS {
        let manager = Client::new(&server.base, &key);
        let known = load_until_killed(server, &manager, round).await;
        server = Served::start(&database, &log);
        server.ready().await;
        check(&Client::new(&server.base, &key), &known).await;
        all.extend(known);
    }
    let stats =
        Client::new(&server.base, ADMIN_KEY).get("/api/v1/platform/allocations/stats/acme").await.ok();
    assert_eq!(stats["awarded"], all.len(), "each key once: {stats}");
    assert_eq!((&stats["pool"], &stats["balanced"]), (&json!(POOL - all.len() as i64), &json!(true)));
    // Once with the server running, once after it was killed for good.
    for _ in 0..2 {
        let verified = Command::new(env!("CARGO_BIN_EXE_guerdon")).arg("verify").args(&database).output();
        let verified = verified.expect("verify runs");
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
        let _ = server.process.kill();
        let _ = server.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_sqlite_is_killed_ten_times_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").display().to_string();
    is_killed_again_and_again(vec!["--data".to_owned(), data], folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_postgresql_is_killed_ten_times_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::start(Durability::Durable).unwrap_or_else(|error| panic!("{error}"));
    let url = cluster.create_database().await.unwrap_or_else(|error| panic!("{error}"));
    is_killed_again_and_again(vec!["--database-url".to_owned(), url], folder.path()).await;
}
