//! Listing keys.

use super::OwnerArgs;
use crate::config::LogArgs;
use crate::failure::{Ending, Failure};
use crate::open::Purpose;
use crate::out::{Out, table};
use clap::Args;
use comfy_table::{Cell, Color};
use guerdon_store::driver::{Database, Mode};
use guerdon_store::{ApiKey, Clock, TenantId, read};
use jiff::Timestamp;
use serde::Serialize;

/// Keys read at a time.
const PAGE: i64 = 200;
/// Above every key's id: where the newest page begins.
const NEWEST: &str = "~";

/// Arguments of `guerdon key list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    owner: OwnerArgs,
}

/// A key as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    name: String,
    role: &'static str,
    member_id: Option<String>,
    scopes: Vec<String>,
    status: &'static str,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl Shown {
    fn of(key: ApiKey, now: Timestamp) -> Self {
        let status = match (key.revoked, key.expires_at) {
            (true, _) => "revoked",
            (false, Some(end)) if end <= now => "expired",
            _ => "active",
        };
        Self {
            id: key.id.to_string(),
            name: key.name,
            role: key.role.name(),
            member_id: key.member_id.map(|id| id.to_string()),
            scopes: key.scopes,
            status,
            created_at: key.created_at,
            expires_at: key.expires_at,
        }
    }
}

pub(super) async fn run(args: ListArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let (opened, _) = args.owner.open(logs, Purpose::KeyList).await?;
    let tenant = args.owner.owner(&opened.database).await?;
    let now = Clock::System.now();
    let keys: Vec<Shown> =
        all(&opened.database, tenant).await?.into_iter().map(|key| Shown::of(key, now)).collect();
    out.show(&keys, || told(&keys))?;
    Ok(Ending::Well)
}

async fn all(database: &Database, tenant: TenantId) -> Result<Vec<ApiKey>, Failure> {
    let mut tx = database.begin(tenant, Mode::Read).await?;
    let mut all: Vec<ApiKey> = Vec::new();
    loop {
        let before = all.last().map_or(NEWEST.to_owned(), |key| key.id.to_string());
        let page = read::api_keys(&mut tx, &before, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn told(keys: &[Shown]) -> String {
    if keys.is_empty() {
        return "There are no keys.".to_owned();
    }
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let rows = keys.iter().map(|key| {
        let status = match key.status {
            "active" => Cell::new(key.status).fg(Color::Green),
            other => Cell::new(other).fg(Color::DarkGrey),
        };
        [
            Cell::new(&key.id),
            Cell::new(&key.name),
            Cell::new(key.role),
            Cell::new(key.member_id.as_deref().unwrap_or_default()),
            Cell::new(key.scopes.join(" ")),
            status,
            Cell::new(day(key.created_at)),
            Cell::new(key.expires_at.map(day).unwrap_or_default()),
        ]
    });
    table(&["id", "name", "role", "member", "scopes", "status", "created", "expires"], rows)
}
