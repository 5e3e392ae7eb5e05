//! What the journal says of events and of what rules did with them, kept so that lists need not read it. A projection
//! writes these tables, and they can be made again from the journal at any time.

mod executions;
mod stored;

pub use executions::{Execution, ExecutionPage, executions, put_executions};
pub use stored::{
    EventPage, EventRecord, StoredEvent, event_records, events_before, events_in_time, payload, put_events,
};

use crate::driver::{DbError, Transaction};

const CLEAR_STORED: &str = "DELETE FROM events WHERE tenant_id = $1";
const CLEAR_EXECUTIONS: &str = "DELETE FROM rule_executions WHERE tenant_id = $1";

/// Empties the tables of a tenant, so that everything is made again; the cursors are set back with those of budgets.
pub(crate) async fn clear(tx: &mut Transaction) -> Result<(), DbError> {
    for sql in [CLEAR_STORED, CLEAR_EXECUTIONS] {
        tx.query(sql, [tx.tenant()]).await?;
    }
    Ok(())
}

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    use crate::statements::Sql;
    let clear =
        vec![("CLEAR_STORED", Sql::from(&CLEAR_STORED)), ("CLEAR_EXECUTIONS", Sql::from(&CLEAR_EXECUTIONS))];
    [clear, executions::statements(), stored::statements()].concat()
}
