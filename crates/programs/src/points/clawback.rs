//! The platform takes points back: `pool` → `issuance`. Works while the tenant is suspended or closed, for that is when
//! it is needed most.

use super::allocate::points_move;
use crate::Refusal;
use guerdon_ledger::{AccountPath, Amount, AssetCode};
use guerdon_store::TenantStatus;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Takes points back from the company's pool. More than the pool has is refused.
#[derive(Debug)]
pub struct Clawback {
    /// How many points; all that the pool has free where `None`.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for Clawback {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let points = AssetCode::points();
        let accounts = vec![AccountPath::issuance().in_asset(&points), AccountPath::pool().in_asset(&points)];
        Needs { accounts, ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let pool = AccountPath::pool().in_asset(&AssetCode::points());
        let available = seen.balance(&pool).available();
        let nothing = |_| guerdon_ledger::Refusal::InsufficientBalance {
            account: pool.account.clone(),
            asset: pool.asset.clone(),
            available,
            requested: 1,
        };
        let amount = self.amount.map_or_else(|| Amount::new(available).map_err(nothing), Ok)?;
        Ok(Decision {
            kind: "clawback".to_owned(),
            movement: points_move(AccountPath::pool(), AccountPath::issuance(), amount)?,
            reason: self.reason.clone(),
            ..Decision::default()
        })
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}
