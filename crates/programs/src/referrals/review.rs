//! Reviews: somebody looked at a referral, and says whether it is one.

use super::lifecycle::reviewed;
use crate::rewards_ledger::{IfSpent, ReverseReward, RewardState, of_transaction};
use crate::{Error, Refusal};
use guerdon_ledger::{HoldKey, HoldOp, Movement, Name};
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::journal::{Command, Decision, Envelope, Journal, Metadata, Needs, Receipt, Seen};
use guerdon_store::{Change, Referral, Review, Reviewed, TenantId, read};
use jiff::Timestamp;
use serde_json::json;

/// How often a review is tried anew whose referral is rewarded at this very moment.
const TRIES: usize = 8;

/// How a review ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is a referral.
    Approve,
    /// It is none.
    Reject,
}

/// Ends the review of a referral, once. Rewards that waited for it are confirmed, or will be in their time; where the
/// referral is rejected, those that are pending are taken back by commands beside this one.
#[derive(Debug, Clone)]
pub struct ReviewReferral {
    /// Which.
    pub id: Name,
    /// How it ends.
    pub verdict: Verdict,
    /// What to note.
    pub note: Option<String>,
    /// Who looked.
    pub by: String,
    /// Only if this version still stands.
    pub expected_version: i64,
}

/// One of the commands of a review.
#[derive(Debug)]
enum Part {
    Review(ReviewReferral),
    Reverse(ReverseReward),
}

/// Reviews a referral. Where it is rejected, its pending rewards are taken back, all or nothing.
///
/// # Errors
/// [`Refusal::ReferralNotFound`], [`Refusal::AlreadyReviewed`], or as [`Journal::execute_all`].
pub async fn review(
    journal: &Journal,
    envelope: Envelope,
    id: &Name,
    verdict: Verdict,
    note: Option<String>,
) -> Result<Receipt, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let (version, pending) = look(journal, envelope.tenant, id).await?;
        let review = ReviewReferral {
            id: id.clone(),
            verdict,
            note: note.clone(),
            by: envelope.actor.to_string(),
            expected_version: version,
        };
        let taken_back = pending.into_iter().filter(|_| verdict == Verdict::Reject).map(|seq| {
            Part::Reverse(ReverseReward {
                seq,
                member: None,
                reason: Some(format!("the referral {id} was rejected")),
                if_spent: IfSpent::Refuse,
                only_pending: true,
            })
        });
        let parts = std::iter::once(Part::Review(review)).chain(taken_back).collect();
        let moved_on = |refusal: &Refusal| {
            matches!(refusal, Refusal::VersionMismatch { .. } | Refusal::IllegalTransition { .. })
        };
        match journal.execute_all(envelope.clone(), parts).await {
            // It was rewarded, or a reward of it confirmed, since it was looked at.
            Err(Error::Refused { refusal, .. }) if moved_on(&refusal) && tries < TRIES => {}
            done => {
                let none = || Error::Broken("no receipt for a command".to_owned());
                return done?.into_iter().next().ok_or_else(none);
            }
        }
    }
}

/// The version of a referral, and the transactions whose rewards of it are pending.
async fn look(journal: &Journal, tenant: TenantId, id: &Name) -> Result<(i64, Vec<i64>), Error> {
    let mut tx = journal.database().begin(tenant, Mode::Read).await?;
    let not_found = || Refusal::ReferralNotFound(id.to_string()).into_error();
    let referral = read::referral(&mut tx, id).await?.ok_or_else(not_found)?;
    let seqs: Vec<i64> = referral.rewards.iter().map(|reward| reward.seq).collect();
    let mut pending = Vec::new();
    for record in read::transactions_at(&mut tx, &seqs).await? {
        let rewards = of_transaction(&mut tx, &record).await?;
        if rewards.iter().any(|now| now.state == RewardState::Pending) {
            pending.push(record.seq);
        }
    }
    Ok::<_, DbError>((referral.version, pending)).map_err(Error::from)
}

impl ReviewReferral {
    /// What becomes of the rewards that waited: those whose time has come are free, the others have a time now.
    fn resolved(&self, seen: &Seen<'_>, referral: &Referral, at: Timestamp) -> Movement {
        let mut holds = Vec::new();
        let waiting = referral.rewards.iter().flat_map(|reward| &reward.waiting);
        for waiting in waiting.filter(|_| self.verdict == Verdict::Approve) {
            let Some(hold) = seen.hold(&waiting.hold).filter(|hold| hold.remaining() > 0) else { continue };
            holds.push(HoldOp::Release { key: hold.key.clone(), amount: None });
            let later = approved_key(&hold.key).filter(|_| waiting.confirms_at > at);
            holds.extend(later.map(|key| HoldOp::Place {
                key,
                asset: hold.asset.clone(),
                amount: hold.amount,
                expires_at_us: Some(waiting.confirms_at.as_microsecond()),
            }));
        }
        Movement { holds, ..Movement::default() }
    }
}

/// The hold that makes a reward pending once its referral was approved.
fn approved_key(pending: &HoldKey) -> Option<HoldKey> {
    let rest = pending.reference.as_str().strip_prefix("pending:")?;
    let reference = format!("approved:{rest}").parse().ok()?;
    Some(HoldKey { account: pending.account.clone(), reference })
}

impl Command for ReviewReferral {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { referral_ids: vec![self.id.clone()], ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        let rewards = seen.referral(&self.id).map(|referral| referral.rewards.as_slice()).unwrap_or_default();
        let holds = rewards.iter().flat_map(|reward| &reward.waiting).map(|waiting| waiting.hold.clone());
        Needs { holds: holds.collect(), ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let not_found = || Refusal::ReferralNotFound(self.id.to_string());
        let referral = seen.referral(&self.id).ok_or_else(not_found)?;
        if let Review::Approved | Review::Rejected = referral.review {
            let by = referral.reviewed.as_ref().map(|reviewed| reviewed.by.clone()).unwrap_or_default();
            return Err(Refusal::AlreadyReviewed { id: self.id.clone(), review: referral.review, by });
        }
        if referral.version != self.expected_version {
            let (expected, found) = (self.expected_version, referral.version);
            return Err(Refusal::VersionMismatch { expected, found });
        }
        let approved = self.verdict == Verdict::Approve;
        let by = Reviewed { by: self.by.clone(), at, note: self.note.clone() };
        let decision = if approved { "approve" } else { "reject" };
        Ok(Decision {
            kind: "referral.review".to_owned(),
            movement: self.resolved(seen, referral, at),
            changes: vec![Change::Referral(reviewed(referral, approved, by))],
            reason: self.note.clone(),
            reference: Some(self.id.to_string()),
            metadata: Metadata::of(json!({ "decision": decision })),
            ..Decision::default()
        })
    }
}

impl Command for Part {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        match self {
            Self::Review(review) => review.needs(),
            Self::Reverse(reverse) => reverse.needs(),
        }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        match self {
            Self::Review(review) => review.needs_then(seen),
            Self::Reverse(reverse) => reverse.needs_then(seen),
        }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        match self {
            Self::Review(review) => review.decide(seen, at),
            Self::Reverse(reverse) => reverse.decide(seen, at),
        }
    }
}
