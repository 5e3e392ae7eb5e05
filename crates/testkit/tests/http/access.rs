//! People come in with a password and a cookie.

use crate::support::{assert_says, company_with_points};
use guerdon_testkit::{Answer, Client, Server};
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple";

async fn put_password(client: &Client, who: &str, body: Value) -> Answer {
    client.send(Method::PUT, &format!("/api/v1/members/{who}/password"), &[], Some(body.to_string())).await
}

async fn log_in(client: &Client, body: Value) -> Answer {
    client.post_without_key("/auth/login", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_a_cookie_until_it_is_logged_out() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        put_password(&acme.admin, "mgr-1", json!({"new": PASSWORD})).await.expect(204);
        let anyone = acme.manager.without_key();
        let body = json!({"tenant": "acme", "member_id": "mgr-1", "password": PASSWORD});
        let session = log_in(&anyone, body).await;
        let cookie = session.header("set-cookie").to_owned();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(session.header("cache-control"), "no-store");
        assert_says(
            &session.ok(),
            &json!({"role": "manager", "member_id": "mgr-1", "actor": "mgr-1", "tenant_id": acme.id}),
            "",
        );
        let cookie = cookie.split(';').next().expect("a pair").to_owned();
        let by_cookie = async |method: Method, path: &str, more: &[(&str, &str)]| {
            let mut headers = vec![("cookie", cookie.as_str())];
            headers.extend(more);
            anyone.send(method, path, &headers, None).await
        };
        by_cookie(Method::GET, "/api/v1/allocations/pool", &[]).await.ok();
        assert_says(
            &by_cookie(Method::GET, "/api/v1/auth/me", &[]).await.ok(),
            &json!({"member_id": "mgr-1"}),
            "",
        );
        let foreign =
            by_cookie(Method::GET, "/api/v1/allocations/pool", &[("sec-fetch-site", "cross-site")]).await;
        foreign.problem(403, "forbidden");
        by_cookie(Method::POST, "/auth/logout", &[]).await.expect(204);
        by_cookie(Method::GET, "/api/v1/allocations/pool", &[]).await.problem(401, "unauthorized");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_log_in_is_not_told_why() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        put_password(&acme.admin, "mgr-1", json!({"new": PASSWORD})).await.expect(204);
        let anyone = acme.manager.without_key();
        let mut told = Vec::new();
        for (tenant, member, password) in [
            ("acme", "mgr-1", "wrong horse battery staple"),
            ("acme", "emp-7", PASSWORD),
            ("acme", "nobody", PASSWORD),
            ("nobody", "mgr-1", PASSWORD),
            ("a\u{0}", "mgr-1", PASSWORD),
            ("acme", "a\u{0}", PASSWORD),
            ("acme", "mgr-1", "\u{0}"),
            ("", "", ""),
        ] {
            let body = json!({"tenant": tenant, "member_id": member, "password": password});
            let mut problem = log_in(&anyone, body).await.problem(401, "wrong_login");
            problem.as_object_mut().expect("object").remove("request_id");
            told.push(problem);
        }
        assert!(told.iter().all(|problem| *problem == told[0]), "{told:?}");
        for (body, pointer) in [
            (json!({"tenant": "acme", "member_id": "mgr-1"}), "/password"),
            (json!({"tenant": "acme", "member_id": 7, "password": PASSWORD}), "/member_id"),
            (json!({"tenant": "acme", "member_id": "mgr-1", "password": PASSWORD, "otp": 1}), "/otp"),
        ] {
            let problem = log_in(&anyone, body).await.problem(400, "invalid_request");
            assert_eq!(problem["errors"][0]["pointer"], pointer);
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_ones_own_to_change_and_an_admins_to_set() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        put_password(&acme.employee, "emp-8", json!({"new": PASSWORD})).await.problem(403, "forbidden");
        put_password(&acme.manager, "emp-7", json!({"new": PASSWORD})).await.problem(403, "forbidden");
        put_password(&acme.admin, "nobody", json!({"new": PASSWORD})).await.problem(404, "member_not_found");
        put_password(&acme.admin, "a%00", json!({"new": PASSWORD})).await.problem(404, "member_not_found");
        put_password(&acme.admin, "emp-7", json!({"new": "short"})).await.problem(400, "invalid_request");
        put_password(&acme.admin, "emp-7", json!({"new": PASSWORD})).await.expect(204);
        let next = "another long password";
        put_password(&acme.employee, "emp-7", json!({"new": next})).await.problem(403, "wrong_password");
        put_password(&acme.employee, "emp-7", json!({"new": next, "current": next}))
            .await
            .problem(403, "wrong_password");
        put_password(&acme.employee, "emp-7", json!({"new": next, "current": PASSWORD})).await.expect(204);
        let body = json!({"tenant": acme.id, "member_id": "emp-7", "password": next});
        log_in(&acme.manager.without_key(), body).await.ok();
        let journal = acme.platform.get("/api/v1/ledger/transactions?limit=200").await;
        assert!(
            !journal.text.contains("argon2") && !journal.text.contains(next),
            "no secrets in the journal"
        );
        server.stop().await;
    }
}
