//! The entries of a budget: the transactions that moved or reserved what it has, in the lists that they stand in.

use super::told::{Told, all_told};
use guerdon_ledger::{Name, Reference};
use guerdon_store::budgets::EntryKind;
use guerdon_store::driver::{DbError, Transaction};
use guerdon_store::journal::{ListName, Record};
use guerdon_store::read::{ListPage, listed};

/// Transactions that a page of one kind looks at, so that its cost has a bound.
const SEARCHED: i64 = 1_000;

/// What a transaction did to a budget.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it did.
    pub kind: EntryKind,
    /// What it says of the budget.
    pub told: Told,
    /// The transaction.
    pub record: Record,
}

/// Which entries of a budget.
#[derive(Debug, Clone)]
pub struct EntryPage<'a> {
    /// The budget.
    pub budget: &'a Name,
    /// From this transaction on.
    pub from: i64,
    /// Those before this transaction.
    pub before: i64,
    /// That did this; anything where `None`.
    pub kind: Option<EntryKind>,
    /// About this reservation; any, or none, where `None`.
    pub reference: Option<&'a Reference>,
    /// How many at most.
    pub limit: i64,
}

/// Entries that were found.
#[derive(Debug)]
pub struct FoundEntries {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Where to go on; `None` where everything was looked at.
    pub go_on_before: Option<i64>,
}

/// Entries of a budget, newest first. A page of one kind looks at a bounded number of transactions, so it may find fewer
/// than `limit` and still say where to go on; otherwise the cost is that of the page, however long the history.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn entries(tx: &mut Transaction, page: &EntryPage<'_>) -> Result<FoundEntries, DbError> {
    let list = match page.reference {
        Some(reference) => of_reference(page.budget, reference.as_str()),
        None => of_budget(page.budget),
    };
    let limit = if page.kind.is_some() { SEARCHED } else { page.limit + 1 };
    let EntryPage { from, before, .. } = *page;
    let read = listed(tx, &ListPage { list: &list, from, before, limit }).await?;
    let whole = (read.len() as i64) < limit;
    let last_read = read.last().map(|record| record.seq);
    let found = read.into_iter().filter_map(|record| Entry::of(record, page.budget));
    let mut entries: Vec<_> = found.filter(|entry| page.kind.is_none_or(|kind| entry.kind == kind)).collect();
    let more = entries.len() as i64 > page.limit;
    entries.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    let go_on_before = match more {
        true => entries.last().map(|entry| entry.record.seq),
        false => last_read.filter(|_| !whole),
    };
    Ok(FoundEntries { entries, go_on_before })
}

impl Entry {
    fn of(record: Record, budget: &Name) -> Option<Self> {
        let told = all_told(&record.kind, record.metadata.as_str()).into_iter();
        let mut found = told
            .filter(|told| told.budget == *budget)
            .filter_map(|told| Some((kind_of(&record.kind, told.did)?, told)));
        let (kind, told) = found.next()?;
        Some(Self { kind, told, record })
    }
}

/// What a kind of transaction does to a budget, where that does not say itself what it `did`; `None` where it moves and
/// reserves nothing.
pub(super) fn kind_of(kind: &str, did: Option<EntryKind>) -> Option<EntryKind> {
    let name = kind.strip_prefix("budget.")?;
    // A correction of what the books say of a budget counts as what it is reported as.
    let name = if name == "fix" { "reverse" } else { name };
    did.or_else(|| EntryKind::ALL.into_iter().find(|kind| kind.name() == name))
}

/// The lists that a transaction stands in which is an entry of a budget.
pub(crate) fn lists_of(budget: &Name, reference: Option<&str>) -> Vec<ListName> {
    let of_reference = reference.map(|reference| of_reference(budget, reference));
    [of_budget(budget)].into_iter().chain(of_reference).collect()
}

fn of_budget(budget: &Name) -> ListName {
    ListName::one("budget", budget.as_str())
}

/// No name of a budget holds a blank.
fn of_reference(budget: &Name, reference: &str) -> ListName {
    ListName::one("budget", &format!("{budget} {reference}"))
}
