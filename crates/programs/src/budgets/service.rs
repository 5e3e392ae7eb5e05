//! Budgets as the rest of the program works with them: commands on the journal, the boundary of a period, refusals by
//! the hard cap.

use super::budget::{Accounts, Budget, Current, Open, document_of, period_document_of};
use super::entries::{EntryPage, entries};
use super::gathering::Gathering;
use super::period::Period;
use super::refused::Refusals;
use super::reset::Reset;
use super::reverse::ReverseCharge;
use super::system::{SYSTEM, by_system};
use super::usage::Usage;
use crate::{Error, Refusal};
use guerdon_ledger::{AccountPath, Amount, AssetCode, Balance, Name, Reference};
use guerdon_store::budgets::EntryKind;
use guerdon_store::driver::{DbError, Mode, Transaction};
use guerdon_store::journal::{Command, Envelope, ExecuteError, Journal, Receipt, Record};
use guerdon_store::{Change, Document, TenantId, read};
use jiff::Timestamp;
use std::sync::Arc;

/// Charges of a reservation that are looked at together. Few have more.
const CHARGES: i64 = 20;

/// Budgets over a journal.
#[derive(Debug, Clone)]
pub struct Budgets {
    journal: Journal,
    refusals: Refusals,
    gathering: Arc<Gathering>,
}

/// A budget as it stands.
#[derive(Debug, Clone)]
pub struct BudgetNow {
    /// Its id.
    pub id: Name,
    /// How it is configured.
    pub budget: Arc<Budget>,
    /// The version of the configuration.
    pub version: i64,
    /// When that version was made.
    pub changed_at: Timestamp,
    /// The period it is in.
    pub period: Arc<Period>,
    /// Its accounts in that period.
    pub accounts: Arc<Accounts>,
    /// How it stands.
    pub usage: Usage,
}

impl BudgetNow {
    /// A budget as the transaction that made it left it.
    pub fn of(record: &Record) -> Option<Self> {
        let mut documents = record.changes.iter().filter_map(|change| match change {
            Change::Document(document) => Some(document),
            _ => None,
        });
        let (document, period) = (documents.next()?, documents.next()?);
        let (id, budget) = (Name::new(&document.key.id).ok()?, Budget::of(document)?);
        let Current { period, accounts } = Current::of(period)?;
        Some(Self {
            id,
            usage: Usage::of(&budget, Balance::default(), Balance::default()),
            version: document.version,
            changed_at: document.recorded_at,
            period,
            accounts,
            budget,
        })
    }

    /// How the budget would stand after another reservation: a dry run of it, which changes nothing.
    ///
    /// # Errors
    /// The [`Refusal`] that the reservation would meet.
    pub fn check(&self, amount: Amount, currency: &AssetCode) -> Result<Usage, Refusal> {
        let open = Open {
            id: self.id.clone(),
            budget: self.budget.clone(),
            version: self.version,
            period: self.period.clone(),
            accounts: self.accounts.clone(),
        };
        self.usage.after_reserving(&open, amount, currency)
    }
}

impl Budgets {
    /// Budgets over a journal, with a task of their own that puts refusals on record.
    pub fn start(journal: Journal) -> Self {
        let gathering = Arc::<Gathering>::default();
        let noted = gathering.clone();
        journal.follow(move |tenant, records| noted.note(tenant, records));
        Self { refusals: Refusals::recorded_in(journal.clone()), gathering, journal }
    }

    /// Records a command on a budget. Where the budget's period is over, it is reset first.
    ///
    /// # Errors
    /// As [`Journal::execute`].
    pub async fn execute<C>(&self, envelope: Envelope, command: C) -> Result<Receipt, Error>
    where
        C: Command<Refusal = Refusal> + Clone,
    {
        let mut receipts = self.execute_all(envelope, vec![command]).await?;
        receipts.pop().ok_or_else(|| ExecuteError::Broken("no receipt for a command".to_owned()))
    }

    /// Records several commands on budgets, all or none.
    ///
    /// # Errors
    /// As [`Journal::execute_all`].
    pub async fn execute_all<C>(&self, envelope: Envelope, commands: Vec<C>) -> Result<Vec<Receipt>, Error>
    where
        C: Command<Refusal = Refusal> + Clone,
    {
        loop {
            let error = match self.journal.execute_all(envelope.clone(), commands.clone()).await {
                Ok(receipts) => return Ok(receipts),
                Err(error) => error,
            };
            match &error {
                Error::Refused { refusal: Refusal::PeriodEnded { budget, period }, .. } => {
                    self.end_period(envelope.tenant, budget, period).await?;
                }
                Error::Refused { refusal, .. } => {
                    self.refusals.note(&envelope, refusal);
                    return Err(error);
                }
                _ => return Err(error),
            }
        }
    }

