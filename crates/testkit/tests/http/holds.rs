//! The life of a hold: reserved, captured in parts, released, resolved for ever.

use crate::support::{assert_says, company_with_points};
use guerdon_testkit::{Answer, Company, Server};
use serde_json::{Value, json};

async fn hold(acme: &Company, what: &str, body: Value) -> Answer {
    acme.manager.post(&format!("/api/v1/ledger/holds{what}"), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_captured_in_parts_and_the_rest_released() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let placed =
            hold(&acme, "", json!({"account": "pool", "reference": "order-1", "amount": 500, "reason": "r"}))
                .await;
        let placed = placed.created();
        assert_says(
            &placed,
            &json!({
                "transaction": {"kind": "hold", "reference": "order-1", "reason": "r", "postings": []},
                "balances": {"pool": {"posted": 1000, "held": 500, "available": 500}},
                "hold": {"account": "pool", "asset": "PTS", "amount": 500, "captured": 0, "released": 0,
                    "remaining": 500, "status": "open", "expires_at": null},
            }),
            "",
        );
        let part = json!({"account": "pool", "reference": "order-1", "to": "redeemed", "amount": 200});
        let captured = hold(&acme, "/capture", part).await.created();
        assert_says(
            &captured,
            &json!({
                "transaction": {"kind": "capture", "postings": [{"from": "pool", "to": "redeemed", "amount": 200}]},
                "balances": {"pool": {"posted": 800, "held": 300, "available": 500}, "redeemed": {"posted": 200}},
                "hold": {"captured": 200, "remaining": 300, "status": "open"},
            }),
            "",
        );
        let more = hold(
            &acme,
            "/capture",
            json!({"account": "pool", "reference": "order-1", "to": "redeemed", "amount": 301}),
        )
        .await;
        assert_says(&more.problem(422, "hold_too_small"), &json!({"available": 300, "requested": 301}), "");
        let rest =
            hold(&acme, "/release", json!({"account": "pool", "reference": "order-1"})).await.created();
        assert_says(
            &rest,
            &json!({"transaction": {"kind": "release", "postings": []},
            "balances": {"pool": {"posted": 800, "held": 0}},
            "hold": {"captured": 200, "released": 300, "remaining": 0, "status": "captured"}}),
            "",
        );
        let listed = acme.manager.get("/api/v1/ledger/holds?account=pool").await.ok();
        assert_says(
            &listed["data"],
            &json!([{"reference": "order-1", "status": "captured",
            "placed_by": placed["transaction"]["id"]}]),
            "",
        );
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hold_does_not_allow_is_refused_and_leaves_no_trace() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let key = |reference: &str| json!({"account": "pool", "reference": reference});
        let with = |reference: &str, name: &str, value: Value| {
            let mut body = key(reference);
            body[name] = value;
            body
        };
        hold(&acme, "", with("a", "amount", json!(100))).await.created();
        hold(&acme, "", with("b", "amount", json!(100))).await.created();
        hold(&acme, "/release", key("b")).await.created();
        hold(&acme, "", with("c", "amount", json!(100))).await.created();
        hold(&acme, "/capture", with("c", "to", json!("redeemed"))).await.created();
        let mut brief = with("d", "amount", json!(100));
        brief["expires_at"] = json!("2026-01-05T10:00:00Z");
        hold(&acme, "", brief).await.created();
        server.move_clock_to("2026-01-05T10:00:00Z");

        let head = acme.head().await;
        let cases = [
            ("", with("a", "amount", json!(5)), 409, "hold_exists", json!({})),
            ("", with("b", "amount", json!(5)), 409, "hold_exists", json!({})),
            (
                "",
                with("e", "amount", json!(701)),
                422,
                "insufficient_balance",
                json!({"account": "pool", "asset": "PTS", "available": 700, "requested": 701}),
            ),
            ("", json!({"account": "issuance", "reference": "e", "amount": 5}), 403, "forbidden", json!({})),
            (
                "",
                json!({"account": "pool", "reference": "e", "asset": "NOPE", "amount": 5}),
                422,
                "unknown_asset",
                json!({}),
            ),
            ("/capture", with("z", "to", json!("redeemed")), 404, "hold_not_found", json!({})),
            ("/release", key("z"), 404, "hold_not_found", json!({})),
            (
                "/capture",
                with("b", "to", json!("redeemed")),
                409,
                "hold_resolved",
                json!({"state": "released"}),
            ),
            ("/release", key("b"), 409, "hold_resolved", json!({"state": "released"})),
            (
                "/capture",
                with("c", "to", json!("redeemed")),
                409,
                "hold_resolved",
                json!({"state": "captured"}),
            ),
            ("/release", key("c"), 409, "hold_resolved", json!({"state": "captured"})),
            (
                "/release",
                with("a", "amount", json!(101)),
                422,
                "hold_too_small",
                json!({"available": 100, "requested": 101}),
            ),
            ("/capture", with("a", "to", json!("pool")), 422, "same_account", json!({})),
            ("/capture", with("a", "to", json!("issuance")), 403, "platform_only", json!({})),
            (
                "/capture",
                with("d", "to", json!("redeemed")),
                409,
                "hold_expired",
                json!({"expires_at": "2026-01-05T10:00:00Z"}),
            ),
        ];
        for (what, body, status, code, says) in cases {
            let told = format!("{what} {body}");
            assert_says(&hold(&acme, what, body).await.problem(status, code), &says, &told);
        }
        assert_eq!(acme.head().await, head);
        hold(&acme, "/release", key("d")).await.created();
        let awarded = json!({"user_id": "emp-7", "amount": 801});
        let refused = acme.manager.post("/api/v1/allocations/award-points", awarded).await;
        assert_says(
            &refused.problem(422, "insufficient_balance"),
            &json!({"available": 800}),
            "held points are not given",
        );
        server.stop().await;
    }
}
