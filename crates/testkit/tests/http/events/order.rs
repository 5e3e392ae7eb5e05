//! The order in which events come makes no difference where the rules do not depend on it.

use super::{cents, has, points, rule, tell};
use futures::future::join_all;
use guerdon_testkit::{Company, Server};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

const EVENTS: usize = 1_000;
const MEMBERS: usize = 20;

async fn rules(company: &Company) {
    rule(
        company,
        json!({"id": "points", "name": "Points", "event": "order", "conditions": [
        {"field": "total", "operator": ">", "value": 50}],
        "actions": [{"type": "credit", "user": "user_id", "points": {"expr": "total / 10"}}]}),
    )
    .await;
    rule(
        company,
        json!({"id": "each-ten", "name": "Each ten", "event": "order", "conditions": [
        {"count": "order", "by": "user_id", "every": 10}],
        "actions": [{"type": "credit", "user": "user_id", "amount_cents": 100}]}),
    )
    .await;
    rule(
        company,
        json!({"id": "capped", "name": "Capped", "event": "order", "conditions": [],
        "limits": {"total": 300, "per_user": 40},
        "actions": [{"type": "credit", "user": "capped", "amount": 1, "asset": "EUR"}]}),
    )
    .await;
}

fn events() -> Vec<Value> {
    let event = |i: usize| {
        json!({"id": format!("e-{i}"), "type": "order", "user_id": format!("m-{}", i % MEMBERS),
            "total": i % 97, "capped": format!("c-{}", i % 10)})
    };
    (0..EVENTS).map(event).collect()
}

/// What everybody has: cents and points of each member, and euros in all.
async fn books(company: &Company) -> (Vec<(i64, i64)>, i64) {
    let mut each = Vec::new();
    for i in 0..MEMBERS {
        let member = format!("m-{i}");
        each.push((cents(company, &member).await, points(company, &member).await));
    }
    let mut euros = 0;
    for i in 0..10 {
        let has = has(company, &format!("c-{i}"), "EUR").await;
        assert!(has <= 40, "{has}");
        euros += has;
    }
    (each, euros)
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_clients_in_any_order_with_duplicates_end_as_one_in_order() {
    for server in Server::both().await {
        let (one, many) = (server.company("one").await, server.company("many").await);
        rules(&one).await;
        rules(&many).await;
        tell(&one, json!(events())).await.created();
        let clients = (0..16).map(|client| {
            let many = &many;
            async move {
                let mut mine = events();
                mine.shuffle(&mut StdRng::seed_from_u64(client));
                // Each client leaves some out, so that every event is told by several and by all of them together.
                mine.truncate(EVENTS / 4);
                for part in mine.chunks(50) {
                    tell(many, json!(part)).await;
                }
            }
        });
        join_all(clients).await;
        tell(&many, json!(events())).await;
        let (alone, together) = (books(&one).await, books(&many).await);
        assert_eq!(alone, together);
        assert_eq!(alone.1, 300);
        server.stop().await;
    }
}
