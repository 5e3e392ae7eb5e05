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
async fn what_two_servers_record_in_turn_is_counted_once() {
    let one = Server::start(Engine::Postgres).await;
    let other = one.beside().await;
    let budget = Budget::of(&one, 100_000).await;
    let here = budget.manager().clone();
    let there = other.client(here.key().expect("a key"));
    let mut made = 0;
    // Runs of calls through each, and looks at the report through either: at once, later, and not at all.
    for (run, calls) in [1, 3, 2, 5, 1, 1, 4].into_iter().enumerate() {
        let (calling, looking) = if run % 2 == 0 { (&here, &there) } else { (&there, &here) };
        for _ in 0..calls {
            made += 1;
            let body = json!({"amount": 10, "currency": "USD", "ref_id": format!("order-{made}")});
            calling.post(&budget.path("/reserve"), body).await.created();
        }
        let lookers: &[&Client] = if run % 3 == 0 { &[looking, calling] } else { &[calling] };
        for looker in lookers.iter().filter(|_| run != 3) {
            let totals = looker.get(&budget.path("/report")).await.ok()["totals"].clone();
            assert_eq!([&totals["reserve_count"], &totals["reserve_amount"]], [made, made * 10], "run {run}");
        }
    }
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
