//! What the journal says of budgets, kept so that reports need not read it: daily totals, alerts. A projection
//! writes these tables, and they can be made again from the journal at any time.

mod alerts;
mod days;
mod records;

pub use alerts::{Alert, alerts_before, put_alerts};
pub use days::{Amounts, BudgetDay, add_days, budget_days, budget_totals, last_days_before, sums_of_days};
pub use records::{BudgetRecord, EntryKind, budget_records};

use crate::driver::{DbError, Transaction};

const CLEAR_DAYS: &str = "DELETE FROM budget_days WHERE tenant_id = $1";
const CLEAR_ALERTS: &str = "DELETE FROM alerts WHERE tenant_id = $1";
const CLEAR_EVENTS: &str = "DELETE FROM webhook_events WHERE tenant_id = $1";
const FORGET_CURSORS: &str = "DELETE FROM cursors WHERE tenant_id = $1";

/// Empties the tables of a tenant and sets the cursors back, so that everything is made again.
pub(crate) async fn clear(tx: &mut Transaction) -> Result<(), DbError> {
    for sql in [CLEAR_DAYS, CLEAR_ALERTS, CLEAR_EVENTS, FORGET_CURSORS] {
        tx.query(sql, [tx.tenant()]).await?;
    }
    Ok(())
}

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    use crate::statements::Sql;
    let clear = vec![
        ("CLEAR_DAYS", Sql::from(&CLEAR_DAYS)),
        ("CLEAR_ALERTS", Sql::from(&CLEAR_ALERTS)),
        ("CLEAR_EVENTS", Sql::from(&CLEAR_EVENTS)),
        ("FORGET_CURSORS", Sql::from(&FORGET_CURSORS)),
    ];
    [clear, alerts::statements(), days::statements(), records::statements()].concat()
}
