//! What is read of budgets: entries, alerts, reports, forecasts.

mod alerts;
mod entries;
mod forecast;
mod reports;
mod workbooks;

use guerdon_testkit::{Answer, Company, Server};
use reqwest::Method;
use serde_json::{Value, json};

/// A company in Harare, two hours ahead of Greenwich all year.
struct Shop {
    server: Server,
    company: Company,
}

impl Shop {
    /// One on each database.
    async fn both() -> Vec<Self> {
        let mut shops = Vec::new();
        for server in Server::both().await {
            let company = server.company("acme").await;
            company.admin.patch("/api/v1/tenants/acme", json!({"time_zone": "Africa/Harare"})).await.ok();
            shops.push(Self { server, company });
        }
        shops
    }

    /// Two months of three budgets in two currencies, noticed by nobody in between. Ends at noon on 2 February, a Monday.
    async fn with_history(self) -> Self {
        self.budget("marketing", "USD", 100_000, "monthly").await;
        self.budget("offsite", "USD", 5_000, "yearly").await;
        self.budget("travel", "KWD", 9_000, "rolling").await;
        // Monday, 5 January.
        self.topup("marketing", "USD", 100_000).await;
        self.reserve("marketing", "USD", "a", 30_000).await;
        self.part("marketing", "charge", "a", 10_000).await;
        self.part("marketing", "release", "a", 5_000).await;
        self.topup("travel", "KWD", 9_000).await;
        self.reserve("travel", "KWD", "t", 2_500).await;
        // Half past midnight on the 6th, which Greenwich calls the 5th.
        self.server.move_clock_to("2026-01-05T22:30:00Z");
        self.reserve("marketing", "USD", "b", 20_000).await;
        self.part("marketing", "charge", "b", 20_000).await;
        self.post("marketing", "reverse", json!({"ref_id": "b", "reason": "returned"})).await.created();
        // The last second of January.
        self.server.move_clock_to("2026-01-31T21:59:59Z");
        self.reserve("marketing", "USD", "c", 10_000).await;
        self.server.move_clock_to("2026-02-02T10:00:00Z");
        self.topup("marketing", "USD", 50_000).await;
        self.reserve("marketing", "USD", "d", 1_000).await;
        self.part("marketing", "charge", "a", 15_000).await;
        self.topup("offsite", "USD", 5_000).await;
        self
    }

    async fn budget(&self, id: &str, currency: &str, hard_cap: i64, period: &str) {
        let body =
            json!({"id": id, "name": id, "currency": currency, "hard_cap": hard_cap, "period": period});
        self.company.manager.post("/api/v1/tenants/acme/budgets", body).await.created();
    }

    async fn post(&self, id: &str, what: &str, body: Value) -> Answer {
        self.company.manager.post(&format!("/api/v1/tenants/acme/budgets/{id}/{what}"), body).await
    }

    async fn topup(&self, id: &str, currency: &str, amount: i64) {
        self.post(id, "topup", json!({"amount": amount, "currency": currency})).await.created();
    }

    async fn reserve(&self, id: &str, currency: &str, reference: &str, amount: i64) {
        let body = json!({"amount": amount, "currency": currency, "ref_id": reference});
        self.post(id, "reserve", body).await.created();
    }

    async fn part(&self, id: &str, what: &str, reference: &str, amount: i64) {
        self.post(id, what, json!({"ref_id": reference, "amount": amount})).await.created();
    }

    async fn get(&self, path: &str) -> Value {
        self.company.manager.get(&of_acme(path)).await.ok()
    }

    /// As a list or report in another form.
    async fn accept(&self, path: &str, kind: &str) -> Answer {
        self.company.manager.send(Method::GET, &of_acme(path), &[("accept", kind)], None).await
    }

    async fn refused(&self, path: &str, pointer: &str, code: &str) {
        let told = self.company.manager.get(&of_acme(path)).await.problem(400, "invalid_request");
        let error = &told["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{path}: {told}");
    }
}

fn of_acme(path: &str) -> String {
    format!("/api/v1/tenants/acme{path}")
}
