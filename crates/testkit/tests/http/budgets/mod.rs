//! Budgets: funded, reserved, charged, released, reversed, under caps, by periods; reconciled and put right.

mod at_once;
mod config;
mod life;
mod periods;
mod reconcile;
mod sql;

use guerdon_testkit::{Answer, Client, Company, Server};
use reqwest::Method;
use serde_json::{Value, json};

/// A budget of a company, and who works with it.
pub struct Budget {
    pub company: Company,
    path: String,
}

impl Budget {
    /// A monthly budget in US dollars, funded with as much as its hard cap.
    pub async fn of(server: &Server, hard_cap: i64) -> Self {
        let body = json!({"id": "marketing", "name": "Marketing", "currency": "USD", "hard_cap": hard_cap,
            "soft_cap": hard_cap * 8 / 10, "period": "monthly"});
        let budget = Self::made(server, body).await;
        budget.topup(hard_cap).await.created();
        budget
    }

    /// A budget as a body says, of a new company.
    pub async fn made(server: &Server, body: Value) -> Self {
        Self::made_in(server, "acme", body).await
    }

    /// A budget as a body says, of a new company of that name.
    pub async fn made_in(server: &Server, slug: &str, body: Value) -> Self {
        let company = server.company(slug).await;
        company.manager.post(&format!("/api/v1/tenants/{slug}/budgets"), body.clone()).await.created();
        let path = format!("/api/v1/tenants/{slug}/budgets/{}", body["id"].as_str().expect("an id"));
        Self { company, path }
    }

    pub fn path(&self, what: &str) -> String {
        format!("{}{what}", self.path)
    }

    pub fn manager(&self) -> &Client {
        &self.company.manager
    }

    pub async fn post(&self, what: &str, body: Value) -> Answer {
        self.manager().post(&self.path(what), body).await
    }

    pub async fn get(&self, what: &str) -> Value {
        self.manager().get(&self.path(what)).await.ok()
    }

    /// Changes the configuration, whichever version stands.
    pub async fn patch(&self, body: Value) -> Answer {
        let headers = [("if-match", "*")];
        self.manager().send(Method::PATCH, &self.path(""), &headers, Some(body.to_string())).await
    }

    pub async fn topup(&self, amount: i64) -> Answer {
        self.post("/topup", json!({"amount": amount, "currency": "USD"})).await
    }

    pub async fn reserve(&self, reference: &str, amount: i64) -> Answer {
        self.post("/reserve", json!({"amount": amount, "currency": "USD", "ref_id": reference})).await
    }

    pub async fn charge(&self, reference: &str, amount: Option<i64>) -> Answer {
        self.post("/charge", part(reference, amount)).await
    }

    pub async fn release(&self, reference: &str, amount: Option<i64>) -> Answer {
        self.post("/release", part(reference, amount)).await
    }

    /// What is funded, reserved, charged and available.
    pub async fn standing(&self) -> [i64; 4] {
        let told = self.get("/utilization").await;
        ["funded", "reserved", "charged", "available"].map(|name| told[name].as_i64().expect(name))
    }
}

fn part(reference: &str, amount: Option<i64>) -> Value {
    match amount {
        Some(amount) => json!({"ref_id": reference, "amount": amount}),
        None => json!({"ref_id": reference}),
    }
}
