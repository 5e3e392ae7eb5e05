//! How budgets are configured, and what is refused.

use super::Budget;
use crate::support::assert_says;
use guerdon_testkit::Server;
use reqwest::Method;
use serde_json::{Value, json};

fn monthly() -> Value {
    json!({"id": "marketing", "name": "Marketing", "currency": "USD", "hard_cap": 10_000, "period": "monthly"})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = monthly();
    body[field] = value;
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_made_with_what_is_usual_where_nothing_is_said() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let made = acme.manager.post("/api/v1/tenants/acme/budgets", monthly()).await;
        assert_eq!(made.header("etag"), "\"v1\"");
        let told = json!({"id": "marketing", "currency": "USD", "hard_cap": 10_000, "soft_cap": null,
            "period": "monthly", "rollover": false, "refill": null, "alerts": [0.8, 0.95], "adjustments": [],
            "paused": false, "version": 1,
            "current_period": {"name": "2026-01", "number": 1, "starts_at": "2026-01-05T09:00:00Z",
                "next_reset_at": "2026-02-01T00:00:00Z", "should_reset": false},
            "standing": {"funded": 0, "reserved": 0, "charged": 0, "available": 0, "utilization": 0.0}});
        assert_says(&made.created(), &told, "");
        assert_says(&acme.manager.get("/api/v1/tenants/acme/budgets/marketing").await.ok(), &told, "read");
        let listed = acme.manager.get("/v1/tenants/acme/budgets").await.ok();
        assert_says(&listed, &json!({"data": [told], "next_cursor": null}), "listed, by the other prefix");
        acme.manager.post("/api/v1/tenants/acme/budgets", monthly()).await.problem(409, "budget_exists");
        let mut unnamed = monthly();
        unnamed.as_object_mut().expect("a body").remove("id");
        let id = acme.manager.post("/api/v1/tenants/acme/budgets", unnamed).await.created()["id"].clone();
        assert_eq!(id.as_str().map(str::len), Some(36));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_currency_there_is_may_be_a_budgets() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for currency in ["ZWG", "USD", "EUR", "JPY", "KWD", "PTS"] {
            let body = json!({"id": currency, "name": currency, "currency": currency, "hard_cap": 1,
                "period": "rolling"});
            acme.manager.post("/api/v1/tenants/acme/budgets", body).await.created();
        }
        let miles =
            json!({"id": "miles", "name": "Miles", "currency": "MILES", "hard_cap": 1, "period": "yearly"});
        acme.manager.post("/api/v1/tenants/acme/budgets", miles.clone()).await.problem(422, "unknown_asset");
        acme.admin.post("/api/v1/assets", json!({"code": "MILES", "scale": 0})).await.created();
        acme.manager.post("/api/v1/tenants/acme/budgets", miles).await.created();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_configuration_is_refused_with_the_field() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for (field, value) in [
            ("hard_cap", json!(0)),
            ("hard_cap", json!(-1)),
            ("hard_cap", json!(1.5)),
            ("hard_cap", json!(9_007_199_254_740_992_i64)),
            ("hard_cap", json!("10")),
            ("soft_cap", json!(10_001)),
            ("period", json!("weekly")),
            ("currency", json!("usd")),
            ("alerts", json!([0])),
            ("alerts", json!([1.01])),
            ("alerts", json!([0.8, 0.8])),
            ("name", json!("")),
            ("id", json!("a b")),
            ("refill", json!(0)),
            ("colour", json!("red")),
        ] {
            let refused = acme.manager.post("/api/v1/tenants/acme/budgets", with(field, value.clone())).await;
            let told = refused.problem(400, "invalid_request");
            let pointer = told["errors"][0]["pointer"].as_str().expect("a place").to_owned();
            assert!(pointer.starts_with(&format!("/{field}")), "{field} {value}: {told}");
        }
        let listed = acme.manager.get("/api/v1/tenants/acme/budgets").await.ok();
        assert_eq!(listed["data"], json!([]));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_the_version_it_is_meant_for() {
    for server in Server::both().await {
        let budget = Budget::made(&server, monthly()).await;
        let (manager, path) = (budget.manager(), budget.path(""));
        let body = json!({"hard_cap": 12_000}).to_string();
        let patch = |headers: Vec<(&'static str, &'static str)>| {
            let body = body.clone();
            let path = path.clone();
            async move { manager.send(Method::PATCH, &path, &headers, Some(body)).await }
        };
        patch(vec![]).await.problem(428, "precondition_required");
        let told = patch(vec![("if-match", "\"v7\"")]).await.problem(412, "version_mismatch");
        assert_says(&told, &json!({"expected": 7, "found": 1}), "");
        let changed = patch(vec![("if-match", "\"v1\"")]).await;
        assert_eq!(changed.header("etag"), "\"v2\"");
        assert_says(&changed.ok(), &json!({"hard_cap": 12_000, "name": "Marketing", "version": 2}), "");
        let whole = with("name", json!("Growth")).to_string();
        let put = manager.send(Method::PUT, &path, &[("if-match", "\"v2\"")], Some(whole)).await.ok();
        assert_says(&put, &json!({"name": "Growth", "hard_cap": 10_000, "version": 3}), "");
        let euro = with("currency", json!("EUR")).to_string();
        let put = manager.send(Method::PUT, &path, &[("if-match", "*")], Some(euro)).await;
        put.problem(422, "currency_mismatch");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_is_never_lowered_below_what_is_committed() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        budget.reserve("order-1", 5_000).await.created();
        budget.charge("order-1", Some(2_000)).await.created();
        let told = budget.patch(json!({"hard_cap": 4_999, "soft_cap": null})).await;
        let told = told.problem(422, "cap_below_committed");
        assert_says(&told, &json!({"requested": 4_999, "committed": 5_000}), "");
        budget.patch(json!({"hard_cap": 5_000, "soft_cap": null})).await.ok();
        assert_eq!(budget.standing().await, [10_000, 3_000, 2_000, 0]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_reserved_while_a_budget_is_paused() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        budget.reserve("order-1", 100).await.created();
        budget.patch(json!({"paused": true})).await.ok();
        budget.reserve("order-2", 100).await.problem(409, "budget_paused");
        budget.charge("order-1", None).await.created();
        budget.patch(json!({"paused": false})).await.ok();
        budget.reserve("order-2", 100).await.created();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_for_managers_and_services_of_its_tenant() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let acme = &budget.company;
        let reader = acme.caller(json!({"name": "r", "role": "service", "scopes": ["budgets:read"]})).await;
        let writer = acme.caller(json!({"name": "w", "role": "service", "scopes": ["budgets:write"]})).await;
        let auditor = acme.caller(json!({"name": "a", "role": "auditor"})).await;
        let body = |reference: &str| json!({"amount": 1, "currency": "USD", "ref_id": reference});
        for (caller, reads, reserves, reference) in [
            (&reader, 200, 403, "a"),
            (&writer, 200, 201, "b"),
            (&auditor, 200, 403, "c"),
            (&acme.lead, 403, 403, "d"),
            (&acme.employee, 403, 403, "e"),
            (&acme.admin, 200, 201, "f"),
            (&acme.platform, 200, 201, "g"),
        ] {
            assert_eq!(caller.get(&budget.path("/utilization")).await.status, reads, "{reference}");
            let reserved = caller.post(&budget.path("/reserve"), body(reference)).await;
            assert_eq!(reserved.status, reserves, "{reference}");
        }
        let other = server.company("globex").await;
        other.manager.get(&budget.path("")).await.problem(404, "tenant_not_found");
        let there = budget.path("/reserve").replace("acme", "globex");
        other.manager.post(&there, body("h")).await.problem(404, "budget_not_found");
        budget
            .manager()
            .get(&budget.path("").replace("marketing", "sales"))
            .await
            .problem(404, "budget_not_found");
        server.stop().await;
    }
}
