//! Many transactions in one call: all or none, or each for itself.

use crate::support::{assert_says, company_with_points};
use guerdon_testkit::{Answer, Client, Server};
use reqwest::Method;
use serde_json::{Value, json};

const BULK: &str = "/api/v1/ledger/transactions/bulk";
const ATOMIC: &str = "/api/v1/ledger/transactions/bulk?atomic=true";

/// A transaction from the pool to a wallet.
fn item(to: &str, amount: i64) -> Value {
    json!({"kind": "gift", "reference": to, "postings":
        [{"from": "pool", "to": format!("wallet:{to}"), "asset": "PTS", "amount": amount}]})
}

fn ndjson(items: &[Value]) -> String {
    items.iter().map(|item| format!("{item}\n")).collect()
}

async fn send_lines(client: &Client, path: &str, key: &str, text: &str) -> Answer {
    let headers = [("idempotency-key", key), ("content-type", "application/x-ndjson; charset=utf-8")];
    client.send(Method::POST, path, &headers, Some(text.to_owned())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_and_lines_say_the_same() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let items = [item("a", 1), item("b", 2), item("a", 3)];
        let listed = acme.manager.post(BULK, json!(items)).await.created();
        let lines = send_lines(&acme.manager, BULK, "lines", &ndjson(&items)).await.created();
        let atomic = send_lines(&acme.manager, ATOMIC, "atomic", &format!("\n{}\r\n\n", ndjson(&items)))
            .await
            .created();
        for (answer, pool) in [(&listed, 994), (&lines, 988), (&atomic, 982)] {
            assert_says(answer, &json!({"succeeded": 3, "failed": 0}), "");
            let results = answer["results"].as_array().expect("results");
            for (index, (result, sent)) in results.iter().zip(&items).enumerate() {
                assert_says(
                    result,
                    &json!({"index": index, "status": 201, "transaction":
                    {"kind": "gift", "reference": sent["reference"], "postings": sent["postings"]}}),
                    "",
                );
            }
            assert_eq!(results[2]["balances"]["pool"]["posted"], pool);
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_or_none_names_the_one_that_was_refused() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 10).await;
        let head = acme.head().await;
        let items = json!([item("a", 4), item("b", 4), item("c", 4), item("d", 1)]);
        let refused =
            acme.manager.post_with_key(ATOMIC, "k", items.clone()).await.problem(422, "insufficient_balance");
        assert_says(&refused, &json!({"index": 2, "available": 2, "requested": 4}), "");
        assert_eq!(acme.head().await, head, "none was recorded");
        acme.manager.get("/api/v1/members/a").await.problem(404, "member_not_found");

        acme.allocate(3).await;
        let first = acme.manager.post_with_key(ATOMIC, "k", items.clone()).await;
        let again = acme.manager.post_with_key(ATOMIC, "k", items).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
        assert_eq!((&first.text, again.header("idempotent-replayed")), (&again.text, "true"));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_for_itself_says_in_order_what_became_of_each() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 10).await;
        let unknown = json!({"postings": [{"from": "pool", "to": "wallet:a", "asset": "NOPE", "amount": 1}]});
        let issuing = json!({"postings": [{"from": "issuance", "to": "pool", "asset": "PTS", "amount": 1}]});
        let items = json!([item("a", 11), item("a", 6), unknown, item("b", 6), item("c", 4), issuing]);
        let first = acme.manager.post_with_key(BULK, "k", items.clone()).await.created();
        assert_says(
            &first,
            &json!({"succeeded": 2, "failed": 4, "results": [
                {"index": 0, "status": 422, "problem": {"code": "insufficient_balance", "available": 10, "requested": 11}},
                {"index": 1, "status": 201, "balances": {"pool": {"posted": 4}}},
                {"index": 2, "status": 422, "problem": {"code": "unknown_asset"}},
                {"index": 3, "status": 422, "problem": {"code": "insufficient_balance", "available": 4, "requested": 6}},
                {"index": 4, "status": 201, "balances": {"pool": {"posted": 0}}},
                {"index": 5, "status": 403, "problem": {"code": "platform_only"}},
            ]}),
            "",
        );

        let again = acme.manager.post_with_key(BULK, "k", items.clone()).await;
        assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (200, "true"));
        let recorded = |answer: &Value| json!([answer["results"][1], answer["results"][4]]);
        assert_eq!(recorded(&again.body), recorded(&first));

        acme.allocate(17).await;
        let mixed = acme.manager.post_with_key(BULK, "k", items).await;
        assert_eq!((mixed.status.as_u16(), mixed.header("idempotent-replayed")), (201, ""), "some are new");
        assert_eq!(
            recorded(&mixed.body),
            recorded(&first),
            "and those recorded before are not recorded again"
        );
        assert_says(&mixed.body, &json!({"succeeded": 4, "failed": 2}), "");
        assert_eq!(acme.manager.get("/api/v1/allocations/pool").await.ok()["available"], 0);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_good_for_one_bulk_call_alone() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        for (number, path) in [BULK, ATOMIC].into_iter().enumerate() {
            let key = |name: &str| format!("{name}-{number}");
            let items = json!([item("a", 1), item("b", 1)]);
            acme.manager.post_with_key(path, &key("bulk"), items.clone()).await.created();
            let head = acme.head().await;
            for other in [
                json!([item("a", 1)]),
                json!([item("a", 1), item("b", 1), item("c", 1)]),
                json!([item("z", 9)]),
            ] {
                acme.manager
                    .post_with_key(path, &key("bulk"), other)
                    .await
                    .problem(409, "idempotency_conflict");
            }
            let switched = if path == BULK { ATOMIC } else { BULK };
            acme.manager
                .post_with_key(switched, &key("bulk"), items.clone())
                .await
                .problem(409, "idempotency_conflict");
            let single =
                acme.manager.post_with_key("/api/v1/ledger/transactions", &key("bulk"), item("a", 1)).await;
            single.problem(409, "idempotency_conflict");
            assert_eq!(acme.head().await, head);

            acme.manager
                .post_with_key("/api/v1/ledger/transactions", &key("single"), item("a", 1))
                .await
                .created();
            acme.manager
                .post_with_key(path, &key("single"), items)
                .await
                .problem(409, "idempotency_conflict");
            acme.manager
                .post_with_key("/api/v1/ledger/transactions", &format!("{}#1", key("bulk")), item("a", 1))
                .await
                .created();
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_lists_and_lines_are_pointed_at_and_nothing_is_recorded() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let head = acme.head().await;
        let bad = json!({"postings": [{"from": "pool", "to": "wallet:a", "asset": "PTS", "amount": 0}]});
        let not_object = json!(["gift", []]);
        let listed = [
            (json!([item("a", 1), bad]), "/1/postings/0/amount"),
            (json!([item("a", 1), {"postings": []}]), "/1/postings"),
            (json!([item("a", 1), {"postings": [["pool", "wallet:a", "PTS", 1]]}]), "/1/postings/0"),
            (json!([item("a", 1), not_object]), "/1"),
            (json!([{"posting": []}]), "/0/posting"),
            (
                json!([{"kind": "Gift!", "postings": [{"from": "pool", "to": "wallet:a", "asset": "PTS", "amount": 1}]}]),
                "/0/kind",
            ),
            (json!([]), ""),
            (json!({}), ""),
            (json!(vec![item("a", 1); 10_001]), ""),
        ];
        for (body, pointer) in listed {
            let told = acme.manager.post(BULK, body).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], pointer, "{told}");
        }
        let good = item("a", 1).to_string();
        for (text, pointer, line) in [
            (format!("{good}\n\n{bad}\n"), "/1/postings/0/amount", json!(3)),
            (format!("{good}\n{good}\n{{\"x\":1}}\n"), "/2/x", json!(3)),
            (String::new(), "", Value::Null),
            ("\n \n".to_owned(), "", Value::Null),
        ] {
            let told = send_lines(&acme.manager, ATOMIC, "k", &text).await.problem(400, "invalid_request");
            assert_eq!((&told["errors"][0]["pointer"], &told["line"]), (&json!(pointer), &line), "{told}");
        }
        for text in [format!("{good}\n{{\"postings\":"), format!("{good}{good}\n")] {
            let told = send_lines(&acme.manager, BULK, "k", &text).await.problem(400, "malformed_json");
            assert!(told["line"].is_number(), "{told}");
        }
        let told = acme.manager.post(&format!("{BULK}?atomic=maybe"), json!([item("a", 1)])).await;
        assert_eq!(told.problem(400, "invalid_request")["errors"][0]["pointer"], "atomic");
        acme.manager
            .post_without_key(BULK, json!([item("a", 1)]))
            .await
            .problem(400, "idempotency_key_required");
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_fit_into_one_call() {
    for (server, path) in Server::both().await.into_iter().zip([ATOMIC, BULK]) {
        let acme = company_with_points(&server, 10_000).await;
        let items: Vec<Value> = (0..10_000).map(|n| item(&format!("p{}", n % 500), 1)).collect();
        let answer = send_lines(&acme.manager, path, "k", &ndjson(&items)).await.created();
        assert_says(&answer, &json!({"succeeded": 10_000, "failed": 0}), path);
        assert_eq!(acme.manager.get("/api/v1/allocations/pool").await.ok()["available"], 0);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_takes_no_bulk() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 10).await;
        acme.platform.post("/api/v1/tenants/acme/suspend", json!({})).await.ok();
        for path in [BULK, ATOMIC] {
            acme.manager
                .post(path, json!([item("a", 1), item("b", 1)]))
                .await
                .problem(422, "tenant_suspended");
        }
        server.stop().await;
    }
}
