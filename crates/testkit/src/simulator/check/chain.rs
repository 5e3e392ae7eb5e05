//! The journal's own order: no gaps, an unbroken chain of hashes over the rows as they are stored, times that never go
//! back, texts that are what their hashes say.

use super::{Case, PAGE};
use guerdon_ledger::chain::Hash;
use guerdon_store::driver::{DbError, Row, Transaction, Value};

const ROWS: &str =
    "SELECT seq, kind, actor, idempotency_key, fingerprint, recorded_at, effective_at, reason, reference,
        postings, balances, holds, changes, metadata, reverses, lists, texts_hash, hash
    FROM journal WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const RECORDED_AT: usize = 5;
const HASH: usize = 17;
const HEAD: &str = "SELECT seq, hash, recorded_at FROM heads WHERE tenant_id = $1";
const TEXTS: &str = "SELECT j.seq, j.texts_hash, t.salt, t.body FROM journal AS j
    LEFT JOIN journal_texts AS t ON t.tenant_id = $1 AND t.seq = j.seq
    WHERE j.tenant_id = $1 AND (j.texts_hash IS NOT NULL OR t.seq IS NOT NULL) ORDER BY j.seq";

pub(super) async fn check(tx: &mut Transaction, case: &Case<'_>) -> Result<Vec<String>, DbError> {
    let mut wrong = Vec::new();
    let (mut seq, mut hash, mut time) = (0, Hash::GENESIS, i64::MIN);
    loop {
        let rows = tx.query(ROWS, [tx.tenant(), seq.into(), PAGE.into()]).await?;
        for row in &rows {
            seq += 1;
            if row.int(0)? != seq {
                wrong.push(format!("after {} comes {}", seq - 1, row.int(0)?));
                return Ok(wrong);
            }
            hash = next(case, row, hash);
            if row.text(HASH)? != hash.to_hex() {
                wrong.push(format!("the hash of {seq} is not that of its row and those before it"));
                return Ok(wrong);
            }
            if row.int(RECORDED_AT)? < time {
                wrong.push(format!("{seq} was recorded before {}", seq - 1));
            }
            time = row.int(RECORDED_AT)?;
        }
        if rows.len() < PAGE as usize {
            break;
        }
    }
    let head = tx.query(HEAD, [tx.tenant()]).await?;
    let expected = [Value::Int(seq), hash.to_hex().into(), Value::Int(time)];
    if head.first().map(Row::values) != Some(&expected[..]) {
        wrong.push(format!("the head is {head:?}, the journal ends with {expected:?}"));
    }
    for row in tx.query(TEXTS, [tx.tenant()]).await? {
        let told = row.text_or_null(1)?.map(str::to_owned);
        let beside = row.text_or_null(2)?.zip(row.text_or_null(3)?);
        if told != beside.map(|(salt, body)| Hash::of(format!("{salt}{body}").as_bytes()).to_hex()) {
            wrong.push(format!("the texts beside {} are not those of its hash", row.int(0)?));
        }
    }
    Ok(wrong)
}

/// The hash of a row after another, as an auditor computes it from the columns alone.
fn next(case: &Case<'_>, row: &Row, previous: Hash) -> Hash {
    let columns = row.values()[..HASH].iter().map(|value| match value {
        Value::Null => "\0".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
    });
    let fields: Vec<String> = std::iter::once(case.id.to_string()).chain(columns).collect();
    previous.next(fields.iter().map(String::as_bytes))
}
