//! Emptying the derived tables, past the triggers that refuse it to everyone else.

use crate::derived::DERIVED;
use crate::driver::{DbError, Dialect, Transaction};

const LIST_TRIGGERS: &str =
    "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' AND sql IS NOT NULL ORDER BY name";

/// Empties every derived table. Rows are deleted, not truncated: a reader of an earlier instant still sees them.
pub(super) async fn clear(tx: &mut Transaction) -> Result<(), DbError> {
    match tx.dialect() {
        Dialect::Sqlite => clear_sqlite(tx).await,
        Dialect::Postgres => clear_postgres(tx).await,
    }
}

async fn clear_sqlite(tx: &mut Transaction) -> Result<(), DbError> {
    let mut make_again = Vec::new();
    for row in tx.query(LIST_TRIGGERS, []).await? {
        let (table, name, sql) = (row.text(0)?, row.text(1)?, row.text(2)?);
        if DERIVED.iter().any(|derived| derived.name() == table) {
            tx.run_script(&format!("DROP TRIGGER \"{}\"", name.replace('"', "\"\""))).await?;
            make_again.push(sql.to_owned());
        }
    }
    for table in DERIVED {
        tx.run_script(table.clear).await?;
    }
    for sql in make_again {
        tx.run_script(&sql).await?;
    }
    Ok(())
}

async fn clear_postgres(tx: &mut Transaction) -> Result<(), DbError> {
    for table in DERIVED {
        let (name, clear) = (table.name(), table.clear);
        let script = format!(
            "ALTER TABLE {name} DISABLE TRIGGER USER; {clear}; ALTER TABLE {name} ENABLE TRIGGER USER"
        );
        tx.run_script(&script).await?;
    }
    Ok(())
}

crate::statements::list! { ; sqlite: LIST_TRIGGERS }
