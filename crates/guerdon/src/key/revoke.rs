//! Taking a key back.

use super::{OwnerArgs, envelope};
use crate::config::LogArgs;
use crate::failure::{Ending, Failure};
use crate::open::{self, Purpose};
use crate::out::Out;
use clap::Args;
use guerdon_programs::access::RevokeApiKey;
use uuid::Uuid;

/// Arguments of `guerdon key revoke`.
#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// The key's id, as `guerdon key list` shows it
    id: Uuid,
    #[command(flatten)]
    owner: OwnerArgs,
}

pub(super) async fn run(args: RevokeArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let (opened, config) = args.owner.open(logs, Purpose::KeyRevoke).await?;
    let tenant = args.owner.owner(&opened.database).await?;
    let journal = open::journal(&config, &opened.database)?;
    let recorded = journal.execute(envelope(tenant), RevokeApiKey { id: args.id }).await;
    journal.stop().await?;
    recorded?;
    out.show(&serde_json::json!({"id": args.id, "status": "revoked"}), || format!("Revoked {}.", args.id))?;
    Ok(Ending::Well)
}
