//! Caps hold whoever comes at once, on one server or two.

use super::Budget;
use guerdon_testkit::{Answer, Client, Engine, Server};
use serde_json::json;

/// 100 reservations of 500 at once, in turn by each of the callers.
async fn reserve_100(path: &str, callers: &[Client]) -> Vec<Answer> {
    let calls = (0..100).map(|index| {
        let (caller, path) = (callers[index % callers.len()].clone(), path.to_owned());
        let body = json!({"amount": 500, "currency": "USD", "ref_id": format!("order-{index}")});
        tokio::spawn(async move { caller.post(&path, body).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut answers = Vec::with_capacity(calls.len());
    for call in calls {
        answers.push(call.await.expect("an answer"));
    }
    answers
}

async fn exactly_20_fit(budget: &Budget, callers: &[Client]) {
    let answers = reserve_100(&budget.path("/reserve"), callers).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 20);
    for refused in answers.into_iter().filter(|answer| answer.status != 201) {
        let told = refused.problem(422, "hard_cap_exceeded");
        assert_eq!((&told["available"], &told["limit"]), (&json!(0), &json!(10_000)));
    }
    assert_eq!(budget.standing().await, [10_000, 10_000, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_reservations_of_500_on_10_000_exactly_20_are_made() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        exactly_20_fit(&budget, std::slice::from_ref(budget.manager())).await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_reservations_through_two_servers_exactly_20_are_made() {
    let one = Server::start(Engine::Postgres).await;
    let other = one.beside().await;
    let budget = Budget::of(&one, 10_000).await;
    let there = other.client(budget.manager().key().expect("a key"));
    exactly_20_fit(&budget, &[budget.manager().clone(), there]).await;
    other.stop().await;
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_calls_with_one_key_one_reserves_and_all_say_the_same() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let body = json!({"amount": 500, "currency": "USD", "ref_id": "order-1"});
        let calls: Vec<_> = (0..100)
            .map(|_| {
                let (manager, path, body) = (budget.manager().clone(), budget.path("/reserve"), body.clone());
                tokio::spawn(async move { manager.post_with_key(&path, "one", body).await })
            })
            .collect();
        let mut texts = std::collections::BTreeSet::new();
        let mut created = 0;
        for call in calls {
            let answer = call.await.expect("an answer");
            created += usize::from(answer.status == 201);
            texts.insert(answer.text);
        }
        assert_eq!((created, texts.len()), (1, 1));
        assert_eq!(budget.standing().await, [10_000, 500, 0, 9_500]);
        server.stop().await;
    }
}
