//! Attribution: a member was brought by another, once for ever.

use super::salt::Salt;
use super::sightings::Looks;
use super::signals::{Signals, mailbox};
use crate::members::{active, new_member};
use crate::{Error, Refusal};
use guerdon_ledger::{MemberId, Name};
use guerdon_store::journal::{Command, Decision, Envelope, Idempotency, Journal, Needs, Receipt, Seen};
use guerdon_store::{Change, Code, Flag, FlagReason, Referral, ReferralStatus, Review, Settings};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// By what the referrer is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The code that was used.
    Code(Code),
    /// Their id.
    Referrer(MemberId),
}

/// A referral to be recorded.
#[derive(Debug, Clone)]
pub struct NewReferral {
    /// Its id.
    pub id: Name,
    /// Who brought.
    pub by: By,
    /// Who was brought.
    pub referred: MemberId,
    /// What is known of them.
    pub signals: Signals,
}

/// Records a referral. What looks odd is flagged for a review, and not refused. Members that were not seen before are
/// added.
#[derive(Debug, Clone)]
pub struct Attribute {
    new: NewReferral,
    /// Where there are signals.
    salt: Option<Salt>,
}

/// Records a referral. Its signals are hashed with the tenant's salt, and so is the fingerprint of the request, which
/// would else tell them to whoever tries all that there are.
///
/// # Errors
/// As [`Journal::execute`].
pub async fn attribute(journal: &Journal, envelope: Envelope, new: NewReferral) -> Result<Receipt, Error> {
    let salt = match new.signals.is_empty() {
        true => None,
        false => Some(Salt::of(journal.database(), envelope.tenant, journal.clock().now()).await?),
    };
    let salted = |Idempotency { key, fingerprint }: Idempotency| Idempotency {
        fingerprint: salt
            .as_ref()
            .map_or(fingerprint.clone(), |salt| salt.hash("request", &fingerprint).into()),
        key,
    };
    let idempotency = envelope.idempotency.map(salted);
    journal.execute(Envelope { idempotency, ..envelope }, Attribute { new, salt }).await
}

impl Attribute {
    fn referrer<'a>(&'a self, seen: &Seen<'a>) -> Option<&'a MemberId> {
        match &self.new.by {
            By::Referrer(referrer) => Some(referrer),
            By::Code(code) => seen.referral_code(code).map(|code| &code.member_id),
        }
    }

    fn looks<'a>(&'a self, seen: &Seen<'_>, referrer: &'a MemberId) -> Looks<'a> {
        let settings = seen.tenant().map_or_else(Settings::default, |tenant| tenant.settings.clone());
        Looks {
            referrer,
            referred: &self.new.referred,
            signals: &self.new.signals,
            salt: self.salt.as_ref(),
            per_day: settings.referrals.per_day,
        }
    }

    /// Refuses what is no referral at all.
    fn check(&self, seen: &Seen<'_>, referrer: &MemberId) -> Result<(), Refusal> {
        let NewReferral { id, referred, .. } = &self.new;
        if referrer == referred {
            return Err(Refusal::SelfReferral(referred.clone()));
        }
        if let Some(first) = seen.referral_of(referred) {
            let (id, referrer) = (first.id.clone(), first.referrer_id.clone());
            return Err(Refusal::AlreadyReferred { referred: referred.clone(), id, referrer });
        }
        if seen.referral(id).is_some() {
            return Err(Refusal::ReferralExists(id.clone()));
        }
        match seen.referral_of(referrer).filter(|of_referrer| of_referrer.referrer_id == *referred) {
            None => Ok(()),
            Some(of_referrer) => Err(Refusal::CircularReferral {
                referrer: referrer.clone(),
                referred: referred.clone(),
                id: of_referrer.id.clone(),
            }),
        }
    }

    /// Whether the person brought has the address of who brought them.
    fn referrer_email(&self, seen: &Seen<'_>, referrer: &MemberId) -> Option<Flag> {
        let email = seen.member(referrer)?.personal.email.as_deref().map(mailbox);
        let same = email.is_some() && email == self.new.signals.email.as_deref().map(mailbox);
        same.then_some(Flag { reason: FlagReason::ReferrerEmail, count: 1, first: None })
    }
}

impl Command for Attribute {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let NewReferral { id, by, referred, .. } = &self.new;
        let mut needs = Needs {
            members: vec![referred.clone()],
            referrals: vec![referred.clone()],
            referral_ids: vec![id.clone()],
            ..Needs::default()
        };
        match by {
            By::Code(code) => needs.referral_codes.push(code.clone()),
            By::Referrer(referrer) => needs.members.push(referrer.clone()),
        }
        needs
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        let Some(referrer) = self.referrer(seen) else { return Needs::default() };
        let sightings = self.looks(seen, referrer).sightings(Date::ZERO);
        Needs {
            members: vec![referrer.clone()],
            referrals: vec![referrer.clone()],
            referral_marks: sightings.into_iter().map(|sighting| sighting.key).collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let NewReferral { id, by, referred, .. } = &self.new;
        let code = match by {
            By::Code(code) => Some(code.clone()),
            By::Referrer(_) => None,
        };
        let no_code = || Refusal::CodeNotFound(code.as_ref().map(Code::to_string).unwrap_or_default());
        let referrer = self.referrer(seen).ok_or_else(no_code)?;
        self.check(seen, referrer)?;
        let mut changes = Vec::new();
        for member in [referrer, referred] {
            match seen.member(member) {
                None => changes.push(Change::Member(new_member(member, at))),
                Some(_) => drop(active(seen, member)?),
            }
        }
        let zone = seen.tenant().map_or(TimeZone::UTC, |tenant| tenant.time_zone.zone());
        let mut flags: Vec<Flag> = self.referrer_email(seen, referrer).into_iter().collect();
        let mut marks = Vec::new();
        for sighting in self.looks(seen, referrer).sightings(zone.to_datetime(at).date()) {
            let mark = sighting.counted(seen.referral_mark(&sighting.key), id.as_str());
            flags.extend(sighting.flag(&mark));
            marks.push(Change::ReferralMark(mark));
        }
        changes.push(Change::Referral(Referral {
            id: id.clone(),
            code,
            referrer_id: referrer.clone(),
            referred_id: referred.clone(),
            status: ReferralStatus::Pending,
            review: if flags.is_empty() { Review::None } else { Review::Open },
            flags,
            reviewed: None,
            rewards: Vec::new(),
            qualified_by: None,
            qualified_at: None,
            seq: seen.next_seq(),
            version: 1,
            created_at: at,
        }));
        changes.extend(marks);
        Ok(Decision {
            kind: "referral.create".to_owned(),
            changes,
            reference: Some(id.to_string()),
            ..Decision::default()
        })
    }
}
