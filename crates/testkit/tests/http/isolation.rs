//! Another tenant's ids answer as if they did not exist.

use crate::roles::routes;
use guerdon_testkit::{Answer, Client, Server};
use reqwest::Method;
use serde_json::{Value, json};

/// What an answer says, but for the ids that were asked with and the request's own.
fn without(answer: &Answer, ids: &[&str]) -> Value {
    let mut body = answer.body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    let mut text = body.to_string();
    for id in ids {
        text = text.replace(id, "#");
    }
    json!([answer.status.as_u16(), text])
}

/// A body that the call takes.
fn body_for(path: &str) -> Option<Value> {
    Some(match path {
        "/api/v1/tenants/{tenant}" => json!({"name": "Mine now"}),
        "/api/v1/members/{id}" => json!({"name": "Mine now"}),
        "/api/v1/members/{id}/password" => json!({"new": "correct horse battery staple"}),
        path if path.ends_with("/review") => json!({"decision": "approve"}),
        "/api/v1/rewards-ledger/{id}/reverse" => json!({"reason": "mine now"}),
        "/api/v1/hook-sources/{id}" => {
            json!({"name": "Mine now", "scheme": "stripe", "event": {"type": "t"}})
        }
        "/api/v1/rules/{id}" => json!({"name": "Mine now", "conditions": [],
            "actions": [{"type": "credit", "user": "user_id", "points": 1}]}),
        path if path.ends_with("clawback/{tenant_id}") => json!({"amount": 1}),
        _ => return None,
    })
}

async fn call(client: &Client, method: &Method, path: &str, body: Option<Value>) -> Answer {
    let body = (*method != Method::GET && *method != Method::DELETE)
        .then(|| body.unwrap_or_else(|| json!({})).to_string());
    client.send(method.clone(), path, &[("idempotency-key", "k"), ("if-match", "*")], body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_with_another_tenants_ids_answers_as_one_with_ids_of_nobody() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.allocate(500).await;
        let globex = server.company("globex").await;
        let member = json!({"id": "secret-agent", "name": "Secret Agent", "email": "agent@globex.example"});
        globex.manager.post("/api/v1/members", member).await.created();
        globex
            .manager
            .post("/api/v1/ledger/credit", json!({"user_id": "secret-agent", "amount": 5}))
            .await
            .created();
        let referral = json!({"id": "secret-referral", "referrer_id": "secret-agent", "referred_id": "spy"});
        globex.manager.post("/api/v1/referrals", referral).await.created();
        let key = globex
            .admin
            .post("/api/v1/api-keys", json!({"name": "secret key", "role": "manager"}))
            .await
            .created();
        for _ in 0..10 {
            globex.allocate(1).await;
        }
        let (theirs, ours) = (globex.head().await, acme.head().await);
        assert!(theirs > ours + 1);
        let transaction = format!("txn_{theirs}");
        let key = key["id"].as_str().expect("id").to_owned();

        let nobody = "0193a000-0000-7000-8000-000000000000";
        let mut tried = 0;
        let source = json!({"id": "secret-source", "name": "Secret agents", "scheme": "stripe", "event": {"type": "t"}});
        globex.admin.post("/api/v1/hook-sources", source).await.created();
        let rule = json!({"id": "secret-rule", "name": "Secret agents", "conditions": [], "status": "draft",
            "actions": [{"type": "credit", "user": "user_id", "points": 1}]});
        globex.manager.post("/api/v1/rules", rule).await.created();
        globex
            .manager
            .post("/api/v1/events", json!({"id": "secret-event", "note": "secret agent"}))
            .await
            .created();
        let (theirs, ours) = (globex.head().await, acme.head().await);
        // Deliveries have their signature; no caller's tenant comes into it.
        let of_callers = |path: &str| path.contains('{') && !path.contains("/hooks/");
        for (method, path) in routes().into_iter().filter(|(_, path)| of_callers(path)) {
            let pairs: Vec<(String, &str)> = match path.as_str() {
                path if path.contains("{tenant") => {
                    vec![("globex".to_owned(), "nobody"), (globex.id.clone(), nobody)]
                }
                path if path.contains("hook-sources") => vec![("secret-source".to_owned(), "nobody")],
                path if path.contains("api-keys") => vec![(key.clone(), nobody)],
                path if path.contains("transactions") || path.contains("rewards-ledger") => {
                    vec![(transaction.clone(), "txn_999999")]
                }
                path if path.contains("/rules/") => vec![("secret-rule".to_owned(), "nobody")],
                path if path.contains("/events/") => vec![("secret-event".to_owned(), "nobody")],
                path if path.contains("referrals") => vec![("secret-referral".to_owned(), "nobody")],
                path if path.contains("members") || path.contains("user_id") => {
                    vec![("secret-agent".to_owned(), "nobody")]
                }
                other => panic!("what are the ids of {other}? say so here"),
            };
            for (foreign, unknown) in pairs {
                for client in [&acme.admin, &acme.manager, &acme.employee] {
                    let with = |id: &str| {
                        let filled: Vec<&str> = path
                            .split('/')
                            .map(|part| if part.starts_with('{') { id } else { part })
                            .collect();
                        let asked = if path.ends_with("/diff") { "?from=1" } else { "" };
                        filled.join("/") + asked
                    };
                    let foreign_answer = call(client, &method, &with(&foreign), body_for(&path)).await;
                    let unknown_answer = call(client, &method, &with(unknown), body_for(&path)).await;
                    let status = foreign_answer.status.as_u16();
                    let told = format!("{method} {path} with {foreign}: {}", foreign_answer.text);
                    assert!(matches!(status, 403 | 404), "{told}");
                    assert!(!foreign_answer.text.to_lowercase().contains("secret agent"), "{told}");
                    assert_eq!(
                        without(&foreign_answer, &[&foreign]),
                        without(&unknown_answer, &[unknown]),
                        "{told}"
                    );
                    tried += 1;
                }
                let by_admin = call(
                    &acme.admin,
                    &method,
                    &path
                        .replace("{tenant}", &foreign)
                        .replace("{id}", &foreign)
                        .replace("{user_id}", &foreign)
                        .replace("{version}", "1")
                        .replace("/diff", "/diff?from=1")
                        .replace("{tenant_id}", &foreign),
                    body_for(&path),
                )
                .await;
                let of_budgets = path.contains("/budgets") || path.ends_with("/alerts");
                let for_the_platform = path.contains("/platform/")
                    || (path.contains("{tenant}/") && !of_budgets)
                    || path.contains("{tenant_id}");
                assert_eq!(by_admin.status, if for_the_platform { 403 } else { 404 }, "{method} {path}");
            }
        }
        assert!(tried > 30, "{tried}");
        assert_eq!((globex.head().await, acme.head().await), (theirs, ours), "nothing was changed");
        globex
            .platform
            .with_key(globex_key(&globex, &key).await.as_str())
            .get("/api/v1/allocations/pool")
            .await
            .ok();
        server.stop().await;
    }
}

