//! A walk through a journal, page by page, with the personal texts that stand beside its rows.

use crate::derived::PAGE;
use crate::driver::{DbError, Row, Transaction};
use crate::journal::Record;
use crate::journal::record::{LIST_RECORDS_FORWARD, LOOK_UP_RECORDS, Texts};
use std::collections::HashMap;

const LIST_TEXTS: &str = "SELECT seq, salt, body FROM journal_texts
    WHERE tenant_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq";
/// As many as fit into a page: after the last row of a journal there should be none.
const LIST_TEXTS_AFTER: &str =
    "SELECT seq, salt, body FROM journal_texts WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT 2000";

/// A salt and the texts hashed with it.
pub(super) type Salted = (String, String);

/// Where a walk has come to.
#[derive(Debug)]
pub(crate) struct Walk {
    after: i64,
    ended: bool,
}

/// Some rows of a journal, in order, and the texts of those that still have them.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    pub(super) texts: HashMap<i64, Salted>,
}

impl Walk {
    pub(crate) fn new() -> Self {
        Self { after: i64::MIN, ended: false }
    }

    /// The next page; `None` at the end.
    pub(crate) async fn next(&mut self, tx: &mut Transaction) -> Result<Option<Page>, DbError> {
        if self.ended {
            return Ok(None);
        }
        let params = [tx.tenant(), self.after.into(), (PAGE as i64).into()];
        let rows = tx.query(LIST_RECORDS_FORWARD, params).await?;
        self.ended = rows.len() < PAGE;
        let Some(last) = rows.last() else { return Ok(None) };
        let last = last.int(0)?;
        let texts = texts_of(&tx.query(LIST_TEXTS, [tx.tenant(), self.after.into(), last.into()]).await?)?;
        self.after = last;
        Ok(Some(Page { rows, texts }))
    }

    /// Texts that stand beside no row, because the journal has ended before them.
    pub(super) async fn texts_beyond(&self, tx: &mut Transaction) -> Result<Vec<i64>, DbError> {
        let rows = tx.query(LIST_TEXTS_AFTER, [tx.tenant(), self.after.into()]).await?;
        rows.iter().map(|row| Ok(row.int(0)?)).collect()
    }
}

impl Page {
    /// The record of a row, with the personal texts put back that still are there.
    pub(crate) fn record(&self, row: &Row) -> Result<Record, DbError> {
        let mut record = Record::from_row(row)?;
        if let Some((_, body)) = self.texts.get(&record.seq)
            && let Ok(texts) = serde_json::from_str::<Texts>(body)
        {
            texts.restore(&mut record.changes);
        }
        Ok(record)
    }

    /// Some transactions by their places, those that there are and that can be read.
    pub(super) async fn look_up(tx: &mut Transaction, mut seqs: Vec<i64>) -> Result<Vec<Record>, DbError> {
        seqs.sort_unstable();
        seqs.dedup();
        let wanted = seqs.iter().map(|seq| vec![(*seq).into()]).collect();
        let rows = tx.look_up(&LOOK_UP_RECORDS, wanted).await?;
        Ok(rows.iter().filter_map(|row| Record::from_row(row).ok()).collect())
    }

    /// One transaction with its texts, where it is there and can be read.
    pub(super) async fn single(tx: &mut Transaction, seq: i64) -> Result<Option<Record>, DbError> {
        let rows = tx.look_up(&LOOK_UP_RECORDS, vec![vec![seq.into()]]).await?;
        let before = seq.saturating_sub(1);
        let texts = texts_of(&tx.query(LIST_TEXTS, [tx.tenant(), before.into(), seq.into()]).await?)?;
        let page = Self { rows, texts };
        Ok(page.rows.first().and_then(|row| page.record(row).ok()))
    }
}

fn texts_of(rows: &[Row]) -> Result<HashMap<i64, Salted>, DbError> {
    rows.iter().map(|row| Ok((row.int(0)?, (row.text(1)?.to_owned(), row.text(2)?.to_owned())))).collect()
}

crate::statements::list! { LIST_TEXTS, LIST_TEXTS_AFTER }
