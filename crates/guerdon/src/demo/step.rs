//! A step of the history: who does what when, and how the journal is asked for it.

use futures::future::BoxFuture;
use guerdon_ledger::MemberId;
use guerdon_programs::access::{CreateApiKey, Principal};
use guerdon_programs::general::{CaptureHold, Credit, PlaceHold, ReleaseHold, Reverse};
use guerdon_programs::members::{ChangeMember, CreateMember};
use guerdon_programs::points::{
    Allocate, Award, AwardRequest, Clawback, DelegateToDepartment, DelegateToLead,
};
use guerdon_programs::{Error, Refusal};
use guerdon_store::journal::{Envelope, Idempotency, Journal, Receipt};
use guerdon_store::{ApiKey, Role, TenantId};
use jiff::Timestamp;

/// What is done.
#[derive(Debug)]
pub(super) enum Action {
    Join(CreateMember),
    Change(ChangeMember),
    Key(ApiKey),
    Allocate(Allocate),
    Clawback(Clawback),
    ToLead(DelegateToLead),
    ToDepartment(DelegateToDepartment),
    /// By somebody with a role.
    Award(MemberId, Role, AwardRequest),
    Credit(Credit),
    Hold(PlaceHold),
    Capture(CaptureHold),
    Release(ReleaseHold),
    /// Of the transaction that a step made.
    Reverse {
        step: usize,
        reason: &'static str,
    },
}

/// Who does what when.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    pub(super) actor: String,
    pub(super) action: Action,
}

/// What comes of a step.
pub(super) type Recorded<'a> = BoxFuture<'a, Result<Receipt, Error>>;

impl Step {
    /// Asks the journal for it, under a key of its own. `seqs` are the transactions that the steps before it made.
    pub(super) fn perform<'a>(
        self,
        journal: &'a Journal,
        tenant: TenantId,
        index: usize,
        seqs: &[i64],
    ) -> Recorded<'a> {
        let key = format!("demo-{index:05}");
        let idempotency = Some(Idempotency { fingerprint: key.as_str().into(), key: key.into() });
        let envelope = Envelope { tenant, actor: self.actor.into(), idempotency };
        match self.action {
            Action::Join(command) => Box::pin(journal.execute(envelope, command)),
            Action::Change(command) => Box::pin(journal.execute(envelope, command)),
            Action::Key(key) => Box::pin(journal.execute(envelope, CreateApiKey { key })),
            Action::Allocate(command) => Box::pin(journal.execute(envelope, command)),
            Action::Clawback(command) => Box::pin(journal.execute(envelope, command)),
            Action::ToLead(command) => Box::pin(journal.execute(envelope, command)),
            Action::ToDepartment(command) => Box::pin(journal.execute(envelope, command)),
            Action::Award(member, role, request) => match award(tenant, member, role, request) {
                Ok(command) => Box::pin(journal.execute(envelope, command)),
                Err(refusal) => Box::pin(std::future::ready(Err(refusal.into_error()))),
            },
            Action::Credit(command) => Box::pin(journal.execute(envelope, command)),
            Action::Hold(command) => Box::pin(journal.execute(envelope, command)),
            Action::Capture(command) => Box::pin(journal.execute(envelope, command)),
            Action::Release(command) => Box::pin(journal.execute(envelope, command)),
            Action::Reverse { step, reason } => {
                let seq = seqs.get(step).copied().unwrap_or_default();
                let command = Reverse { seq, reason: Some(reason.to_owned()), by_platform: false };
                Box::pin(journal.execute(envelope, command))
            }
        }
    }
}

fn award(tenant: TenantId, member: MemberId, role: Role, request: AwardRequest) -> Result<Award, Refusal> {
    let actor = member.to_string();
    Award::by(
        &Principal { tenant, role, member: Some(member), actor: actor.into(), scopes: Vec::new() },
        request,
    )
}
