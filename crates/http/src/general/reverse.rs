//! Reversing a transaction.

use crate::app::App;
use crate::body::Keyed;
use crate::caller::{Caller, LedgerWriter};
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::{Note, Posted, PostedBody, RecordedWords};
use axum::extract::State;
use guerdon_programs::general::Reverse;
use guerdon_store::journal::{Record, seq_of_transaction_id, transaction_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A transaction to offset.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "txn_7", "reason": "Credited by mistake"}))]
pub(crate) struct ReverseBody {
    /// The transaction.
    #[schema(example = "txn_7")]
    entry_id: String,
    /// Why.
    #[schema(value_type = Option<String>, example = "Credited by mistake")]
    reason: Option<Note>,
}

/// Beside a reversal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReverseWords {
    /// The offsetting transaction.
    #[schema(example = "txn_8")]
    entry_id: String,
    /// The transaction that it offsets.
    #[schema(example = "txn_7")]
    reversed_entry_id: Option<String>,
    /// The member whose account it touched, where there is one.
    #[schema(example = "alice")]
    user_id: Option<String>,
    /// What lies on the member's account now, in minor units.
    #[schema(example = 0)]
    balance_cents: Option<i64>,
}

impl RecordedWords for ReverseWords {
    fn of(record: &Record) -> Self {
        let members = record.balances.iter().find(|touched| touched.account.member().is_some());
        Self {
            entry_id: record.id(),
            reversed_entry_id: record.reverses.map(transaction_id),
            user_id: members.and_then(|touched| touched.account.member()).map(str::to_owned),
            balance_cents: members.map(|touched| touched.balance.posted),
        }
    }
}

/// Reverse a transaction
///
/// Records an offsetting transaction, once: a second reversal is refused with 409 `already_reversed`. What was spent
/// since cannot be taken back and is refused with the numbers.
#[utoipa::path(post, path = "/api/v1/ledger/reverse", operation_id = "reverse_transaction", tag = "Ledger",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ReverseBody,
    responses((status = 201, body = PostedBody<ReverseWords>), (status = 200, description = "Replayed", body = PostedBody<ReverseWords>), WriteProblems))]
pub(crate) async fn reverse(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<ReverseBody>,
) -> Result<Posted<ReverseWords>, Problem> {
    let ReverseBody { entry_id, reason } = body.value;
    let Some(seq) = seq_of_transaction_id(&entry_id) else {
        return Err(Problem::not_found(
            "transaction_not_found",
            format!("there is no transaction {entry_id}"),
        ));
    };
    let by_platform = caller.principal.is_platform_admin();
    let command = Reverse { seq, reason: reason.map(String::from), by_platform };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}
