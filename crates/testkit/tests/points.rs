//! Points allocation over HTTP, on both databases.

use guerdon_testkit::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn points_go_down_three_tiers_and_add_up() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let body = json!({"tenant_id": "acme", "amount": 50_000, "reference": "invoice-1"});
        let allocated = acme.platform.post("/api/platform/allocations/allocate", body).await.created();
        assert_eq!(allocated["new_balance"], 50_000);
        assert_eq!(allocated["transaction"]["postings"][0]["from"], "issuance");

        let body = json!({"lead_id": "lead-1", "amount": 10_000, "note": "Q1"});
        let delegated = acme.manager.post("/api/allocations/distribute-to-lead", body).await.created();
        assert_eq!(
            (&delegated["pool_balance"], &delegated["lead_balance"]),
            (&json!(40_000), &json!(10_000))
        );

        let body =
            json!({"user_id": "emp-7", "amount": 1_000, "reason": "Great delivery", "category": "teamwork"});
        let awarded = acme.manager.post("/api/allocations/award-points", body).await.created();
        assert_eq!((&awarded["pool_balance"], &awarded["new_balance"]), (&json!(39_000), &json!(1_000)));
        assert_eq!(awarded["transaction"]["actor"], "mgr-1");
        assert_eq!(awarded["transaction"]["reason"], "Great delivery");
        assert_eq!(
            awarded["balances"]["pool"],
            json!({"asset":"PTS","posted":39_000,"held":0,"available":39_000})
        );

        let pool = acme.manager.get("/api/allocations/pool").await.ok();
        assert_eq!((&pool["available"], &pool["status"]), (&json!(39_000), &json!("ready")));

        let stats = acme.platform.get("/api/platform/allocations/stats/acme").await.ok();
        for (name, number) in [
            ("allocated", 50_000),
            ("clawed_back", 0),
            ("pool", 39_000),
            ("delegated", 10_000),
            ("awarded", 1_000),
            ("wallets", 1_000),
            ("lead_wallets", 10_000),
            ("held", 0),
            ("redeemed", 0),
            ("expired", 0),
            ("other", 0),
        ] {
            assert_eq!(stats[name], number, "{name}: {stats}");
        }
        assert_eq!(stats["balanced"], true);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_doors_lead_to_the_same_books() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let body = json!({"tenant_id": acme.id, "amount": 500, "reference_note": "PO 7"});
        acme.platform.post("/api/v1/points/allocate-to-tenant", body).await.created();
        let body = json!({"lead_id": "lead-1", "amount": 200});
        acme.manager.post("/points/delegate-to-lead", body).await.created();
        let body = json!({"user_id": "emp-7", "amount": 50, "message": "Thanks"});
        acme.manager.post("/v1/points/award-to-user", body).await.created();
        let body = json!({"amount": 100, "reason": "overpaid"});
        let clawed = acme.platform.post("/api/v1/points/clawback/acme", body).await.created();
        assert_eq!(clawed["new_balance"], 150);
        let stats = acme.manager.get("/api/v1/points/tenant-allocation-stats").await.ok();
        assert_eq!(
            (&stats["clawed_back"], &stats["pool"], &stats["balanced"]),
            (&json!(100), &json!(150), &json!(true))
        );
        let more = json!({"amount": 151, "reason": "too much"});
        let refused = acme.platform.post("/api/v1/points/clawback/acme", more).await;
        let refused = refused.problem(422, "insufficient_balance");
        assert_eq!((&refused["available"], &refused["requested"]), (&json!(150), &json!(151)));
        let all = json!({"tenant_id": "acme", "all": true, "reason": "contract ended"});
        let emptied = acme.platform.post("/api/platform/allocations/clawback", all).await.created();
        assert_eq!((&emptied["new_balance"], &emptied["amount"]), (&json!(0), &json!(150)));
        server.stop().await;
    }
}