/// A new secret of the key, which still stands.
async fn globex_key(globex: &guerdon_testkit::Company, id: &str) -> String {
    let rotated =
        globex.admin.send(Method::POST, &format!("/api/v1/api-keys/{id}/rotate"), &[], None).await.ok();
    rotated["key"].as_str().expect("key").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_names_another_tenant_answers_404_on_every_route() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let globex = server.company("globex").await;
        let mut tried = 0;
        for (method, path) in routes() {
            let for_all = ["/healthz", "/readyz", "/metrics"].contains(&path.as_str())
                || path.contains("/auth/")
                || path.contains("/hooks/");
            let for_the_platform = path.contains("/platform/")
                || path.ends_with("/api/v1/tenants")
                || path.contains("{tenant")
                || path.contains("allocate-to-tenant");
            if for_all || for_the_platform {
                continue;
            }
            let path = path.replace("{id}", "emp-7").replace("{user_id}", "emp-7");
            for name in ["globex", globex.id.as_str(), "nobody"] {
                let answer = call(&acme.admin.of_tenant(name), &method, &path, None).await;
                let told = answer.problem(404, "tenant_not_found");
                assert_eq!(told["detail"], format!("there is no tenant {name}"), "{method} {path}");
            }
            for name in ["acme", acme.id.as_str()] {
                let answer = call(&acme.admin.of_tenant(name), &method, &path, None).await;
                assert_ne!(
                    answer.body["code"], "tenant_not_found",
                    "{method} {path}: one may name one's own"
                );
            }
            tried += 1;
        }
        assert!(tried > 25, "{tried}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_another_tenant_in_a_body_are_not_found() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.allocate(500).await;
        let globex = server.company("globex").await;
        let lead = json!({"id": "their-lead", "name": "L", "role": "lead", "department": "theirs"});
        globex.manager.post("/api/v1/members", lead).await.created();
        globex.allocate(100).await;
        globex
            .manager
            .post("/api/v1/ledger/holds", json!({"account": "pool", "reference": "h", "amount": 1}))
            .await
            .created();
        for _ in 0..10 {
            globex.allocate(1).await;
        }
        let (theirs, ours) = (globex.head().await, acme.head().await);
        for (path, body, code) in [
            (
                "/api/v1/allocations/award-points",
                json!({"user_id": "their-lead", "amount": 1}),
                "member_not_found",
            ),
            (
                "/api/v1/allocations/award-points",
                json!({"user_id": "their-lead", "amount": 1, "from": "department"}),
                "member_not_found",
            ),
            (
                "/api/v1/allocations/distribute-to-lead",
                json!({"lead_id": "their-lead", "amount": 1}),
                "member_not_found",
            ),
            ("/api/v1/ledger/debit", json!({"user_id": "their-lead", "amount": 1}), "member_not_found"),
            ("/api/v1/ledger/reverse", json!({"entry_id": format!("txn_{theirs}")}), "transaction_not_found"),
            ("/api/v1/ledger/holds/release", json!({"account": "pool", "reference": "h"}), "hold_not_found"),
            (
                "/api/v1/ledger/holds/capture",
                json!({"account": "pool", "reference": "h", "to": "redeemed"}),
                "hold_not_found",
            ),
            (
                "/api/v1/api-keys",
                json!({"name": "k", "role": "lead", "member_id": "their-lead"}),
                "member_not_found",
            ),
        ] {
            acme.admin.post(path, body).await.problem(404, code);
        }
        assert_eq!((globex.head().await, acme.head().await), (theirs, ours));
        let lists = [
            "/api/v1/members?limit=200",
            "/api/v1/ledger/transactions?limit=200",
            "/api/v1/ledger/holds",
            "/api/v1/ledger/accounts",
            "/api/v1/api-keys",
            "/api/v1/allocations/history/tenant",
            "/api/v1/ledger/entries?account=pool",
        ];
        for path in lists {
            let answer = acme.admin.get(path).await;
            assert!(
                !answer.text.contains("their-lead") && !answer.text.contains(&globex.id),
                "{path}: {}",
                answer.text
            );
            // A cursor of one tenant's list leads into one's own list, and nowhere else.
            let cursor = globex.admin.get("/api/v1/members?limit=1").await.ok()["next_cursor"].clone();
            let cursor = cursor.as_str().expect("there is more").to_owned();
            let own = acme.admin.get(&format!("/api/v1/members?cursor={cursor}")).await;
            assert!(!own.text.contains("their-lead"));
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_writes_nothing() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let auditor = acme.caller(json!({"name": "a", "role": "auditor", "member_id": "emp-8"})).await;
        let head = acme.head().await;
        let posts = routes().into_iter().filter(|(method, _)| *method != Method::GET);
        // Whoever they are, they come in by a password of their own, or by a signature.
        for (method, path) in posts.filter(|(_, path)| {
            let only_reads =
                ["/check", "/reconcile", "/simulate", "/from-text"].iter().any(|end| path.ends_with(end));
            let by_other_means =
                path.contains("/auth/") || path.contains("/hooks/") || path.ends_with("/password");
            path != "/healthz" && !by_other_means && !only_reads
        }) {
            let path =
                path.replace("{tenant}", "acme").replace("{tenant_id}", "acme").replace("{id}", "emp-7");
            call(&auditor, &method, &path, None).await.problem(403, "forbidden");
        }
        assert_eq!(acme.head().await, head);
        for path in [
            "/members",
            "/ledger/transactions",
            "/ledger/accounts",
            "/ledger/holds",
            "/allocations/pool",
            "/allocations/history/tenant",
            "/points/tenant-allocation-stats",
            "/ledger/entries?account=pool",
            "/ledger/balance/emp-7",
        ] {
            auditor.get(&format!("/api/v1{path}")).await.ok();
        }
        server.stop().await;
    }
}
