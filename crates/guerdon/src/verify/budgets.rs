//! `guerdon verify --budgets`: every budget of every tenant reconciled.

use crate::out::{counted, table};
use comfy_table::{Cell, Color};
use guerdon_programs::budgets::{Reconciliation, reconcile_tenant};
use guerdon_store::directory;
use guerdon_store::driver::{Database, DbError};
use owo_colors::OwoColorize;
use serde::Serialize;

/// Tenants that are read at a time.
const PAGE: i64 = 200;

/// What became of the budgets.
#[derive(Debug, Default, Serialize)]
pub(super) struct Budgets {
    /// How many there are.
    reconciled: usize,
    /// The accounts that are kept otherwise than their entries say.
    wrong: Vec<Wrong>,
}

/// An account of a budget, as it is kept and as it must be, in minor units.
#[derive(Debug, Serialize)]
struct Wrong {
    tenant: String,
    budget: String,
    account: String,
    currency: String,
    balance: i64,
    ledger: i64,
    held: i64,
    reservations: i64,
}

impl Budgets {
    /// Reconciles the budgets of all tenants.
    pub(super) async fn look(database: &Database) -> Result<Self, DbError> {
        let (mut budgets, mut after) = (Self::default(), String::new());
        loop {
            let tenants = directory::list_tenants(database, &after, PAGE).await?;
            for tenant in &tenants {
                for reconciled in reconcile_tenant(database, tenant.id).await? {
                    budgets.add(tenant.slug.as_str(), &reconciled);
                }
            }
            match tenants.last().filter(|_| tenants.len() as i64 == PAGE) {
                Some(last) => last.slug.as_str().clone_into(&mut after),
                None => return Ok(budgets),
            }
        }
    }

    fn add(&mut self, tenant: &str, reconciled: &Reconciliation) {
        self.reconciled += 1;
        let wrong = reconciled.accounts.iter().filter(|account| !account.proof.holds());
        self.wrong.extend(wrong.map(|account| Wrong {
            tenant: tenant.to_owned(),
            budget: reconciled.id.to_string(),
            account: account.account.to_string(),
            currency: reconciled.currency.to_string(),
            balance: account.proof.found.posted,
            ledger: account.proof.proved.posted,
            held: account.proof.found.held,
            reservations: account.proof.proved.held,
        }));
    }

    /// Whether each is kept as its entries say.
    pub(super) fn are_right(&self) -> bool {
        self.wrong.is_empty()
    }

    /// In words for a person.
    pub(super) fn told(&self) -> String {
        let looked = counted(self.reconciled as u64, "budget", "budgets");
        if self.are_right() {
            return format!("{} What is kept of {looked} is what the entries say.", "✔".green().bold());
        }
        let rows = self.wrong.iter().map(|wrong| {
            [
                Cell::new(&wrong.tenant),
                Cell::new(&wrong.budget),
                Cell::new(&wrong.account).fg(Color::Red),
                Cell::new(&wrong.currency),
                Cell::new(wrong.balance),
                Cell::new(wrong.ledger),
                Cell::new(wrong.held),
                Cell::new(wrong.reservations),
            ]
        });
        let headers =
            ["tenant", "budget", "account", "currency", "kept", "entries say", "held", "reservations say"];
        let rows = table(&headers, rows);
        let fix = "put it right with POST /api/v1/tenants/{tenant}/budgets/{id}/fix";
        format!("{rows}\n\n{} Of {looked} not all are kept as the entries say: {fix}.", "✘".red().bold())
    }
}
