//! What is kept of a budget against what its entries say.

use super::Budget;
use crate::support::assert_says;
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_testkit::Server;
use serde_json::json;

/// Edits the database by hand.
async fn tamper(server: &Server, sql: &str) {
    let mut tx = server.database.begin(TenantId::PLATFORM, Mode::Owner).await.expect("a transaction");
    tx.run_script(sql).await.expect(sql);
    tx.commit().await.expect("a commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_reconciles_and_its_totals_tell_why() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        budget.reserve("order-1", 3_000).await.created();
        budget.charge("order-1", Some(2_000)).await.created();
        budget.release("order-1", None).await.created();
        budget.reserve("order-2", 500).await.created();
        budget.post("/reverse", json!({"ref_id": "order-1"})).await.created();
        let told = budget.manager().post_without_key(&budget.path("/reconcile"), json!({})).await.ok();
        let expected = json!({"budget_id": "marketing", "balance": 10_000, "ledger": 10_000, "discrepancy": 0,
            "balanced": true,
            "totals": {"fund": 10_000, "reserve": 3_500, "charge": 2_000, "release": 1_000, "reverse": 2_000, "reset": 0},
            "accounts": [
                {"account": "budget:marketing", "balance": 10_000, "ledger": 10_000, "held": 500, "reservations": 500},
                {"account": "spent:marketing:2026-01", "balance": 0, "ledger": 0, "balanced": true},
                {"account": "funding:marketing", "balance": -10_000, "ledger": -10_000, "balanced": true}]});
        assert_says(&told, &expected, "");
        let all =
            budget.manager().post_without_key("/api/v1/tenants/acme/budgets/reconcile", json!({})).await.ok();
        assert_says(&all, &json!({"budgets": 1, "balanced": 1, "discrepancies": []}), "");
        budget.post("/fix", json!({"note": "to be sure"})).await.problem(409, "nothing_to_fix");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_edited_by_hand_is_found_reported_fixed_and_on_the_audit_trail() {
    for server in Server::both().await {
        let budget = Budget::of(&server, 10_000).await;
        budget.reserve("order-1", 3_000).await.created();
        budget.charge("order-1", Some(2_000)).await.created();
        tamper(&server, "UPDATE balances SET posted = posted + 777 WHERE account = 'budget:marketing'").await;
        let found = json!({"balance": 8_777, "ledger": 8_000, "discrepancy": 777, "balanced": false});
        let told = budget.manager().post_without_key(&budget.path("/reconcile"), json!({})).await.ok();
        assert_says(&told, &found, "one");
        let path = "/api/v1/platform/budgets/reconcile";
        let all = server.platform().post_without_key(path, json!({})).await.ok();
        assert_says(&all, &json!([{"budgets": 1, "balanced": 0, "discrepancies": [found]}]), "the platform");
        budget.manager().post_without_key(path, json!({})).await.problem(403, "forbidden");
        // The worker reconciles once a day, and alerts.
        let jobs = server.platform().post_without_key("/api/v1/platform/jobs/run", json!({})).await.ok();
        assert!(jobs.to_string().contains("budgets.reconcile"), "{jobs}");
        let alerts = budget.manager().get("/api/v1/tenants/acme/alerts?level=critical").await.ok();
        let alert = json!({"kind": "discrepancy", "budget_id": "marketing", "discrepancy": 777});
        assert_says(&alerts["data"], &json!([alert]), "alerts");
        let note = json!({"note": "edited by hand, ticket 4711"});
        let fixed = budget.manager().post_with_key(&budget.path("/fix"), "fix", note.clone()).await;
        let text = fixed.text.clone();
        let told = json!({"transaction": {"kind": "budget.fix", "actor": "mgr-1", "postings": [],
                "reason": "edited by hand, ticket 4711", "metadata": {"amount": 777, "corrections": [
                    {"account": "budget:marketing", "found": {"posted": 8_777, "held": 1_000},
                        "restored": {"posted": 8_000, "held": 1_000}}]}},
            "standing": {"funded": 10_000, "reserved": 1_000, "charged": 2_000}});
        assert_says(&fixed.created(), &told, "fixed");
        assert_eq!(budget.manager().post_with_key(&budget.path("/fix"), "fix", note).await.text, text);
        assert_eq!(budget.standing().await, [10_000, 1_000, 2_000, 7_000]);
        let after = json!({"balanced": true, "discrepancy": 0, "totals": {"fund": 10_000, "reverse": 0}});
        let told = budget.manager().post_without_key(&budget.path("/reconcile"), json!({})).await.ok();
        assert_says(&told, &after, "afterwards");
        let audit = budget.company.admin.get("/api/v1/audit?limit=1").await.ok();
        assert_says(&audit["data"][0], &json!({"kind": "budget.fix", "actor": "mgr-1"}), "audit");
        let verified = guerdon_store::verify::verify(&server.database, &mut |_| {}).await.expect("a report");
        assert!(verified.is_clean(), "{verified:?}");
        budget.charge("order-1", None).await.created();
        assert_eq!(budget.standing().await, [10_000, 0, 3_000, 7_000]);
        server.stop().await;
    }
}
