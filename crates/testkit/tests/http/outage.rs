//! The database goes away under a running server, and comes back.

use crate::support::{award, credit};
use guerdon_http::Options;
use guerdon_testkit::postgres::{Cluster, Durability};
use guerdon_testkit::{Answer, Client, Server};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const AWARD: &str = "/api/v1/allocations/award-points";

/// Posts with a key, or reads where there is no body, until the server answers otherwise than that the database is away;
/// tells how often it was. A connection of before may take a call or two to be noticed as dead.
async fn until_back(client: &Client, path: &str, post: Option<(&str, Value)>) -> (Answer, usize) {
    let deadline = Instant::now() + Duration::from_secs(30);
    for away in 0.. {
        let answer = match &post {
            Some((key, body)) => client.post_with_key(path, key, body.clone()).await,
            None => client.get(path).await,
        };
        if answer.status != 503 {
            return (answer, away);
        }
        assert!(Instant::now() < deadline, "still away: {}", answer.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the deadline comes first")
}

async fn assert_away(client: &Client, path: &str, body: Option<Value>) {
    let answer = match body {
        Some(body) => client.post_with_key(path, "while-away", body).await,
        None => client.get(path).await,
    };
    assert_eq!(answer.header("retry-after"), "1", "{path}: {}", answer.text);
    let problem = answer.problem(503, "unavailable");
    for told in ["postgres", "socket", "connection", "sql"] {
        assert!(!problem["detail"].as_str().is_some_and(|d| d.to_lowercase().contains(told)), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_calls_answer_503_and_afterwards_go_on_by_themselves() {
    let cluster = Cluster::start(Durability::Durable).expect("a cluster");
    let server = Server::start_on(&cluster, Options::default()).await;
    let acme = server.company("acme").await;
    acme.allocate(1_000).await;
    for (round, crash) in [false, true].into_iter().enumerate() {
        let key = |what: &str| format!("{what}-{round}");
        let before = acme.manager.post_with_key(AWARD, &key("before"), award("emp-7", 10)).await;
        assert_eq!(before.status, 201);
        if crash { cluster.kill() } else { cluster.stop() }.expect("it goes away");

        for path in [
            "/allocations/pool",
            "/ledger/transactions",
            "/ledger/balance/emp-7",
            "/members",
            "/tenants/acme",
        ] {
            assert_away(&acme.manager, &format!("/api/v1{path}"), None).await;
        }
        let item = json!({"postings": [{"from": "pool", "to": "wallet:emp-8", "asset": "PTS", "amount": 1}]});
        for (path, body) in [
            (AWARD, award("emp-7", 10)),
            ("/api/v1/ledger/credit", credit("emp-7", 5)),
            ("/api/v1/ledger/transactions/bulk", json!([item, item])),
            ("/api/v1/ledger/transactions/bulk?atomic=true", json!([item, item])),
            ("/api/v1/members", json!({"name": "N"})),
        ] {
            assert_away(&acme.manager, path, Some(body)).await;
        }
        let unknown = acme.manager.with_key("gk_never_seen_before_0123456789abcdef0123456789");
        assert_away(&unknown, "/api/v1/allocations/pool", None).await;
        assert_away(&acme.manager, "/readyz", None).await;
        acme.manager.get("/healthz").await.ok();
        acme.manager
            .post(AWARD, json!({"user_id": "emp-7", "amount": 0}))
            .await
            .problem(400, "invalid_request");

        cluster.start_again().expect("it comes back");
        let (awarded, _) = until_back(&acme.manager, AWARD, Some((&key("after"), award("emp-7", 10)))).await;
        assert_eq!(awarded.status, 201, "{}", awarded.text);
        let (again, _) = until_back(&acme.manager, AWARD, Some((&key("before"), award("emp-7", 10)))).await;
        assert_eq!((again.status.as_u16(), &again.text), (200, &before.text));
        for path in ["/api/v1/members", "/readyz", "/api/v1/allocations/pool"] {
            until_back(&acme.manager, path, None).await.0.ok();
        }
        let pool = acme.manager.get("/api/v1/allocations/pool").await.ok();
        assert_eq!(pool["available"], 1_000 - 20 * (round as i64 + 1));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_repeated_by_its_key_across_an_outage_records_once() {
    let cluster = Cluster::start(Durability::Durable).expect("a cluster");
    let server = Server::start_on(&cluster, Options::default()).await;
    let acme = server.company("acme").await;
    acme.allocate(100_000).await;
    let callers = (0..16).map(|caller| {
        let manager = acme.manager.clone();
        tokio::spawn(async move {
            let mut away = 0;
            for call in 0..40 {
                let key = format!("{caller}-{call}");
                let (awarded, met) = until_back(&manager, AWARD, Some((&key, award("emp-7", 1)))).await;
                assert!(matches!(awarded.status.as_u16(), 200 | 201), "{}", awarded.text);
                away += met;
            }
            away
        })
    });
    let callers: Vec<_> = callers.collect();
    // In the middle of it, not before it.
    let some =
        async || acme.manager.get("/api/v1/allocations/pool").await.ok()["available"].as_i64() < Some(99_990);
    while !some().await {}
    cluster.kill().expect("it crashes");
    cluster.start_again().expect("it comes back");
    let mut away = 0;
    for caller in callers {
        away += caller.await.expect("a caller");
    }
    assert!(away > 0, "the outage was met");
    let stats = acme.platform.get("/api/v1/platform/allocations/stats/acme").await.ok();
    assert_eq!((&stats["awarded"], &stats["balanced"]), (&json!(640), &json!(true)));
    server.stop().await;
}
