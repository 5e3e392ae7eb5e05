//! Bad requests: their size, kind, paths, parameters and methods.

use crate::support::{award, company_with_points, credit};
use guerdon_http::Options;
use guerdon_testkit::{Engine, Server};
use reqwest::Method;
use serde_json::{Value, json};

const AWARD: &str = "/api/v1/allocations/award-points";

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_413_and_tells_the_limit() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let options = Options { body_limit: 10_000, bulk_limit: 20_000, ..Server::options() };
        let server = Server::start_with(engine, options).await;
        let acme = company_with_points(&server, 100).await;
        let head = acme.head().await;
        let bulk = "/api/v1/ledger/transactions/bulk";
        for (path, limit, size) in [
            (AWARD, 10_000, 10_001),
            (AWARD, 10_000, 5_000_000),
            (bulk, 20_000, 20_001),
            (bulk, 20_000, 10_000_000),
        ] {
            let body = json!({"reason": "x".repeat(size)});
            let told = acme.manager.post(path, body).await.problem(413, "body_too_large");
            assert_eq!(told["limit"], limit);
        }
        let fits = json!({"user_id": "emp-7", "amount": 1, "reason": "x".repeat(2_000)});
        acme.manager.post(AWARD, fits).await.created();
        assert_eq!(acme.head().await, head + 1);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_another_kind_is_415() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let head = acme.head().await;
        let send = async |path: &str, kind: &str, key: &str, body: &Value| {
            let headers = [("idempotency-key", key), ("content-type", kind)];
            acme.manager.send(Method::POST, path, &headers, Some(body.to_string())).await
        };
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/x-ndjson",
            "json",
        ] {
            for path in [AWARD, "/api/v1/ledger/credit", "/api/v1/ledger/holds", "/api/v1/ledger/reverse"] {
                let told =
                    send(path, kind, "k", &award("emp-7", 1)).await.problem(415, "unsupported_media_type");
                assert!(told["detail"].as_str().is_some_and(|d| d.contains("application/json")), "{told}");
            }
        }
        let told = send("/api/v1/ledger/transactions/bulk", "text/csv", "k", &json!([])).await;
        told.problem(415, "unsupported_media_type");
        assert_eq!(acme.head().await, head);
        for (number, kind) in
            ["application/json", "Application/JSON; charset=utf-8", "application/vnd.acme+json", ""]
                .iter()
                .enumerate()
        {
            send(AWARD, kind, &format!("k{number}"), &award("emp-7", 1)).await.created();
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_query_parameters_are_told_by_name() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let long = "x".repeat(5_000);
        let cases: Vec<(&str, &str, &str)> = vec![
            ("/ledger/transactions", "limit=0", "limit"),
            ("/ledger/transactions", "limit=201", "limit"),
            ("/ledger/transactions", "limit=-1", "limit"),
            ("/ledger/transactions", "limit=ten", "limit"),
            ("/ledger/transactions", "limit=", "limit"),
            ("/ledger/transactions", "limit=1&limit=2", "limit"),
            ("/ledger/transactions", "cursor=xyz", "cursor"),
            ("/ledger/transactions", "cursor=", "cursor"),
            ("/ledger/transactions", "cursor=00", "cursor"),
            ("/ledger/transactions", "colour=red", "colour"),
            ("/ledger/transactions", "kind=A%20B", "kind"),
            ("/ledger/transactions", "kind=%00", "kind"),
            ("/ledger/transactions", "account=wallet", "account"),
            ("/ledger/transactions", "member=a%20b", "member"),
            ("/ledger/transactions", "asset=pts", "asset"),
            ("/ledger/transactions", "from=yesterday", "from"),
            ("/ledger/transactions", "to=2026-02-30", "to"),
            ("/ledger/transactions", "from=2026-01-01T00:00", "from"),
            ("/ledger/transactions", "metadata=a", "metadata"),
            ("/ledger/transactions", "metadata[]=a", "metadata"),
            ("/ledger/entries", "user_id=a%20b", "user_id"),
            ("/ledger/entries", "user_id=emp-7&account=pool", "user_id"),
            ("/ledger/entries", "account=%00", "account"),
            ("/ledger/entries", "asset=%F0%9F%92%A9", "asset"),
            ("/ledger/entries", "user_id=emp-7&cursor=31", "cursor"),
            ("/ledger/entries", "user_id=emp-7&kind=A", "kind"),
            ("/ledger/balance", "user_id=emp-7&at=x", "at"),
            ("/ledger/balance", "user_id=emp-7&at=2026-01-01&effective_at=2026-01-01", "effective_at"),
            ("/ledger/balance", "user_id=emp-7&when=now", "when"),
            ("/ledger/balance/emp-7", "user_id=emp-8", "user_id"),
            ("/ledger/balance/emp-7", "asset=dollars", "asset"),
            ("/ledger/accounts", "prefix=%00", "prefix"),
            ("/ledger/accounts", "prefix=%C3%A9", "prefix"),
            ("/ledger/accounts", "cursor=61", "cursor"),
            ("/ledger/holds", "status=lost", "status"),
            ("/ledger/holds", "account=:", "account"),
            ("/ledger/transactions/txn_1", "a=1", "a"),
            ("/members", "limit=1000", "limit"),
            ("/members", "cursor=00", "cursor"),
            ("/members", "role=lead", "role"),
            ("/members/emp-7", "a=1", "a"),
            ("/assets", "x=1", "x"),
            ("/api-keys", "cursor=C3A9", "cursor"),
            ("/tenants/acme", "x=1", "x"),
            ("/allocations/pool", "tenant=other", "tenant"),
            ("/allocations/history", "limit=x", "limit"),
            ("/allocations/history", "from=x", "from"),
            ("/allocations/history/tenant", "cursor=x", "cursor"),
            ("/points/tenant-allocation-stats", "x=1", "x"),
        ];
        let long_cases = [
            ("/ledger/transactions", format!("cursor={long}"), "cursor"),
            ("/ledger/transactions", format!("{long}=1"), "x"),
        ];
        let cases = cases.into_iter().map(|(path, query, name)| (path, query.to_owned(), name));
        for (path, query, name) in cases.chain(long_cases) {
            let told = acme.admin.get(&format!("/api/v1{path}?{query}")).await;
            assert!(told.text.len() < 2_000, "{path}?{query}");
            let told = told.problem(400, "invalid_request");
            let pointer = told["errors"][0]["pointer"].as_str().unwrap_or_default();
            assert!(pointer == name || (name == "x" && pointer.starts_with('x')), "{path}?{query}: {told}");
        }
        for path in ["/tenants", "/platform/allocations/all", "/platform/allocations/history/acme"] {
            for (query, name) in [("limit=x", "limit"), ("cursor=00", "cursor"), ("x=1", "x")] {
                let told = acme
                    .platform
                    .get(&format!("/api/v1{path}?{query}"))
                    .await
                    .problem(400, "invalid_request");
                assert_eq!(told["errors"][0]["pointer"], name, "{path}");
            }
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_a_body_takes_no_query_parameters() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let head = acme.head().await;
        for path in [AWARD, "/api/v1/points/award-to-user", "/api/v1/ledger/credit"] {
            let told = acme.manager.post(&format!("{path}?dry_run=true"), credit("emp-7", 1)).await;
            told.problem(400, "invalid_request");
        }
        assert_eq!(acme.head().await, head);
        acme.manager.post(&format!("{AWARD}?"), award("emp-7", 1)).await.created();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_lead_nowhere_are_404_and_other_methods_405() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for path in [
            "/",
            "/api",
            "/api/",
            "/api/v1",
            "/api/v2/members",
            "/api/v1/member",
            "/api/v1/members/",
            "/v1",
            "/points",
            "/points/",
            "/api/v1/members/a/b",
            "/api/v1//members",
            "/%00",
            "/api/v1/%ff",
            "/é",
        ] {
            let answer = acme.platform.get(path).await;
            answer.problem(404, "not_found");
        }
        for (method, path, allow) in [
            ("GET", AWARD, "POST"),
            ("PUT", AWARD, "POST"),
            ("DELETE", "/api/v1/members/emp-7", "GET,HEAD,PATCH"),
            ("POST", "/api/v1/members/emp-7", "GET,HEAD,PATCH"),
            ("DELETE", "/api/v1/ledger/transactions", "GET,HEAD,POST"),
            ("PATCH", "/api/v1/ledger/transactions/txn_1", "GET,HEAD"),
            ("POST", "/api/allocations/pool", "GET,HEAD"),
            ("GET", "/v1/api-keys/x/rotate", "POST"),
            ("OPTIONS", "/api/v1/members", "GET,HEAD,POST"),
            ("BREW", "/api/v1/members", "GET,HEAD,POST"),
        ] {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = acme.manager.send(method.clone(), path, &[], Some("{}".to_owned())).await;
            let mut allowed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
            allowed.sort_unstable();
            assert_eq!(allowed.join(","), allow, "{method} {path}: {}", answer.text);
            answer.problem(405, "method_not_allowed");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_in_paths_that_name_nothing_are_404_however_odd_they_are() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let long = "x".repeat(4_000);
        for id in ["nobody", "%00", "a%20b", "%E2%98%83", "..%2F..", "a%2Fb", "'%20OR%201=1", long.as_str()] {
            for (path, code) in [
                ("/api/v1/members/{}", "member_not_found"),
                ("/api/v1/ledger/transactions/{}", "transaction_not_found"),
            ] {
                let answer = acme.manager.get(&path.replace("{}", id)).await;
                assert!(answer.text.len() < 2_000);
                answer.problem(404, code);
            }
            for path in [
                "/api/v1/tenants/{}",
                "/api/v1/platform/allocations/stats/{}",
                "/api/v1/platform/allocations/history/{}",
            ] {
                acme.platform.get(&path.replace("{}", id)).await.problem(404, "tenant_not_found");
            }
            acme.admin.get(&format!("/api/v1/tenants/{id}")).await.problem(404, "tenant_not_found");
            acme.admin
                .patch(&format!("/api/v1/members/{id}"), json!({"name": "x"}))
                .await
                .problem(404, "member_not_found");
            acme.admin.delete(&format!("/api/v1/api-keys/{id}")).await.problem(404, "api_key_not_found");
            acme.platform
                .post(&format!("/api/v1/points/clawback/{id}"), json!({"amount": 1}))
                .await
                .problem(404, "tenant_not_found");
            let decoded = id.replace("%00", "\u{0}").replace("%20", " ");
            let body = json!({"tenant_id": decoded, "amount": 1});
            acme.platform
                .post("/api/v1/platform/allocations/allocate", body)
                .await
                .problem(404, "tenant_not_found");
        }
        for path in
            ["/api/v1/members/%ff", "/api/v1/ledger/transactions/%ff", "/api/v1/ledger/balance/%c3%28"]
        {
            let told = acme.manager.get(path).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], "path");
        }
        let balance = acme.manager.get("/api/v1/ledger/balance/a%00b").await.problem(400, "invalid_request");
        assert_eq!(balance["errors"][0]["pointer"], "user_id");
        acme.manager.get("/api/v1/ledger/balance/nobody").await.problem(404, "member_not_found");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_admin_names_the_tenant_and_it_must_be_there() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let platform = server.platform();
        let told = platform.post(AWARD, award("emp-7", 1)).await.problem(400, "tenant_required");
        assert!(told["detail"].as_str().is_some_and(|d| d.contains("Guerdon-Tenant")));
        for name in ["nobody", "", "platform", "00000000-0000-0000-0000-000000000000", "a'b"] {
            platform.of_tenant(name).post(AWARD, award("emp-7", 1)).await.problem(404, "tenant_not_found");
        }
        platform.of_tenant(&acme.id).post(AWARD, award("emp-7", 1)).await.created();
        platform.of_tenant("acme").post(AWARD, award("emp-7", 1)).await.created();
        server.stop().await;
    }
}
