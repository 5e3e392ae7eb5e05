//! Rules as documents: checked, versioned, compared, restored, paused.

use super::{outcomes, paid_referral, paid_referrer, rule, tell};
use guerdon_testkit::Server;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_kept_compared_and_restored() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let mut body = paid_referrer();
        body["id"] = json!("paid");
        rule(&acme, body.clone()).await;
        body["actions"][0]["amount_cents"] = json!(70_000);
        let put = |etag: Option<&'static str>, body: Value| {
            let headers: Vec<_> = etag.map(|etag| ("if-match", etag)).into_iter().collect();
            let (manager, body) = (acme.manager.clone(), body.to_string());
            async move { manager.send(Method::PUT, "/api/v1/rules/paid", &headers, Some(body)).await }
        };
        put(None, body.clone()).await.problem(428, "precondition_required");
        put(Some("\"v7\""), body.clone()).await.problem(412, "version_mismatch");
        assert_eq!(put(Some("\"v1\""), body.clone()).await.ok()["version"], 2);
        let decided = tell(&acme, paid_referral()).await.created();
        assert_eq!(decided["matched"][0]["version"], 2);
        let diff = acme.manager.get("/api/v1/rules/paid/diff?from=1").await.ok();
        assert_eq!(diff["changes"][0]["pointer"], "/actions/0/amount_cents", "{diff:#}");
        assert_eq!(
            (&diff["changes"][0]["before"], &diff["changes"][0]["after"]),
            (&json!(50_000), &json!(70_000))
        );
        let restored =
            acme.manager.post_without_key("/api/v1/rules/paid/versions/1/restore", json!({})).await.ok();
        assert_eq!(
            (&restored["version"], &restored["actions"][0]["amount_cents"]),
            (&json!(3), &json!(50_000))
        );
        let versions = acme.manager.get("/api/v1/rules/paid/versions").await.ok();
        assert_eq!(versions["data"].as_array().map(Vec::len), Some(3));
        assert_eq!(
            acme.manager.get("/api/v1/rules/paid/versions/2").await.ok()["actions"][0]["amount_cents"],
            70_000
        );
        acme.manager.get("/api/v1/rules/paid/versions/9").await.problem(404, "version_not_found");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_rules_are_at_work() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let mut body = paid_referrer();
        (body["id"], body["status"]) = (json!("paid"), json!("draft"));
        rule(&acme, body.clone()).await;
        let evaluated = |id: &'static str| {
            let mut event = paid_referral();
            event["id"] = json!(id);
            tell(&acme, event)
        };
        assert_eq!(evaluated("e-1").await.created()["evaluated"], 0);
        let step = |what: &'static str| acme.manager.post_without_key(what, json!({}));
        step("/api/v1/rules/paid/activate").await.ok();
        assert_eq!(outcomes(&evaluated("e-2").await.created()), ["applied"]);
        assert_eq!(step("/api/v1/rules/paid/pause").await.ok()["status"], "paused");
        assert!(outcomes(&evaluated("e-3").await.created()).is_empty());
        step("/api/v1/rules/paid/activate").await.ok();
        acme.manager.delete("/api/v1/rules/paid").await.expect(204);
        assert!(outcomes(&evaluated("e-4").await.created()).is_empty());
        assert_eq!(acme.manager.get("/api/v1/rules/paid").await.ok()["status"], "archived");
        acme.manager.post("/api/v1/rules", body).await.problem(409, "rule_exists");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_rule_is_told_place_by_place() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let body = json!({"name": "", "conditions": [{"field": "a..b", "operator": "=>", "value": 1}],
            "actions": [{"type": "credit", "user": "user_id", "amount_cents": 0}], "exclusiv": true});
        let problem = acme.manager.post("/api/v1/rules", body).await.problem(400, "invalid_request");
        let mut pointers: Vec<_> = problem["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|e| e["pointer"].as_str().expect("place"))
            .collect();
        pointers.sort_unstable();
        let expected = [
            "/actions/0/amount_cents",
            "/conditions/0/field",
            "/conditions/0/operator",
            "/exclusiv",
            "/name",
        ];
        assert_eq!(pointers, expected, "{problem:#}");
        let mut unknown = paid_referrer();
        unknown["budget_id"] = json!("nowhere");
        acme.manager.post("/api/v1/rules", unknown).await.problem(404, "budget_not_found");
        let asset = json!({"name": "Asset", "conditions": [],
            "actions": [{"type": "credit", "user": "user_id", "amount": 5, "asset": "NOPE"}]});
        acme.manager.post("/api/v1/rules", asset).await.problem(422, "unknown_asset");
        assert_eq!(acme.manager.get("/api/v1/rules").await.ok()["data"], json!([]));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_make_rules_or_tell_events_is_refused() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let other = server.company("other").await;
        rule(&acme, {
            let mut body = paid_referrer();
            body["id"] = json!("paid");
            body
        })
        .await;
        other.manager.get("/api/v1/rules/paid").await.problem(404, "rule_not_found");
        tell(&acme, {
            let mut event = paid_referral();
            event["id"] = json!("e-1");
            event
        })
        .await
        .created();
        other.manager.get("/api/v1/events/e-1").await.problem(404, "event_not_found");
        let key = json!({"name": "shop", "role": "service", "scopes": ["events:write"]});
        let shop = acme.caller(key).await;
        shop.post_without_key("/api/v1/events", paid_referral()).await.created();
        shop.post("/api/v1/rules", paid_referrer()).await.problem(403, "forbidden");
        let till = acme.caller(json!({"name": "till", "role": "service", "scopes": ["ledger:write"]})).await;
        till.post_without_key("/api/v1/events", paid_referral()).await.problem(403, "forbidden");
        till.get("/api/v1/events").await.problem(403, "forbidden");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_says_of_events_nobody_else_says() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for kind in ["event", "budget.event", "rule.change"] {
            let forged = json!({"kind": kind, "metadata": {"evaluated": 1, "matched": []},
                "postings": [{"from": "funding:x", "to": "wallet:ann", "asset": "PTS", "amount": 1}]});
            acme.manager.post("/api/v1/ledger/transactions", forged).await.problem(400, "invalid_request");
        }
        let waits = json!({"name": "Waits", "conditions": [],
            "actions": [{"type": "credit", "user": "user_id", "points": 5, "confirm": "manual"}]});
        let problem = acme.manager.post("/api/v1/rules", waits).await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/actions/0/confirm");
        server.stop().await;
    }
}
