//! PostgreSQL: a pool of connections, statements sent ahead of their answers.

use super::statement::{Lookup, Write, transposed};
use super::value::{Row, Type, Value};
use super::{DbError, Statement};
use bytes::BytesMut;
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures::future::try_join_all;
use std::time::Duration;
use tokio_postgres::types::{Format, IsNull, ToSql, Type as PgType, to_sql_checked};
use tokio_postgres::{Config, NoTls};

/// The role that the server works as: it owns nothing, so row-level security binds it.
pub(super) const ROLE: &str = "guerdon_app";

/// A pool of connections. With a role, each connection works as it.
pub(super) fn pool(url: &str, role: Option<&'static str>, size: usize) -> Result<Pool, DbError> {
    let mut config: Config =
        url.parse().map_err(|e| DbError::Broken(format!("not a PostgreSQL URL: {e}")))?;
    config.connect_timeout(Duration::from_secs(5));
    let manager =
        Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    let mut builder = Pool::builder(manager)
        .max_size(size)
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_secs(10)))
        .create_timeout(Some(Duration::from_secs(5)));
    if let Some(role) = role {
        builder = builder.post_create(Hook::async_fn(move |client, _| {
            Box::pin(async move {
                // Plans are kept from when tables were small; a plan that walks a whole table must not be among them.
                let sql = format!("SET ROLE {role}; SET enable_seqscan = off; SET jit = off");
                client.batch_execute(&sql).await.map_err(HookError::Backend)
            })
        }));
    }
    builder.build().map_err(|e| DbError::Broken(e.to_string()))
}

pub(super) async fn query_all(client: &Object, statements: &[Statement]) -> Result<Vec<Vec<Row>>, DbError> {
    try_join_all(statements.iter().map(|statement| async {
        let prepared = client.prepare_cached(statement.sql).await?;
        let rows =
            client.query_raw(&prepared, statement.params.iter().map(|v| v as &(dyn ToSql + Sync))).await?;
        collect(rows).await
    }))
    .await
}

pub(super) async fn look_up(
    client: &Object,
    lookup: &'static Lookup,
    tenant: &Value,
    keys: Vec<Vec<Value>>,
) -> Result<Vec<Row>, DbError> {
    let prepared = client.prepare_cached(lookup.postgres).await?;
    let columns = arrays(keys, lookup.key.iter().copied());
    let rows = client.query_raw(&prepared, parameters(tenant, &columns)).await?;
    collect(rows).await
}

/// Those of which no keys are wanted are not asked for.
pub(super) async fn look_up_all(
    client: &Object,
    tenant: &Value,
    wanted: impl IntoIterator<Item = (&'static Lookup, Vec<Vec<Value>>)>,
) -> Result<Vec<Vec<Row>>, DbError> {
    let one = async |(lookup, keys): (&'static Lookup, Vec<Vec<Value>>)| match keys.is_empty() {
        true => Ok(Vec::new()),
        false => look_up(client, lookup, tenant, keys).await,
    };
    try_join_all(wanted.into_iter().map(one)).await
}

pub(super) async fn write(
    client: &Object,
    write: &'static Write,
    tenant: &Value,
    rows: Vec<Vec<Value>>,
) -> Result<u64, DbError> {
    let prepared = client.prepare_cached(&write.postgres()).await?;
    let columns = arrays(rows, write.columns.iter().map(|(_, kind)| *kind));
    Ok(client.execute_raw(&prepared, parameters(tenant, &columns)).await?)
}

pub(super) async fn write_all(
    client: &Object,
    tenant: &Value,
    writes: Vec<(&'static Write, Vec<Vec<Value>>)>,
) -> Result<(), DbError> {
    try_join_all(writes.into_iter().map(|(statement, rows)| write(client, statement, tenant, rows))).await?;
    Ok(())
}

fn parameters<'a>(
    tenant: &'a Value,
    columns: &'a [Box<dyn ToSql + Sync + Send>],
) -> impl ExactSizeIterator<Item = &'a (dyn ToSql + Sync)> {
    let mut all: Vec<&(dyn ToSql + Sync)> = vec![tenant];
    all.extend(columns.iter().map(|column| &**column as &(dyn ToSql + Sync)));
    all.into_iter()
}

fn arrays(
    rows: Vec<Vec<Value>>,
    types: impl ExactSizeIterator<Item = Type>,
) -> Vec<Box<dyn ToSql + Sync + Send>> {
    transposed(rows, types.len())
        .into_iter()
        .zip(types)
        .map(|(column, kind)| -> Box<dyn ToSql + Sync + Send> {
            match kind {
                Type::Int => Box::new(column.into_iter().map(integer).collect::<Vec<Option<i64>>>()),
                Type::Text => Box::new(column.into_iter().map(text).collect::<Vec<Option<String>>>()),
            }
        })
        .collect()
}

fn integer(value: Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(value),
        _ => None,
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.into()),
        _ => None,
    }
}

async fn collect(rows: tokio_postgres::RowStream) -> Result<Vec<Row>, DbError> {
    use futures::TryStreamExt;
    let rows: Vec<tokio_postgres::Row> = rows.try_collect().await?;
    rows.iter().map(row_of).collect()
}

fn row_of(row: &tokio_postgres::Row) -> Result<Row, DbError> {
    let values = row.columns().iter().enumerate().map(|(i, column)| {
        Ok(match *column.type_() {
            PgType::INT8 => row.try_get::<_, Option<i64>>(i)?.into(),
            PgType::TEXT | PgType::NAME | PgType::VARCHAR => row.try_get::<_, Option<&str>>(i)?.into(),
            ref other => return Err(DbError::Broken(format!("column {} is a {other}", column.name()))),
        })
    });
    Ok(Row(values.collect::<Result<_, _>>()?))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &PgType,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) => value.to_sql(kind, out),
            Self::Text(text) => text.as_str().to_sql(kind, out),
        }
    }

    fn accepts(_: &PgType) -> bool {
        true
    }

    fn encode_format(&self, _: &PgType) -> Format {
        Format::Binary
    }

    to_sql_checked!();
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self::Unavailable(error.to_string());
        };
        let code = db.code().code();
        let text = format!("{}: {}", code, db.message());
        match code {
            // Serialisation, deadlock, connection, shutdown, read-only standby, full disk, too many connections.
            "40001" | "40P01" | "25006" | "53100" | "53200" | "53300" | "55P03" | "57014" => {
                Self::Unavailable(text)
            }
            _ if code.starts_with("08") || code.starts_with("57P0") => Self::Unavailable(text),
            _ if code.starts_with("23") => Self::Constraint(text),
            _ => Self::Broken(text),
        }
    }
}

impl From<deadpool_postgres::PoolError> for DbError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => error.into(),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
