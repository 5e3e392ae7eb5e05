//! The platform gives a company points: `issuance` → `pool`.

use crate::Refusal;
use guerdon_ledger::{AccountPath, Amount, AssetCode, Movement, Posting};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Allocates points to the company's pool.
#[derive(Debug)]
pub struct Allocate {
    /// How many points.
    pub amount: Amount,
    /// What it is about: an invoice, an order.
    pub reference: Option<String>,
}

impl Command for Allocate {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let points = AssetCode::points();
        let accounts = vec![AccountPath::issuance().in_asset(&points), AccountPath::pool().in_asset(&points)];
        Needs { accounts, ..Needs::default() }
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        Ok(Decision {
            kind: "allocate".to_owned(),
            movement: points_move(AccountPath::issuance(), AccountPath::pool(), self.amount)?,
            reference: self.reference.clone(),
            ..Decision::default()
        })
    }
}

/// The movement of points from one account to another.
pub(super) fn points_move(from: AccountPath, to: AccountPath, amount: Amount) -> Result<Movement, Refusal> {
    let posting = Posting::new(from, to, AssetCode::points(), amount)
        .map_err(|_| Refusal::Forbidden("points move between two different accounts"))?;
    Ok(Movement { postings: vec![posting], ..Movement::default() })
}
