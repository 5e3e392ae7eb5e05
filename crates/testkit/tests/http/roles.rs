//! Every route × every kind of caller. The routes come from the OpenAPI document, so a new one fails here until the
//! table says who may use it.

use guerdon_testkit::{Client, Company, Server};
use reqwest::Method;
use serde_json::json;

/// The callers of the matrix, and the names by which the table calls them.
async fn callers(acme: &Company) -> Vec<(&'static str, Client)> {
    let mut callers = vec![
        ("nobody", acme.manager.without_key()),
        ("stranger", acme.manager.with_key("gk_nonsense_0123456789abcdef0123456789abcdef")),
        ("platform", acme.platform.clone()),
        ("admin", acme.admin.clone()),
        ("manager", acme.manager.clone()),
        ("lead", acme.lead.clone()),
        ("member", acme.employee.clone()),
        ("auditor", acme.caller(json!({"name": "a", "role": "auditor"})).await),
    ];
    for scope in [
        "ledger:read",
        "ledger:write",
        "points:read",
        "points:write",
        "members:read",
        "members:write",
        "budgets:read",
        "budgets:write",
        "referrals:read",
        "referrals:write",
        "events:read",
        "events:write",
        "rules:read",
        "rules:write",
    ] {
        let key = json!({"name": scope, "role": "service", "scopes": [scope]});
        callers.push((scope, acme.caller(key).await));
    }
    callers
}

const EVERYBODY: &str = "nobody stranger platform admin manager lead member auditor ledger:read ledger:write points:read \
                         points:write members:read members:write budgets:read budgets:write referrals:read \
                         referrals:write events:read events:write rules:read rules:write";
const PLATFORM: &str = "platform";
const ADMIN: &str = "platform admin";
const AUDITS: &str = "platform admin auditor";
const GIVES: &str = "platform admin manager points:write";
const AWARDS: &str = "platform admin manager lead points:write";
const SEES_POINTS: &str = "platform admin manager auditor points:read points:write";
const SEES_OWN_POINTS: &str = "platform admin manager lead auditor points:read points:write";
const POSTS: &str = "platform admin manager ledger:write";
const SEES_LEDGER: &str = "platform admin manager auditor ledger:read ledger:write";
const CHANGES_MEMBERS: &str = "platform admin manager members:write";
const SEES_MEMBERS: &str = "platform admin manager lead member auditor members:read members:write";
const USES_BUDGETS: &str = "platform admin manager budgets:write";
const SEES_BUDGETS: &str = "platform admin manager auditor budgets:read budgets:write";
const RECORDS_REFERRALS: &str = "platform admin manager referrals:write";
const SEES_REFERRALS: &str = "platform admin manager auditor referrals:read referrals:write";
const SHARES_CODES: &str = "platform admin manager lead member referrals:write";
const TELLS_EVENTS: &str = "platform admin manager events:write";
const SEES_EVENTS: &str = "platform admin manager auditor events:read events:write";
const MAKES_RULES: &str = "platform admin manager rules:write";
const SEES_RULES: &str = "platform admin manager auditor rules:read rules:write";
const ANYONE: &str = "platform admin manager lead member auditor ledger:read ledger:write points:read points:write \
                      members:read members:write budgets:read budgets:write referrals:read referrals:write events:read events:write \
                      rules:read rules:write";

/// Nobody by a credential.
const SIGNED: &str = "";

