//! Every statement of the crate is listed, and each is understood by both databases.

mod support;

use guerdon_store::driver::{Dialect, Location};
use guerdon_store::{Sql, statements};
use std::collections::BTreeMap;
use std::path::Path;
use support::Stores;

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_prepares_on_both_databases() {
    for store in Stores::both().await {
        let listed = statements();
        assert!(listed.len() > 80, "{}", listed.len());
        for (name, sql) in listed {
            let Some(text) = sql.text(store.dialect()) else { continue };
            let outcome = match &store.location {
                Location::Sqlite { path, .. } => {
                    let connection = rusqlite::Connection::open(path).expect("open");
                    connection.prepare(&text).map(drop).map_err(|e| e.to_string())
                }
                Location::Postgres { url, .. } => {
                    let (client, connection) =
                        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("PostgreSQL");
                    let driver = tokio::spawn(connection);
                    let outcome = client.prepare(&text).await.map(drop);
                    driver.abort();
                    outcome.map_err(|e| e.as_db_error().map_or_else(|| e.to_string(), ToString::to_string))
                }
            };
            assert_eq!(outcome, Ok(()), "{name} on {:?}: {text}", store.dialect());
        }
    }
}

/// A check such as `status IN ('a', 'b', 'c')` would have it do so.
#[tokio::test(flavor = "multi_thread")]
async fn no_write_has_sqlite_fill_a_table_in_memory_for_every_row() {
    for store in Stores::both().await {
        let Location::Sqlite { path, .. } = &store.location else { continue };
        let connection = rusqlite::Connection::open(path).expect("open");
        for (name, sql) in statements() {
            let (Sql::Write(_), Some(text)) = (sql, sql.text(Dialect::Sqlite)) else { continue };
            let mut explained = connection.prepare(&format!("EXPLAIN {text}")).expect(name);
            let steps = explained.raw_query().mapped(|row| row.get::<_, String>("opcode"));
            let steps: Vec<_> = steps.collect::<Result<_, _>>().expect("steps");
            assert!(!steps.is_empty() && !steps.contains(&"OpenEphemeral".to_owned()), "{name}: {text}");
        }
    }
}

#[test]
fn every_constant_with_sql_is_listed() {
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    scan(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut written);
    assert!(written.len() > 50, "{written:?}");
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in statements() {
        *listed.entry(name).or_default() += 1;
    }
    for (name, times) in written {
        let found = listed.get(name.as_str()).copied().unwrap_or_default();
        assert_eq!(
            found, times,
            "{name} is in `statements::list!` {found} times, in the sources {times} times"
        );
    }
}

#[test]
fn a_statement_for_one_database_is_not_shown_to_the_other() {
    let of = |dialect| statements().iter().filter(|(_, sql)| sql.text(dialect).is_some()).count();
    assert!(of(Dialect::Sqlite) < statements().len() && of(Dialect::Postgres) < statements().len());
}

/// The constants of the sources that hold SQL, by name.
fn scan(folder: &Path, found: &mut BTreeMap<String, usize>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            scan(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("source");
            for (start, _) in text.match_indices("const ") {
                if let Some(name) = name_of_sql(&text[start + "const ".len()..]) {
                    *found.entry(name).or_default() += 1;
                }
            }
        }
    }
}

fn name_of_sql(declaration: &str) -> Option<String> {
    let (name, rest) = declaration.split_once(':')?;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
        return None;
    }
    let (kind, value) = rest.split_once('=')?;
    let value = value.split(';').next().unwrap_or_default();
    let sql = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "LOCK ", "tenants_of!("];
    let is_sql = match kind.trim() {
        "Lookup" | "Write" => true,
        "&str" => sql.iter().any(|word| value.contains(word)),
        _ => false,
    };
    is_sql.then(|| name.to_owned())
}
