//! The life of a reservation, told step by step.

use super::Budget;
use crate::support::assert_says;
use guerdon_testkit::{Answer, Server};
use serde_json::{Value, json};

/// A step, and what comes of it: 201, or a problem with its numbers.
type Step = (&'static str, Value, Result<Value, (u16, &'static str, Value)>);

async fn walk(budget: &Budget, steps: Vec<Step>) {
    for (what, body, expected) in steps {
        let answer: Answer = budget.post(what, body.clone()).await;
        match expected {
            Ok(told) => assert_says(&answer.created(), &told, &format!("{what} {body}")),
            Err((status, code, told)) => {
                assert_says(&answer.problem(status, code), &told, &format!("{what} {body}"));
            }
        }
    }
}

fn reserve(reference: &str, amount: i64) -> Value {
    json!({"amount": amount, "currency": "USD", "ref_id": reference})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reserved_is_charged_and_released_in_parts() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        walk(
            &budget,
            vec![
                (
                    "/reserve",
                    reserve("order-1", 3_000),
                    Ok(json!({
                        "transaction": {"kind": "budget.reserve", "reference": "order-1", "actor": "mgr-1", "postings": []},
                        "balances": {"budget:marketing": {"asset": "USD", "posted": 10_000, "held": 3_000, "available": 7_000}},
                        "reservation": {"ref_id": "order-1", "amount": 3_000, "remaining": 3_000, "state": "open"},
                        "standing": {"funded": 10_000, "reserved": 3_000, "charged": 0, "available": 7_000},
                        "budget_id": "marketing", "period": "2026-01", "utilization": 0.3, "soft_cap_exceeded": false,
                    })),
                ),
                (
                    "/charge",
                    json!({"ref_id": "order-1", "amount": 1_000}),
                    Ok(json!({
                        "transaction": {"kind": "budget.charge", "postings":
                            [{"from": "budget:marketing", "to": "spent:marketing:2026-01", "asset": "USD", "amount": 1_000}]},
                        "reservation": {"charged": 1_000, "remaining": 2_000, "state": "open"},
                        "standing": {"reserved": 2_000, "charged": 1_000, "available": 7_000}, "utilization": 0.3,
                    })),
                ),
                (
                    "/charge",
                    json!({"ref_id": "order-1", "amount": 2_001}),
                    Err((422, "amount_over_reservation", json!({"available": 2_000, "requested": 2_001}))),
                ),
                (
                    "/release",
                    json!({"ref_id": "order-1", "amount": 500}),
                    Ok(json!({"reservation": {"released": 500, "remaining": 1_500, "state": "open"},
                        "standing": {"reserved": 1_500, "charged": 1_000, "available": 7_500}})),
                ),
                (
                    "/charge",
                    json!({"ref_id": "order-1"}),
                    Ok(json!({"reservation": {"charged": 2_500, "remaining": 0, "state": "charged"},
                        "standing": {"reserved": 0, "charged": 2_500, "available": 7_500}})),
                ),
            ],
        )
        .await;
        assert_eq!(budget.standing().await, [10_000, 0, 2_500, 7_500]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_of_order_is_refused_with_the_state_it_is_in() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let charged = json!({"state": "charged", "charged": 400, "released": 0});
        let released = json!({"state": "released", "charged": 0, "released": 300});
        walk(
            &budget,
            vec![
                ("/charge", json!({"ref_id": "order-1"}), Err((404, "reservation_not_found", json!({})))),
                ("/release", json!({"ref_id": "order-1"}), Err((404, "reservation_not_found", json!({})))),
                ("/reverse", json!({"ref_id": "order-1"}), Err((409, "nothing_to_reverse", json!({})))),
                ("/reserve", reserve("order-1", 400), Ok(json!({}))),
                ("/reverse", json!({"ref_id": "order-1"}), Err((409, "nothing_to_reverse", json!({})))),
                (
                    "/reserve",
                    reserve("order-1", 400),
                    Err((409, "reservation_exists", json!({"state": "open", "amount": 400}))),
                ),
                ("/charge", json!({"ref_id": "order-1"}), Ok(json!({}))),
                ("/charge", json!({"ref_id": "order-1"}), Err((409, "reservation_charged", charged.clone()))),
                ("/release", json!({"ref_id": "order-1"}), Err((409, "reservation_charged", charged))),
                ("/reserve", reserve("order-2", 300), Ok(json!({}))),
                ("/release", json!({"ref_id": "order-2"}), Ok(json!({}))),
                (
                    "/charge",
                    json!({"ref_id": "order-2"}),
                    Err((409, "reservation_released", released.clone())),
                ),
                ("/release", json!({"ref_id": "order-2"}), Err((409, "reservation_released", released))),
                (
                    "/reserve",
                    reserve("order-2", 300),
                    Err((409, "reservation_exists", json!({"state": "released"}))),
                ),
            ],
        )
        .await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_funds_and_currencies_hold() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let zwg = json!({"amount": 1, "currency": "ZWG", "ref_id": "order-9"});
        let mismatch = json!({"currency": "USD", "given": "ZWG"});
        walk(
            &budget,
            vec![
                ("/reserve", zwg, Err((422, "currency_mismatch", mismatch.clone()))),
                ("/topup", json!({"amount": 1, "currency": "ZWG"}), Err((422, "currency_mismatch", mismatch))),
                (
                    "/reserve",
                    reserve("order-1", 10_001),
                    Err((422, "hard_cap_exceeded",
                        json!({"available": 10_000, "requested": 10_001, "limit": 10_000, "period": "2026-01"}))),
                ),
                ("/reserve", reserve("order-1", 8_001), Ok(json!({"soft_cap_exceeded": true, "utilization": 0.8001}))),
                (
                    "/reserve",
                    reserve("order-2", 2_000),
                    Err((422, "hard_cap_exceeded", json!({"available": 1_999, "requested": 2_000}))),
                ),
            ],
        )
        .await;
        // Above what is funded, though the cap would take it.
        budget.patch(json!({"hard_cap": 20_000, "soft_cap": null})).await.ok();
        let short = json!({"account": "budget:marketing", "available": 1_999, "requested": 2_000});
        walk(
            &budget,
            vec![("/reserve", reserve("order-2", 2_000), Err((422, "insufficient_balance", short)))],
        )
        .await;
        budget.topup(1).await.created();
        budget.reserve("order-2", 2_000).await.created();
        assert_eq!(budget.standing().await, [10_001, 10_001, 0, 0]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_reversed_once_and_by_the_budget_alone() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        budget.reserve("order-1", 1_000).await.created();
        let first = budget.charge("order-1", Some(400)).await.created();
        budget.charge("order-1", None).await.created();
        let id = first["transaction"]["id"].clone();
        let general = json!({"entry_id": id, "reason": "by the wrong door"});
        budget.manager().post("/api/v1/ledger/reverse", general).await.problem(422, "budget_account");
        let path = budget.path("/reverse");
        let back = json!({"ref_id": "order-1", "reason": "returned"});
        let reversed = budget.manager().post_with_key(&path, "back", back.clone()).await;
        let told = json!({"transaction": {"kind": "budget.reverse", "reason": "returned", "postings":
                [{"from": "spent:marketing:2026-01", "to": "budget:marketing", "amount": 600}]},
            "standing": {"funded": 10_000, "reserved": 0, "charged": 400, "available": 9_600}});
        let first_answer = reversed.text.clone();
        assert_says(&reversed.created(), &told, "the last charge goes back first");
        let again = budget.manager().post_with_key(&path, "back", back.clone()).await;
        assert_eq!((again.status.as_u16(), &again.text), (200, &first_answer));
        let named = json!({"ref_id": "order-1", "transaction_id": id});
        let told = json!({"transaction": {"reverses": id}, "standing": {"charged": 0, "available": 10_000}});
        assert_says(&budget.post("/reverse", named.clone()).await.created(), &told, "the one that is named");
        budget.post("/reverse", named).await.problem(409, "already_reversed");
        budget.post("/reverse", back).await.problem(409, "already_reversed");
        let reservation = json!({"ref_id": "order-1", "transaction_id": "txn_1"});
        budget.post("/reverse", reservation).await.problem(404, "transaction_not_found");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_ran_out_is_not_charged() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let ends = "2026-01-05T10:00:00Z";
        let body = |reference: &str| json!({"amount": 500, "currency": "USD", "ref_id": reference, "expires_at": ends});
        budget.post("/reserve", body("order-1")).await.created();
        budget.post("/reserve", body("order-2")).await.created();
        budget.charge("order-2", Some(100)).await.created();
        server.move_clock_to(ends);
        let expired = json!({"state": "expired", "expired_at": ends});
        for reference in ["order-1", "order-2"] {
            let told = budget.charge(reference, None).await.problem(409, "reservation_expired");
            assert_says(&told, &expired, reference);
        }
        budget.post("/reserve", body("order-3")).await.problem(422, "expires_in_the_past");
        budget.release("order-1", None).await.created();
        budget.charge("order-1", None).await.problem(409, "reservation_expired");
        assert_eq!(budget.standing().await, [10_000, 400, 100, 9_500]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_budget_has_moves_through_the_budget_alone() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        budget.reserve("order-1", 500).await.created();
        let manager = budget.manager();
        let posting = |from: &str, to: &str| json!({"postings": [{"from": from, "to": to, "asset": "USD", "amount": 1}]});
        for (path, body) in [
            ("transactions", posting("budget:marketing", "bank:main")),
            ("transactions", posting("funding:bank", "budget:marketing")),
            ("transactions", posting("spent:marketing:2026-01", "bank:main")),
            ("holds", json!({"account": "budget:marketing", "reference": "x", "asset": "USD", "amount": 1})),
            ("holds/release", json!({"account": "budget:marketing", "reference": "order-1"})),
            (
                "holds/capture",
                json!({"account": "budget:marketing", "reference": "order-1", "to": "bank:main"}),
            ),
        ] {
            manager.post(&format!("/api/v1/ledger/{path}"), body).await.problem(422, "budget_account");
        }
        let mut disguised = posting("funding:bank", "bank:main");
        disguised["kind"] = json!("budget.fund");
        manager.post("/api/v1/ledger/transactions", disguised).await.problem(400, "invalid_request");
        assert_eq!(budget.standing().await, [10_000, 500, 0, 9_500]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_a_reservation_would_and_changes_nothing() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        let before = budget.company.head().await;
        for (amount, currency, allowed, code) in [
            (10_000, "USD", true, Value::Null),
            (10_001, "USD", false, json!("hard_cap_exceeded")),
            (1, "EUR", false, json!("currency_mismatch")),
        ] {
            let body = json!({"amount": amount, "currency": currency});
            let told = budget.manager().post_without_key(&budget.path("/check"), body).await.ok();
            assert_eq!((&told["allowed"], &told["problem"]["code"]), (&json!(allowed), &code), "{told}");
        }
        assert_eq!(budget.company.head().await, before);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_reservations_are_made_in_one_call_all_or_each() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 1_000).await;
        let items = json!([
            {"amount": 600, "currency": "USD", "ref_id": "a"},
            {"amount": 600, "currency": "USD", "ref_id": "b"},
            {"amount": 400, "currency": "USD", "ref_id": "c"},
        ]);
        let all = budget.post("/reserve/bulk?atomic=true", items.clone()).await;
        assert_says(&all.problem(422, "hard_cap_exceeded"), &json!({"index": 1, "available": 400}), "");
        assert_eq!(budget.standing().await, [1_000, 0, 0, 1_000]);
        let each = budget.post("/reserve/bulk", items).await.created();
        let told = json!({"succeeded": 2, "failed": 1, "results": [
            {"index": 0, "status": 201, "reservation": {"ref_id": "a", "state": "open"}},
            {"index": 1, "status": 422, "problem": {"code": "hard_cap_exceeded"}},
            {"index": 2, "status": 201, "reservation": {"ref_id": "c"}, "standing": {"available": 0}},
        ]});
        assert_says(&each, &told, "");
        server.stop().await;
    }
}