/// Who may use a route; a credential that is not good never gets so far.
const MAY: &[(&str, &str, &str)] = &[
    ("GET", "/healthz", EVERYBODY),
    ("POST", "/healthz", EVERYBODY),
    ("GET", "/readyz", EVERYBODY),
    ("GET", "/metrics", EVERYBODY),
    ("POST", "/api/v1/auth/login", EVERYBODY),
    ("POST", "/api/v1/auth/logout", EVERYBODY),
    ("GET", "/api/v1/auth/me", ANYONE),
    ("GET", "/api/v1/audit", AUDITS),
    ("GET", "/api/v1/audit/verify", AUDITS),
    ("POST", "/api/v1/platform/clock", PLATFORM),
    ("GET", "/api/v1/platform/jobs", PLATFORM),
    ("POST", "/api/v1/platform/jobs/run", PLATFORM),
    ("POST", "/api/v1/tenants", PLATFORM),
    ("GET", "/api/v1/tenants", PLATFORM),
    ("GET", "/api/v1/tenants/{tenant}", ANYONE),
    ("PATCH", "/api/v1/tenants/{tenant}", ADMIN),
    ("POST", "/api/v1/tenants/{tenant}/suspend", PLATFORM),
    ("POST", "/api/v1/tenants/{tenant}/resume", PLATFORM),
    ("POST", "/api/v1/tenants/{tenant}/close", PLATFORM),
    ("POST", "/api/v1/platform/allocations/allocate", PLATFORM),
    ("POST", "/api/v1/platform/allocations/clawback", PLATFORM),
    ("GET", "/api/v1/platform/allocations/history/{tenant}", PLATFORM),
    ("GET", "/api/v1/platform/allocations/stats/{tenant}", PLATFORM),
    ("GET", "/api/v1/platform/allocations/all", PLATFORM),
    ("POST", "/api/v1/points/allocate-to-tenant", PLATFORM),
    ("POST", "/api/v1/points/clawback/{tenant_id}", PLATFORM),
    ("GET", "/api/v1/allocations/pool", SEES_POINTS),
    ("POST", "/api/v1/allocations/distribute-to-lead", GIVES),
    ("POST", "/api/v1/allocations/distribute-to-department", GIVES),
    ("POST", "/api/v1/allocations/award-points", AWARDS),
    ("GET", "/api/v1/allocations/history", SEES_OWN_POINTS),
    ("GET", "/api/v1/allocations/history/tenant", SEES_POINTS),
    ("POST", "/api/v1/points/delegate-to-lead", GIVES),
    ("POST", "/api/v1/points/award-to-user", AWARDS),
    ("GET", "/api/v1/points/tenant-allocation-stats", SEES_POINTS),
    ("POST", "/api/v1/ledger/credit", POSTS),
    ("POST", "/api/v1/ledger/debit", POSTS),
    ("POST", "/api/v1/ledger/reverse", POSTS),
    ("POST", "/api/v1/ledger/transactions", POSTS),
    ("POST", "/api/v1/ledger/transactions/bulk", POSTS),
    ("GET", "/api/v1/ledger/transactions", SEES_LEDGER),
    ("GET", "/api/v1/ledger/transactions/{id}", SEES_LEDGER),
    ("GET", "/api/v1/ledger/accounts", SEES_LEDGER),
    // Of a person who is not the caller.
    ("GET", "/api/v1/ledger/entries", SEES_LEDGER),
    ("GET", "/api/v1/ledger/balance", SEES_LEDGER),
    ("GET", "/api/v1/ledger/balance/{user_id}", SEES_LEDGER),
    ("POST", "/api/v1/ledger/holds", POSTS),
    ("POST", "/api/v1/ledger/holds/capture", POSTS),
    ("POST", "/api/v1/ledger/holds/release", POSTS),
    ("GET", "/api/v1/ledger/holds", SEES_LEDGER),
    ("POST", "/api/v1/members", CHANGES_MEMBERS),
    ("GET", "/api/v1/members", SEES_MEMBERS),
    ("GET", "/api/v1/members/{id}", SEES_MEMBERS),
    ("PATCH", "/api/v1/members/{id}", CHANGES_MEMBERS),
    // One's own; only admins that of others.
    ("PUT", "/api/v1/members/{id}/password", ANYONE),
    ("POST", "/api/v1/api-keys", ADMIN),
    ("GET", "/api/v1/api-keys", ADMIN),
    ("POST", "/api/v1/api-keys/{id}/rotate", ADMIN),
    ("DELETE", "/api/v1/api-keys/{id}", ADMIN),
    ("POST", "/api/v1/tenants/{tenant}/budgets", USES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/budgets", SEES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/budgets/{id}", SEES_BUDGETS),
    ("PUT", "/api/v1/tenants/{tenant}/budgets/{id}", USES_BUDGETS),
    ("PATCH", "/api/v1/tenants/{tenant}/budgets/{id}", USES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/budgets/{id}/utilization", SEES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/topup", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/check", SEES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/reserve", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/reserve/bulk", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/charge", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/release", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/reverse", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/reset", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/reset", USES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/reconcile", SEES_BUDGETS),
    ("POST", "/api/v1/tenants/{tenant}/budgets/reconcile", SEES_BUDGETS),
    ("POST", "/api/v1/platform/budgets/reconcile", PLATFORM),
    ("POST", "/api/v1/tenants/{tenant}/budgets/{id}/fix", USES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/budgets/{id}/entries", SEES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/budgets/{id}/report", SEES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/budgets/{id}/forecast", SEES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/reports/budgets", SEES_BUDGETS),
    ("GET", "/api/v1/tenants/{tenant}/alerts", SEES_BUDGETS),
    ("POST", "/api/v1/events", TELLS_EVENTS),
    ("GET", "/api/v1/events", SEES_EVENTS),
    ("GET", "/api/v1/events/{id}", SEES_EVENTS),
    ("GET", "/api/v1/executions", SEES_EVENTS),
    ("POST", "/api/v1/rules", MAKES_RULES),
    ("GET", "/api/v1/rules", SEES_RULES),
    ("GET", "/api/v1/rules/{id}", SEES_RULES),
    ("PUT", "/api/v1/rules/{id}", MAKES_RULES),
    ("DELETE", "/api/v1/rules/{id}", MAKES_RULES),
    ("POST", "/api/v1/rules/{id}/activate", MAKES_RULES),
    ("POST", "/api/v1/rules/{id}/pause", MAKES_RULES),
    ("GET", "/api/v1/rules/{id}/versions", SEES_RULES),
    ("GET", "/api/v1/rules/{id}/versions/{version}", SEES_RULES),
    ("POST", "/api/v1/rules/{id}/versions/{version}/restore", MAKES_RULES),
    ("GET", "/api/v1/rules/{id}/diff", SEES_RULES),
    ("GET", "/api/v1/rules/{id}/executions", SEES_EVENTS),
    ("POST", "/api/v1/rules/simulate", SEES_RULES),
    ("POST", "/api/v1/referrals/codes", SHARES_CODES),
    // Of a person who is not the caller.
    ("GET", "/api/v1/referrals/codes", SEES_REFERRALS),
    ("POST", "/api/v1/referrals", RECORDS_REFERRALS),
    ("GET", "/api/v1/referrals", SEES_REFERRALS),
    ("GET", "/api/v1/referrals/{id}", SEES_REFERRALS),
    ("POST", "/api/v1/referrals/{id}/review", RECORDS_REFERRALS),
    ("GET", "/api/v1/rewards-ledger", SEES_LEDGER),
    ("GET", "/api/v1/rewards-ledger/{id}", SEES_LEDGER),
    ("POST", "/api/v1/rewards-ledger/{id}/confirm", POSTS),
    ("POST", "/api/v1/rewards-ledger/{id}/pay", POSTS),
    ("POST", "/api/v1/rewards-ledger/{id}/reverse", POSTS),
    ("POST", "/api/v1/rules/from-text", SEES_RULES),
    ("POST", "/api/v1/hook-sources", ADMIN),
    ("GET", "/api/v1/hook-sources", AUDITS),
    ("GET", "/api/v1/hook-sources/{id}", AUDITS),
    ("PUT", "/api/v1/hook-sources/{id}", ADMIN),
    ("DELETE", "/api/v1/hook-sources/{id}", ADMIN),
    ("POST", "/api/v1/hook-sources/{id}/rotate", ADMIN),
    // Its credential is its signature.
    ("POST", "/api/v1/hooks/{source}", SIGNED),
    ("POST", "/api/v1/assets", ADMIN),
    ("GET", "/api/v1/assets", ANYONE),
];

/// Every route of the document, as method and path.
pub fn routes() -> Vec<(Method, String)> {
    let document = serde_json::to_value(guerdon_http::document()).expect("json");
    let paths = document["paths"].as_object().expect("paths").clone();
    let of_path = |(path, item): (String, serde_json::Value)| {
        let methods: Vec<String> = item.as_object().expect("operations").keys().cloned().collect();
        methods.into_iter().map(move |method| {
            (Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"), path.clone())
        })
    };
    paths.into_iter().flat_map(of_path).collect()
}

#[test]
fn the_table_says_of_every_route_who_may_use_it() {
    let mut routes: Vec<_> = routes().into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let mut table: Vec<_> = MAY.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    routes.sort();
    table.sort();
    assert_eq!(routes, table);
}

/// A path with ids in it that lead nowhere, so that no call of the matrix does anything.
fn filled(path: &str) -> String {
    let path = path.replace("{tenant}", "acme").replace("{tenant_id}", "acme").replace("{user_id}", "emp-8");
    let id =
        if path.contains("transactions") { "txn_999999" } else { "0193a000-0000-7000-8000-000000000000" };
    let path = path.replace("{id}", id).replace("{source}", id).replace("{version}", "1");
    match path.as_str() {
        "/api/v1/ledger/entries"
        | "/api/v1/ledger/balance"
        | "/api/v1/referrals/codes"
        | "/api/v1/executions"
        | "/api/v1/rewards-ledger" => format!("{path}?user_id=emp-8"),
        path if path.ends_with("/diff") => format!("{path}?from=1"),
        _ => path,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let callers = callers(&acme).await;
        let head = acme.head().await;
        for (method, path, may) in MAY {
            let called = Method::from_bytes(method.as_bytes()).expect("a method");
            for (name, client) in &callers {
                // A body that nobody takes: who is let in is told so, and nothing happens.
                let body = matches!(*method, "POST" | "PATCH" | "PUT")
                    .then(|| r#"{"id":7,"nonsense":1}"#.to_owned());
                let headers = [("idempotency-key", "k")];
                let answer = client.send(called.clone(), &filled(path), &headers, body).await;
                let (status, told) =
                    (answer.status.as_u16(), format!("{name}: {method} {path}: {}", answer.text));
                let let_in = may.split_whitespace().any(|allowed| allowed == *name);
                match (*name, let_in) {
                    (_, false) if *may == SIGNED => drop(answer.problem(401, "unauthorized")),
                    ("nobody" | "stranger", false) => drop(answer.problem(401, "unauthorized")),
                    (_, false) => drop(answer.problem(403, "forbidden")),
                    (_, true) => assert!(!matches!(status, 401 | 403) && status < 500, "{told}"),
                }
            }
        }
        assert_eq!(acme.head().await, head, "the matrix changed nothing");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_awards_from_their_own_lead_wallet_alone() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.allocate(1_000).await;
        let lead_2 = json!({"id": "lead-2", "name": "L", "role": "lead", "department": "engineering"});
        acme.manager.post("/api/v1/members", lead_2).await.created();
        let lead_2 = acme.caller(json!({"name": "l", "role": "lead", "member_id": "lead-2"})).await;
        let anonymous = acme.caller(json!({"name": "l", "role": "lead"})).await;
        for (path, body) in [
            ("/api/v1/allocations/distribute-to-lead", json!({"lead_id": "lead-1", "amount": 50})),
            (
                "/api/v1/allocations/distribute-to-department",
                json!({"department": "engineering", "amount": 50}),
            ),
        ] {
            acme.manager.post(path, body).await.created();
        }
        let award = async |client: &Client, from: &str, amount: i64| {
            let body = json!({"user_id": "emp-7", "amount": amount, "from": from});
            client.post("/api/v1/allocations/award-points", body).await
        };
        award(&acme.lead, "lead", 30).await.created();
        let short = award(&acme.lead, "lead", 30).await.problem(422, "insufficient_balance");
        assert_eq!((&short["account"], &short["available"]), (&json!("lead:lead-1"), &json!(20)));
        award(&acme.lead, "pool", 1).await.problem(403, "forbidden");
        award(&acme.lead, "department", 1).await.problem(403, "forbidden");
        let other = award(&lead_2, "lead", 1).await.problem(422, "insufficient_balance");
        assert_eq!(other["account"], "lead:lead-2");
        award(&anonymous, "lead", 1).await.problem(422, "no_lead_wallet");
        award(&acme.employee, "lead", 1).await.problem(403, "forbidden");
        let history = acme.lead.get("/api/v1/allocations/history").await.ok();
        assert_eq!(
            history["data"].as_array().map(Vec::len),
            Some(1),
            "a lead sees what they gave themselves"
        );
        let delegated = acme
            .manager
            .post("/api/v1/allocations/distribute-to-lead", json!({"lead_id": "emp-7", "amount": 1}))
            .await;
        delegated.problem(422, "not_a_lead");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_see_their_own_balances_and_entries_alone() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.allocate(100).await;
        for who in ["emp-7", "emp-8"] {
            acme.manager
                .post("/api/v1/allocations/award-points", json!({"user_id": who, "amount": 7}))
                .await
                .created();
            acme.manager.post("/api/v1/ledger/credit", json!({"user_id": who, "amount": 5})).await.created();
        }
        // An id that looks like none must open nothing.
        acme.admin.post("/api/v1/members", json!({"id": "-", "name": "Dash"})).await.created();
        let dash = acme.caller(json!({"name": "d", "role": "member", "member_id": "-"})).await;
        let anonymous = acme.caller(json!({"name": "m", "role": "member"})).await;
        let me = &acme.employee;
        let own = me.get("/api/v1/ledger/balance?asset=PTS").await.ok();
        assert_eq!((&own["user_id"], &own["available"]), (&json!("emp-7"), &json!(7)));
        for path in [
            "/balance/emp-7",
            "/balance?user_id=emp-7",
            "/entries",
            "/entries?user_id=emp-7",
            "/entries?account=wallet:emp-7",
        ] {
            me.get(&format!("/api/v1/ledger{path}")).await.ok();
        }
        let wallet = me.get("/api/v1/ledger/entries?account=wallet:emp-7").await.ok();
        assert_eq!(wallet["data"][0]["amount"], 7, "points where no asset is named: {wallet}");
        for path in [
            "/balance/emp-8",
            "/balance/nobody",
            "/balance?user_id=emp-8",
            "/entries?user_id=emp-8",
            "/entries?account=wallet:emp-8",
            "/entries?account=pool",
            "/entries?account=issuance",
            "/entries?account=cash",
        ] {
            for client in [me, &dash, &anonymous, &acme.lead] {
                client.get(&format!("/api/v1/ledger{path}")).await.problem(403, "forbidden");
            }
        }
        anonymous.get("/api/v1/ledger/balance").await.problem(400, "invalid_request");
        let pool = acme.manager.get("/api/v1/ledger/entries?account=pool").await.ok();
        assert_eq!(pool["data"].as_array().map(Vec::len), Some(3));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_make_and_change_those_above_leads() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let service =
            acme.caller(json!({"name": "hr", "role": "service", "scopes": ["members:write"]})).await;
        let head = acme.head().await;
        for client in [&acme.manager, &service] {
            for role in ["admin", "manager", "auditor"] {
                let body = json!({"id": "x", "name": "X", "role": role});
                client.post("/api/v1/members", body).await.problem(403, "forbidden");
                client.patch("/api/v1/members/emp-7", json!({"role": role})).await.problem(403, "forbidden");
            }
            for (id, change) in [
                ("adm-1", json!({"status": "inactive"})),
                ("adm-1", json!({"role": "member"})),
                ("mgr-1", json!({"name": "Boss"})),
                ("mgr-1", json!({"role": "lead"})),
            ] {
                client.patch(&format!("/api/v1/members/{id}"), change).await.problem(403, "forbidden");
            }
        }
        assert_eq!(acme.head().await, head);
        acme.manager.patch("/api/v1/members/emp-7", json!({"role": "lead"})).await.ok();
        acme.admin.patch("/api/v1/members/emp-7", json!({"role": "manager"})).await.ok();
        acme.platform.patch("/api/v1/members/emp-7", json!({"role": "admin"})).await.ok();
        server.stop().await;
    }
}
