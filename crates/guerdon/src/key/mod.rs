//! `guerdon key`: API keys without a server; a lost admin key, above all.

mod create;
mod list;
mod revoke;

use crate::config::{LogArgs, StoreArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::open;
use crate::out::Out;
use clap::{Args, Subcommand};
use guerdon_store::TenantId;
use guerdon_store::driver::Database;
use guerdon_store::journal::Envelope;

const EXAMPLES: &str = "\
Examples:
  guerdon key create --name \"a new admin\"                        a platform admin's key, where the old one is lost
  guerdon key create --tenant acme --role manager --name \"HR system\" --member rudo.moyo
  guerdon key create --tenant acme --role service --name shop --scope ledger:write
  guerdon key list --tenant acme
  guerdon key revoke 0198a3c2-…

Without --tenant these are the platform's own keys. `create` and `revoke` need the embedded database for themselves: \
beside a running server use POST and DELETE /api/v1/api-keys.";

/// Whom the journal names as the one who made or revoked a key here.
const ACTOR: &str = "operator";

/// Arguments of `guerdon key`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a key and show it, this once
    Create(create::CreateArgs),
    /// List keys, newest first; never their secrets
    List(list::ListArgs),
    /// Take a key back, for good
    Revoke(revoke::RevokeArgs),
}

/// Whose keys.
#[derive(Debug, Args)]
struct OwnerArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// The tenant, by slug or id; the platform without it
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// [`Failure`] when it was not done.
pub(crate) async fn run(args: KeyArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    match args.command {
        KeyCommand::Create(args) => create::run(args, logs, out).await,
        KeyCommand::List(args) => list::run(args, logs, out).await,
        KeyCommand::Revoke(args) => revoke::run(args, logs, out).await,
    }
}

impl OwnerArgs {
    async fn open(
        &self,
        logs: &LogArgs,
        purpose: open::Purpose,
    ) -> Result<(open::Opened, crate::config::Config), Failure> {
        let config = self.store.read(logs)?;
        logs::begin(&config, Talk::Warn)?;
        Ok((open::open(&config, purpose).await?, config))
    }

    async fn owner(&self, database: &Database) -> Result<TenantId, Failure> {
        match &self.tenant {
            Some(tenant) => Ok(open::tenant(database, tenant).await?.id),
            None => Ok(TenantId::PLATFORM),
        }
    }
}

fn envelope(tenant: TenantId) -> Envelope {
    Envelope { tenant, actor: ACTOR.into(), idempotency: None }
}
