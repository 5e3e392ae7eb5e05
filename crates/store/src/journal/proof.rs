//! Proofs: what an account's balance must be by the entries and holds that stand behind it, however many they are.

use super::state::TenantState;
use crate::driver::{DbError, Transaction};
use crate::read;
use guerdon_ledger::{AccountKey, Balance};

const PROVE_POSTED: &str =
    "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT), coalesce(max(seq), 0) FROM entries
    WHERE tenant_id = $1 AND account = $2 AND asset = $3 AND seq <= $4";
const PROVE_HELD: &str =
    "SELECT CAST(coalesce(sum(amount - captured - released), 0) AS BIGINT), coalesce(max(seq), 0) FROM holds
    WHERE tenant_id = $1 AND account = $2 AND asset = $3";

/// A balance as it is kept, and as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// As it is kept.
    pub found: Balance,
    /// The sum of the entries, and of what holds reserve.
    pub proved: Balance,
    /// The transaction that touched the account last.
    pub seq: i64,
}

impl Proof {
    /// Whether it is kept right.
    pub fn holds(&self) -> bool {
        self.found == self.proved
    }
}

/// Proves the balance of an account: reads every entry of it.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn prove(tx: &mut Transaction, key: &AccountKey) -> Result<Proof, DbError> {
    let waiting = tx.waiting().await?;
    let account = [tx.tenant(), (&key.account).into(), (&key.asset).into()];
    let entries = [&account[..], &[waiting.filled_to().into()]].concat();
    let (mut posted, mut seq) = sum_and_last(tx, PROVE_POSTED, entries).await?;
    for entry in waiting.entries(key) {
        posted += entry.amount;
        seq = seq.max(entry.seq);
    }
    let (held, held_seq) = sum_and_last(tx, PROVE_HELD, account.to_vec()).await?;
    let found = read::balance(tx, key).await?;
    Ok(Proof { found, proved: Balance { posted, held }, seq: seq.max(held_seq) })
}

async fn sum_and_last(
    tx: &mut Transaction,
    sql: &'static str,
    params: Vec<crate::driver::Value>,
) -> Result<(i64, i64), DbError> {
    let rows = tx.query(sql, params).await?;
    rows.first().map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// A proof for the commands of a batch, and the balance that the lane knew as it was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) proof: Proof,
    known: Balance,
}

/// Proves the balances that commands need proved. Those balances must be loaded.
pub(super) async fn load_proofs(
    tx: &mut Transaction,
    state: &mut TenantState,
    keys: Vec<AccountKey>,
) -> Result<(), DbError> {
    for key in keys {
        let proof = prove(tx, &key).await?;
        let known = state.book.balance(&key);
        state.proofs.insert(key, Known { proof, known });
    }
    Ok(())
}

impl Known {
    /// The balance as it must be now, when it is `current` by what the lane knew: commands may have moved it since.
    pub(super) fn restored(&self, current: Balance) -> Balance {
        let Balance { posted, held } = self.proof.proved;
        Balance {
            posted: current.posted - self.known.posted + posted,
            held: current.held - self.known.held + held,
        }
    }
}

crate::statements::list! { PROVE_POSTED, PROVE_HELD }
