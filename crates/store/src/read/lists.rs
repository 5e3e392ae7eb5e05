//! Lists: the transactions that stand in one, newest first.

use super::transactions::transactions_at;
use crate::driver::{DbError, Transaction};
use crate::journal::{ListName, Record};

const LIST_LISTED: &str = "SELECT seq FROM listings
    WHERE tenant_id = $1 AND list = $2 AND seq >= $3 AND seq < $4 ORDER BY seq DESC LIMIT $5";

/// Which transactions of a list.
#[derive(Debug, Clone)]
pub struct ListPage<'a> {
    /// The list.
    pub list: &'a ListName,
    /// From this transaction on.
    pub from: i64,
    /// Those before this one.
    pub before: i64,
    /// How many at most.
    pub limit: i64,
}

/// The transactions of a list, newest first. The cost is that of the page, however long the list.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn listed(tx: &mut Transaction, page: &ListPage<'_>) -> Result<Vec<Record>, DbError> {
    let tail = tx.waiting().await?;
    let waiting = tail.listed(page.list).into_iter().rev();
    let mut seqs: Vec<i64> = waiting.filter(|seq| (page.from..page.before).contains(seq)).collect();
    seqs.truncate(page.limit as usize);
    let left = page.limit - seqs.len() as i64;
    let before = page.before.min(tail.filled_to().saturating_add(1));
    let params = [tx.tenant(), page.list.into(), page.from.into(), before.into(), left.into()];
    for row in tx.query(LIST_LISTED, params).await? {
        seqs.push(row.int(0)?);
    }
    transactions_at(tx, &seqs).await
}

crate::statements::list! { LIST_LISTED }
