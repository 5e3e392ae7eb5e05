//! A tenant that is suspended or closed can be read, and cannot post.

use crate::support::{assert_says, award, company_with_points, credit};
use guerdon_testkit::{Company, Server};
use reqwest::Method;
use serde_json::{Value, json};

async fn set(acme: &Company, what: &str) -> Value {
    acme.platform.post(&format!("/api/v1/tenants/acme/{what}"), json!({"reason": "why not"})).await.body
}

async fn assert_reads(acme: &Company, status: &str) {
    for path in [
        "/allocations/pool",
        "/allocations/history/tenant",
        "/points/tenant-allocation-stats",
        "/ledger/transactions",
        "/ledger/accounts",
        "/ledger/holds",
        "/ledger/balance/emp-7",
        "/members",
        "/members/emp-7",
    ] {
        acme.manager.get(&format!("/api/v1{path}")).await.ok();
    }
    assert_eq!(acme.manager.get("/api/v1/allocations/pool").await.ok()["tenant"]["status"], status);
    assert_eq!(acme.employee.get("/api/v1/tenants/acme").await.ok()["status"], status);
}

async fn assert_posts_nothing(acme: &Company, code: &str) {
    let head = acme.head().await;
    let posting = json!({"from": "pool", "to": "wallet:emp-8", "asset": "PTS", "amount": 1});
    for (path, body) in [
        ("/allocations/award-points", award("emp-7", 1)),
        ("/points/award-to-user", award("emp-7", 1)),
        ("/allocations/distribute-to-lead", json!({"lead_id": "lead-1", "amount": 1})),
        ("/allocations/distribute-to-department", json!({"department": "d", "amount": 1})),
        ("/ledger/credit", credit("emp-7", 1)),
        ("/ledger/debit", credit("emp-7", 1)),
        ("/ledger/reverse", json!({"entry_id": "txn_2"})),
        ("/ledger/transactions", json!({"postings": [posting]})),
        ("/ledger/transactions/bulk", json!([{"postings": [posting]}])),
        ("/ledger/holds", json!({"account": "pool", "reference": "n", "amount": 1})),
        ("/ledger/holds/capture", json!({"account": "pool", "reference": "h", "to": "redeemed"})),
        ("/ledger/holds/release", json!({"account": "pool", "reference": "h"})),
        ("/members", json!({"name": "N"})),
        ("/assets", json!({"code": "MILES", "scale": 0})),
    ] {
        acme.admin.post(&format!("/api/v1{path}"), body).await.problem(422, code);
    }
    acme.admin.patch("/api/v1/members/emp-7", json!({"name": "N"})).await.problem(422, code);
    acme.admin.patch("/api/v1/tenants/acme", json!({"name": "N"})).await.problem(422, code);
    let allocate = json!({"tenant_id": "acme", "amount": 1});
    acme.platform.post("/api/v1/platform/allocations/allocate", allocate).await.problem(422, code);
    assert_eq!(acme.head().await, head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_reads_and_cannot_post_until_it_is_resumed() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        acme.manager
            .post("/api/v1/ledger/holds", json!({"account": "pool", "reference": "h", "amount": 10}))
            .await
            .created();
        assert_says(&set(&acme, "suspend").await, &json!({"status": "suspended", "version": 2}), "");
        assert_says(
            &set(&acme, "suspend").await,
            &json!({"code": "illegal_state", "state": "suspended"}),
            "",
        );
        assert_reads(&acme, "suspended").await;
        assert_posts_nothing(&acme, "tenant_suspended").await;
        // Keys can be taken back and made whatever the tenant's state: that is when it may matter most.
        acme.admin.post("/api/v1/api-keys", json!({"name": "k", "role": "auditor"})).await.created();
        let clawed = json!({"tenant_id": "acme", "amount": 40, "reason": "unpaid"});
        let clawed = acme.platform.post("/api/v1/platform/allocations/clawback", clawed).await.created();
        assert_eq!(clawed["new_balance"], 60);

        assert_says(&set(&acme, "resume").await, &json!({"status": "active"}), "");
        assert_says(&set(&acme, "resume").await, &json!({"code": "illegal_state", "state": "active"}), "");
        acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 1)).await.created();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_tenant_stays_closed_and_its_points_can_be_clawed_back() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        acme.manager
            .post("/api/v1/ledger/holds", json!({"account": "pool", "reference": "h", "amount": 10}))
            .await
            .created();
        acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 30)).await.created();
        assert_says(&set(&acme, "close").await, &json!({"status": "closed"}), "");
        for what in ["resume", "suspend", "close"] {
            assert_says(&set(&acme, what).await, &json!({"code": "illegal_state", "state": "closed"}), what);
        }
        assert_reads(&acme, "closed").await;
        assert_posts_nothing(&acme, "tenant_closed").await;
        let all = json!({"tenant_id": "acme", "all": true, "reason": "contract ended"});
        let clawed = acme.platform.post("/api/v1/platform/allocations/clawback", all.clone()).await.created();
        assert_says(&clawed, &json!({"amount": 60, "new_balance": 10}), "all but what is held");
        let nothing = acme.platform.post("/api/v1/platform/allocations/clawback", all).await;
        nothing.problem(422, "insufficient_balance");
        let stats = acme.platform.get("/api/v1/platform/allocations/stats/acme").await.ok();
        assert_says(
            &stats,
            &json!({"clawed_back": 60, "held": 10, "wallets": 30, "pool": 0, "balanced": true}),
            "",
        );
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_member_neither_gives_nor_receives() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        acme.manager
            .post("/api/v1/allocations/distribute-to-lead", json!({"lead_id": "lead-1", "amount": 10}))
            .await
            .created();
        for id in ["emp-7", "lead-1"] {
            acme.admin.patch(&format!("/api/v1/members/{id}"), json!({"status": "inactive"})).await.ok();
        }
        acme.manager
            .post("/api/v1/allocations/award-points", award("emp-7", 1))
            .await
            .problem(422, "member_inactive");
        acme.manager.post("/api/v1/ledger/credit", credit("emp-7", 1)).await.problem(422, "member_inactive");
        acme.manager
            .post("/api/v1/allocations/distribute-to-lead", json!({"lead_id": "lead-1", "amount": 1}))
            .await
            .problem(422, "member_inactive");
        let from_lead = json!({"user_id": "emp-8", "amount": 1, "from": "lead"});
        acme.lead.post("/api/v1/allocations/award-points", from_lead).await.problem(401, "unauthorized");
        acme.admin
            .send(Method::PATCH, "/api/v1/members/emp-7", &[], Some(json!({"status": "active"}).to_string()))
            .await
            .ok();
        acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 1)).await.created();
        server.stop().await;
    }
}
