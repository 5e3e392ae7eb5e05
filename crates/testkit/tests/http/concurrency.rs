//! Limits hold whoever comes at once.

use crate::support::{award, company_with_points};
use guerdon_testkit::{Answer, Server};
use serde_json::json;
use std::future::Future;

async fn at_once<F: Future<Output = Answer> + Send + 'static>(
    calls: impl IntoIterator<Item = F>,
) -> Vec<Answer> {
    let calls: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::with_capacity(calls.len());
    for call in calls {
        answers.push(call.await.expect("an answer"));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_callers_awarding_from_a_pool_of_n_exactly_n_succeed() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 40).await;
        let before = acme.head().await;
        let answers = at_once((0..64).map(|index| {
            let manager = acme.manager.clone();
            async move {
                let who = if index % 2 == 0 { "emp-7" } else { "emp-8" };
                manager.post("/api/v1/allocations/award-points", award(who, 1)).await
            }
        }))
        .await;
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(created, 40);
        for refused in answers.into_iter().filter(|answer| answer.status != 201) {
            let told = refused.problem(422, "insufficient_balance");
            assert_eq!((&told["available"], &told["requested"]), (&json!(0), &json!(1)));
        }
        assert_eq!(acme.head().await, before + 40);
        let stats = acme.platform.get("/api/v1/platform/allocations/stats/acme").await.ok();
        assert_eq!(
            (&stats["pool"], &stats["awarded"], &stats["balanced"]),
            (&json!(0), &json!(40), &json!(true))
        );
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_100_holds_of_500_on_10_000_exactly_20_are_placed() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 10_000).await;
        let answers = at_once((0..100).map(|index| {
            let manager = acme.manager.clone();
            async move {
                let body = json!({"account": "pool", "reference": format!("order-{index}"), "amount": 500});
                manager.post("/api/v1/ledger/holds", body).await
            }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 20);
        assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 80);
        let pool = acme.manager.get("/api/v1/allocations/pool").await.ok();
        assert_eq!((&pool["held"], &pool["available"]), (&json!(10_000), &json!(0)));
        let open = acme.manager.get("/api/v1/ledger/holds?status=open&limit=200").await.ok();
        assert_eq!(open["data"].as_array().map(Vec::len), Some(20));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_reversals_and_captures_at_once_one_succeeds() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let posted =
            acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 10)).await.created();
        let id = posted["transaction"]["id"].clone();
        let answers = at_once((0..20).map(|_| {
            let (manager, id) = (acme.manager.clone(), id.clone());
            async move { manager.post("/api/v1/ledger/reverse", json!({"entry_id": id})).await }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        answers
            .into_iter()
            .filter(|a| a.status != 201)
            .for_each(|a| drop(a.problem(409, "already_reversed")));

        let hold = json!({"account": "pool", "reference": "h", "amount": 10});
        acme.manager.post("/api/v1/ledger/holds", hold).await.created();
        let answers = at_once((0..20).map(|_| {
            let manager = acme.manager.clone();
            async move {
                let body = json!({"account": "pool", "reference": "h", "to": "redeemed"});
                manager.post("/api/v1/ledger/holds/capture", body).await
            }
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        answers.into_iter().filter(|a| a.status != 201).for_each(|a| drop(a.problem(409, "hold_resolved")));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_makers_of_one_tenant_or_member_one_succeeds() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for (client, path, body, code) in [
            (&acme.platform, "/api/v1/tenants", json!({"slug": "globex", "name": "G"}), "slug_taken"),
            (&acme.manager, "/api/v1/members", json!({"id": "x", "name": "X"}), "member_exists"),
        ] {
            let answers = at_once((0..20).map(|_| {
                let (client, body) = (client.clone(), body.clone());
                async move { client.post(path, body).await }
            }))
            .await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{path}");
            answers.into_iter().filter(|a| a.status != 201).for_each(|a| drop(a.problem(409, code)));
        }
        server.stop().await;
    }
}