    /// Resets a budget whose period is over. Of all who notice, one does it.
    ///
    /// # Errors
    /// As [`Journal::execute`].
    pub async fn end_period(&self, tenant: TenantId, budget: &Name, period: &str) -> Result<(), Error> {
        let key = format!("{SYSTEM} reset {budget} {period}");
        let reset = Reset {
            budget: budget.clone(),
            ended: Some(period.to_owned()),
            reason: Some("the period is over".to_owned()),
        };
        match self.journal.execute(by_system(tenant, key), reset).await {
            Err(Error::Refused { refusal: Refusal::NotDue, .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reverses what was charged for a reference: the charge that is named, or else the last that was not reversed.
    ///
    /// # Errors
    /// [`Refusal::NothingToReverse`], or as [`Journal::execute`].
    pub async fn reverse(
        &self,
        envelope: Envelope,
        budget: &Name,
        reference: &Reference,
        charge: Option<i64>,
        reason: Option<String>,
    ) -> Result<Receipt, Error> {
        let seq = match charge {
            Some(seq) => seq,
            None => self.last_charge(envelope.tenant, budget, reference).await?,
        };
        self.execute(envelope, ReverseCharge { budget: budget.clone(), seq, reason }).await
    }

    /// The last charge for a reference that was not reversed; where all were, the last: repeating the call that reversed
    /// it must come to the same.
    async fn last_charge(
        &self,
        tenant: TenantId,
        budget: &Name,
        reference: &Reference,
    ) -> Result<i64, Error> {
        let mut tx = self.journal.database().begin(tenant, Mode::Read).await?;
        let (mut last, mut before) = (None, Some(i64::MAX));
        while let Some(end) = before {
            let (kind, reference) = (Some(EntryKind::Charge), Some(reference));
            let page = EntryPage { budget, from: 0, before: end, kind, reference, limit: CHARGES };
            let found = entries(&mut tx, &page).await?;
            for seq in found.entries.iter().map(|entry| entry.record.seq) {
                if read::reversal_of(&mut tx, seq).await?.is_none() {
                    return Ok(seq);
                }
                last = last.or(Some(seq));
            }
            before = found.go_on_before;
        }
        last.ok_or_else(|| Refusal::NothingToReverse { reference: reference.clone() }.into_error())
    }

    /// A budget as it stands; one whose period is over is reset first, where the tenant may post.
    ///
    /// # Errors
    /// [`Refusal::BudgetNotFound`], or as the database says.
    pub async fn get(&self, tenant: TenantId, id: &Name) -> Result<BudgetNow, Error> {
        let found = self.find(tenant, id).await?;
        let ended = |now: &BudgetNow| now.period.has_ended(self.journal.clock().now());
        match found {
            Some(now) if ended(&now) => {
                match self.end_period(tenant, id, &now.period.name).await {
                    Ok(()) => self.find(tenant, id).await?,
                    // It is shown as it stands: it cannot be reset before the tenant is active again.
                    Err(Error::TenantNotActive(_)) => Some(now),
                    Err(error) => return Err(error),
                }
            }
            found => found,
        }
        .ok_or_else(|| Refusal::BudgetNotFound(id.clone()).into_error())
    }

    async fn find(&self, tenant: TenantId, id: &Name) -> Result<Option<BudgetNow>, DbError> {
        let mut tx = self.journal.database().begin(tenant, Mode::Read).await?;
        match read::document(&mut tx, &document_of(id)).await? {
            Some(document) => now(&mut tx, document).await,
            None => Ok(None),
        }
    }

    /// Budgets in the order of their ids, those after one.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn list(&self, tenant: TenantId, after: &str, limit: i64) -> Result<Vec<BudgetNow>, DbError> {
        budgets_after(&mut self.journal.database().begin(tenant, Mode::Read).await?, after, limit).await
    }

    /// The journal beneath.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn gathering(&self) -> &Gathering {
        &self.gathering
    }
}

/// Budgets in the order of their ids, those after one.
pub(super) async fn budgets_after(
    tx: &mut Transaction,
    after: &str,
    limit: i64,
) -> Result<Vec<BudgetNow>, DbError> {
    let mut budgets = Vec::new();
    for document in read::documents(tx, super::BUDGET, after, limit).await? {
        budgets.extend(now(tx, document).await?);
    }
    Ok(budgets)
}

/// The budget of a document as it stands.
async fn now(tx: &mut Transaction, document: Document) -> Result<Option<BudgetNow>, DbError> {
    let Ok(id) = Name::new(&document.key.id) else { return Ok(None) };
    let period = read::document(tx, &period_document_of(&id)).await?;
    let current = period.and_then(|period| Current::of(&period));
    let (Some(budget), Some(Current { period, accounts })) = (Budget::of(&document), current) else {
        return Ok(None);
    };
    let key = |account: &AccountPath| account.clone().in_asset(&budget.currency);
    let [there, spent] = [&accounts.budget, &accounts.spent].map(key);
    let (there, spent) = (read::balance(tx, &there).await?, read::balance(tx, &spent).await?);
    Ok(Some(BudgetNow {
        usage: Usage::of(&budget, there, spent),
        version: document.version,
        changed_at: document.recorded_at,
        id,
        budget,
        period,
        accounts,
    }))
}
