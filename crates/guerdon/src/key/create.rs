//! Making a key.

use super::{OwnerArgs, envelope};
use crate::config::LogArgs;
use crate::failure::{Ending, Failure};
use crate::open::{self, Purpose};
use crate::out::{Out, boxed};
use clap::{Args, ValueEnum};
use guerdon_ledger::MemberId;
use guerdon_programs::access::{CreateApiKey, MAX_SCOPES, new_secret, secret_hash};
use guerdon_store::{ApiKey, Role, TenantId, directory};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// Arguments of `guerdon key create`.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    owner: OwnerArgs,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// What it may do; of the platform's own keys: platform_admin
    #[arg(long, value_enum)]
    role: Option<KeyRole>,
    /// Whom it acts as
    #[arg(long, value_name = "ID")]
    member: Option<MemberId>,
    /// What a service may do, such as ledger:write; may be given again
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// From when on it no longer works: 2027-01-31T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum KeyRole {
    PlatformAdmin,
    Admin,
    Manager,
    Lead,
    Member,
    Auditor,
    Service,
}

impl From<KeyRole> for Role {
    fn from(role: KeyRole) -> Self {
        match role {
            KeyRole::PlatformAdmin => Self::PlatformAdmin,
            KeyRole::Admin => Self::Admin,
            KeyRole::Manager => Self::Manager,
            KeyRole::Lead => Self::Lead,
            KeyRole::Member => Self::Member,
            KeyRole::Auditor => Self::Auditor,
            KeyRole::Service => Self::Service,
        }
    }
}

/// A new key.
#[derive(Debug, Serialize)]
struct Created {
    id: Uuid,
    key: String,
    name: String,
    role: &'static str,
}

pub(super) async fn run(args: CreateArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let role = role(&args)?;
    let (opened, config) = args.owner.open(logs, Purpose::KeyCreate).await?;
    let tenant = args.owner.owner(&opened.database).await?;
    let journal = open::journal(&config, &opened.database)?;
    let now = journal.clock().now();
    if tenant == TenantId::PLATFORM {
        directory::open_platform(&opened.database, now).await?;
    }
    let secret = new_secret(tenant)?;
    let id = Uuid::now_v7();
    let key = ApiKey {
        id,
        name: args.name.clone(),
        role,
        member_id: args.member,
        scopes: args.scopes,
        secret_hash: secret_hash(&secret),
        revoked: false,
        created_at: now,
        expires_at: args.expires_at,
        version: 1,
    };
    let recorded = journal.execute(envelope(tenant), CreateApiKey { key }).await;
    journal.stop().await?;
    recorded?;
    let created = Created { id, key: secret, name: args.name, role: role.name() };
    out.show(&created, || told(&created))?;
    Ok(Ending::Well)
}

fn role(args: &CreateArgs) -> Result<Role, Failure> {
    let refuse = |why: &str| Err(Failure::Input(why.to_owned()));
    let of_tenant = args.owner.tenant.is_some();
    let role = match (args.role, of_tenant) {
        (None, false) | (Some(KeyRole::PlatformAdmin), false) => Role::PlatformAdmin,
        (Some(_), false) => {
            return refuse("the platform's own keys are platform_admin: name a --tenant for this role");
        }
        (Some(KeyRole::PlatformAdmin), true) => {
            return refuse("a tenant has no platform_admin: leave --tenant out");
        }
        (None, true) => return refuse("say what the key may do with --role, such as --role manager"),
        (Some(role), true) => role.into(),
    };
    let scope_is_known =
        |scope: &String| matches!(scope.split_once(':'), Some((area, "read" | "write")) if !area.is_empty());
    match role {
        Role::Service if args.scopes.is_empty() => {
            refuse("a service may do what its scopes say: give one, such as --scope ledger:write")
        }
        Role::Service if !args.scopes.iter().all(scope_is_known) => {
            refuse("a scope is an area and read or write, such as ledger:write")
        }
        Role::Service if args.scopes.len() > MAX_SCOPES => refuse("that is too many scopes"),
        Role::Service => Ok(role),
        _ if !args.scopes.is_empty() => refuse("only a service has scopes: give --role service"),
        _ if args.name.trim().is_empty() => refuse("say what the key is for with --name"),
        Role::PlatformAdmin if args.member.is_some() => {
            refuse("the platform has no members: leave --member out")
        }
        _ => Ok(role),
    }
}

fn told(created: &Created) -> String {
    let lines = [
        String::new(),
        created.key.clone(),
        String::new(),
        format!("id    {}", created.id),
        format!("name  {}", created.name),
        format!("role  {}", created.role),
        String::new(),
        "It is shown this once and kept as a hash only.".to_owned(),
        String::new(),
    ];
    boxed("A new API key", &lines)
}
