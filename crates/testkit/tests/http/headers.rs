//! What every answer carries besides its body.

use crate::support::{award, company_with_points};
use guerdon_testkit::Server;
use reqwest::Method;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_echoed_or_made_and_stands_in_every_problem() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let send = async |path: &str, id: &str| {
            acme.manager.send(Method::GET, path, &[("x-request-id", id)], None).await
        };
        for path in ["/api/v1/allocations/pool", "/healthz", "/nowhere", "/api/v1/members?limit=x"] {
            let longest = "r".repeat(128);
            for id in ["req-42", longest.as_str(), "01936f5e-7b1c-7000-8000-000000000001"] {
                let answer = send(path, id).await;
                assert_eq!(answer.header("x-request-id"), id, "{path}");
                if answer.status.is_client_error() {
                    assert_eq!(answer.body["request_id"], id, "{path}");
                }
            }
            let mut made = BTreeSet::new();
            for id in ["", "two words", "é", &"r".repeat(129)] {
                let answer = send(path, id).await;
                let own = answer.header("x-request-id").to_owned();
                assert!(!own.is_empty() && own != id, "{path}: {own}");
                made.insert(own);
            }
            assert_eq!(made.len(), 4, "each its own");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_credential_shows_is_not_kept_by_caches_and_not_guessed_at() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let answers = [
            acme.manager.get("/api/v1/allocations/pool").await,
            acme.manager.post("/api/allocations/award-points", award("emp-7", 1)).await,
            acme.manager.post("/points/award-to-user", award("emp-7", 1_000)).await,
            acme.manager.without_key().get("/v1/members").await,
            acme.manager.send(Method::GET, "/api/v1/members", &[("accept", "text/csv")], None).await,
        ];
        for answer in answers {
            assert_eq!(answer.header("cache-control"), "no-store", "{}", answer.text);
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{}", answer.text);
        }
        let refused = acme.manager.without_key().get("/api/v1/members").await;
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        refused.problem(401, "unauthorized");
        for value in ["", "Bearer", "Bearer ", "Basic YTpi", "bearer gk_wrong", "Bearer \u{e9}"] {
            let answer = acme
                .manager
                .without_key()
                .send(Method::GET, "/api/v1/members", &[("authorization", value)], None)
                .await;
            answer.problem(401, "unauthorized");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_answers_are_compressed_for_those_who_take_it() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let long =
            acme.manager.send(Method::GET, "/openapi.json", &[("accept-encoding", "gzip")], None).await;
        assert_eq!(long.header("content-encoding"), "gzip");
        let short = acme
            .manager
            .send(Method::GET, "/api/v1/allocations/pool", &[("accept-encoding", "gzip")], None)
            .await;
        assert_eq!(short.header("content-encoding"), "");
        short.ok();
        server.stop().await;
    }
}
