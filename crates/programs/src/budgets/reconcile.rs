//! Reconciliation: what is kept of a budget against what its entries say; and putting it right.

use super::budget::{Accounts, documents_of, open, standing};
use super::note::{Note, Noted};
use super::service::{BudgetNow, Budgets, budgets_after};
use super::system::by_system;
use super::told::{Correction, Operation, Told};
use super::usage::Usage;
use crate::{Error, Refusal};
use guerdon_ledger::{AccountKey, AccountPath, AssetCode, Movement, Name};
use guerdon_store::TenantId;
use guerdon_store::budgets::{Amounts, budget_totals};
use guerdon_store::driver::{Database, DbError, Mode, Transaction};
use guerdon_store::journal::{Command, Decision, Needs, Proof, Seen, prove};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An account of a budget, as it is kept and as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The account.
    pub account: AccountPath,
    /// Both balances.
    pub proof: Proof,
}

/// A budget reconciled. Amounts are in minor units.
#[derive(Debug, Clone)]
pub struct Reconciliation {
    /// Its id.
    pub id: Name,
    /// What it is counted in.
    pub currency: AssetCode,
    /// What it may still use, what its period spent, and where its funds came from.
    pub accounts: [Proved; 3],
    /// What its entries come to, by kind, since it was made.
    pub totals: Amounts,
}

impl Reconciliation {
    /// Whether everything is kept right.
    pub fn holds(&self) -> bool {
        self.accounts.iter().all(|account| account.proof.holds())
    }

    /// By how much what is kept of the budget is more than its entries say, summed over its accounts without sign.
    pub fn discrepancy(&self) -> i64 {
        self.accounts.iter().map(|account| off_by(&account.proof)).sum()
    }
}

fn off_by(proof: &Proof) -> i64 {
    let Proof { found, proved, .. } = proof;
    (found.posted - proved.posted).abs() + (found.held - proved.held).abs()
}

impl Budgets {
    /// Reconciles a budget: reads every entry of its accounts.
    ///
    /// # Errors
    /// [`Refusal::BudgetNotFound`], or as the database says.
    pub async fn reconcile(&self, tenant: TenantId, id: &Name) -> Result<Reconciliation, Error> {
        self.follow(tenant).await?;
        let now = self.get(tenant, id).await?;
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        Ok(reconciled(&mut tx, &now).await?)
    }

    /// Reconciles all budgets of a tenant, in the order of their ids.
    ///
    /// # Errors
    /// As the database says.
    pub async fn reconcile_all(&self, tenant: TenantId) -> Result<Vec<Reconciliation>, Error> {
        self.follow(tenant).await?;
        Ok(reconcile_tenant(self.journal().database(), tenant).await?)
    }
}

impl Budgets {
    /// Reconciles all budgets of a tenant and puts each discrepancy on record, once a day for a budget, from where it
    /// becomes an alert. Answers how many budgets were reconciled.
    ///
    /// # Errors
    /// As the database says, or as the journal does.
    pub async fn reconcile_and_note(&self, tenant: TenantId) -> Result<u64, Error> {
        let reconciled = self.reconcile_all(tenant).await?;
        for wrong in reconciled.iter().filter(|one| !one.holds()) {
            let (budget, discrepancy) = (wrong.id.clone(), wrong.discrepancy());
            tracing::error!(%tenant, %budget, discrepancy, "what is kept of a budget is not what its entries say");
            let day = self.journal().clock().now().to_zoned(TimeZone::UTC).date();
            let key = format!("discrepancy {budget} {day}");
            self.journal()
                .execute(by_system(tenant, key), Note { budget, what: Noted::Discrepancy(discrepancy) })
                .await?;
        }
        Ok(reconciled.len() as u64)
    }
}

/// Reconciles all budgets of a tenant, in the order of their ids. Only reads, so it can be done beside a running server.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn reconcile_tenant(database: &Database, tenant: TenantId) -> Result<Vec<Reconciliation>, DbError> {
    const PAGE: i64 = 200;
    let (mut reconciliations, mut after) = (Vec::new(), String::new());
    loop {
        let mut tx = database.begin(tenant, Mode::Read).await?;
        let budgets = budgets_after(&mut tx, &after, PAGE).await?;
        for budget in &budgets {
            reconciliations.push(reconciled(&mut tx, budget).await?);
        }
        match budgets.last().filter(|_| budgets.len() as i64 == PAGE) {
            Some(last) => after = last.id.to_string(),
            None => return Ok(reconciliations),
        }
    }
}

async fn reconciled(tx: &mut Transaction, now: &BudgetNow) -> Result<Reconciliation, DbError> {
    let Accounts { budget, spent, funding } = now.accounts.as_ref();
    let mut proved = async |account: &AccountPath| {
        let proof = prove(tx, &account.clone().in_asset(&now.budget.currency)).await?;
        Ok::<_, DbError>(Proved { account: account.clone(), proof })
    };
    let accounts = [proved(budget).await?, proved(spent).await?, proved(funding).await?];
    let totals = budget_totals(tx, now.id.as_str()).await?;
    Ok(Reconciliation { id: now.id.clone(), currency: now.budget.currency.clone(), accounts, totals })
}

/// Puts what is kept of a budget right, as its entries say. Nothing moves: the entry says what was wrong, by how much,
/// and who saw to it.
#[derive(Debug, Clone)]
pub struct Fix {
    /// Which budget.
    pub budget: Name,
    /// What happened, in the words of whoever puts it right.
    pub note: String,
}

impl Command for Fix {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        let proofs = open(seen, &self.budget).map(|open| open.all_keys()).unwrap_or_default();
        Needs { proofs, ..standing(seen, &self.budget) }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open(seen, &self.budget)?;
        let wrong = |key: AccountKey| {
            let proof = seen.proof(&key).filter(|proof| !proof.holds())?;
            Some((key, *proof))
        };
        let wrong: Vec<_> = open.all_keys().into_iter().filter_map(wrong).collect();
        if wrong.is_empty() {
            return Err(Refusal::NothingToFix(self.budget.clone()));
        }
        let proved = |account: &AccountPath| {
            let key = account.clone().in_asset(&open.budget.currency);
            seen.proof(&key).map(|proof| proof.proved).unwrap_or_default()
        };
        let usage = Usage::of(&open.budget, proved(&open.accounts.budget), proved(&open.accounts.spent));
        let operation = Operation {
            kind: "budget.fix",
            reference: None,
            amount: wrong.iter().map(|(_, proof)| off_by(proof)).sum(),
            before: &usage,
            after: usage,
            movement: Movement::default(),
        };
        let corrections = wrong.iter().map(|(key, proof)| Correction {
            account: key.account.clone(),
            found: proof.found,
            restored: proof.proved,
        });
        let corrections = corrections.collect();
        let decision = operation.decide_and_tell(&open, seen, at, |told| Told { corrections, ..told });
        let restored = wrong.into_iter().map(|(key, _)| key).collect();
        Ok(Decision { reason: Some(self.note.clone()), restored, ..decision })
    }
}
