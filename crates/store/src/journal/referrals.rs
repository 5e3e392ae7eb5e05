//! What a lane knows of referrals: the part of a tenant's state that is theirs, and how it is loaded.

use super::command::Needs;
use super::load::distinct;
use crate::driver::{DbError, Transaction};
use crate::records::{
    Code, LOOK_UP_REFERRAL_CODES, LOOK_UP_REFERRAL_MARKS, LOOK_UP_REFERRALS, LOOK_UP_REFERRALS_BY_ID,
    MarkKey, Referral, ReferralCode, ReferralMark,
};
use foldhash::HashMap;
use guerdon_ledger::{MemberId, Name};

/// Referrals as of one head. Maps to `Option` say what is known, `None` that it is known not to exist.
#[derive(Debug, Default)]
pub(crate) struct Referrals {
    pub(super) codes: HashMap<Code, Option<ReferralCode>>,
    /// By the member who was brought.
    pub(super) referred: HashMap<MemberId, Option<Referral>>,
    /// Whose referral an id names.
    ids: HashMap<Name, Option<MemberId>>,
    pub(super) marks: HashMap<MarkKey, Option<ReferralMark>>,
}

/// What was known of a record before it was changed; `None` where nothing was.
#[derive(Debug)]
pub(super) enum Before {
    Code(Code, Option<Option<ReferralCode>>),
    Referral(Box<Referral>, Option<Option<Referral>>),
    Mark(MarkKey, Option<Option<ReferralMark>>),
}

impl Referrals {
    /// How many records are known.
    pub(super) fn len(&self) -> usize {
        self.codes.len() + self.referred.len() + self.ids.len() + self.marks.len()
    }

    /// A referral by its id.
    pub(super) fn by_id(&self, id: &Name) -> Option<&Referral> {
        self.referred.get(self.ids.get(id)?.as_ref()?)?.as_ref()
    }

    pub(super) fn put_code(&mut self, code: &ReferralCode) -> Before {
        Before::Code(code.code.clone(), self.codes.insert(code.code.clone(), Some(code.clone())))
    }

    pub(super) fn put_mark(&mut self, mark: &ReferralMark) -> Before {
        Before::Mark(mark.key.clone(), self.marks.insert(mark.key.clone(), Some(mark.clone())))
    }

    pub(super) fn put_referral(&mut self, referral: &Referral) -> Before {
        let before = self.referred.insert(referral.referred_id.clone(), Some(referral.clone()));
        self.ids.insert(referral.id.clone(), Some(referral.referred_id.clone()));
        Before::Referral(Box::new(referral.clone()), before)
    }

    pub(super) fn take_back(&mut self, before: Before) {
        match before {
            Before::Code(code, before) => super::state::restore(&mut self.codes, code, before),
            Before::Mark(key, before) => super::state::restore(&mut self.marks, key, before),
            Before::Referral(put, before) => {
                // One that was made is taken back whole: then nobody knows its id any more.
                if !matches!(before, Some(Some(_))) {
                    self.ids.remove(&put.id);
                }
                super::state::restore(&mut self.referred, put.referred_id, before);
            }
        }
    }

    fn note(&mut self, referral: Referral) {
        self.ids.insert(referral.id.clone(), Some(referral.referred_id.clone()));
        self.referred.entry(referral.referred_id.clone()).or_insert(Some(referral));
    }
}

/// Loads what commands need of referrals and is not known yet.
pub(super) async fn load(
    tx: &mut Transaction,
    known: &mut Referrals,
    needs: &mut Needs,
) -> Result<(), DbError> {
    let codes = distinct(std::mem::take(&mut needs.referral_codes), |code| !known.codes.contains_key(code));
    let keys = codes.iter().map(|code| vec![code.as_str().into()]).collect();
    for row in tx.look_up(&LOOK_UP_REFERRAL_CODES, keys).await? {
        let code = ReferralCode::from_row(&row)?;
        known.codes.insert(code.code.clone(), Some(code));
    }
    for code in codes {
        known.codes.entry(code).or_insert(None);
    }
    let marks = distinct(std::mem::take(&mut needs.referral_marks), |key| !known.marks.contains_key(key));
    for row in tx.look_up(&LOOK_UP_REFERRAL_MARKS, marks.iter().map(MarkKey::values).collect()).await? {
        let mark = ReferralMark::from_row(&row)?;
        known.marks.insert(mark.key.clone(), Some(mark));
    }
    for key in marks {
        known.marks.entry(key).or_insert(None);
    }
    let referred = distinct(std::mem::take(&mut needs.referrals), |id| !known.referred.contains_key(id));
    for row in tx.look_up(&LOOK_UP_REFERRALS, referred.iter().map(|id| vec![id.into()]).collect()).await? {
        known.note(Referral::from_row(&row)?);
    }
    for id in referred {
        known.referred.entry(id).or_insert(None);
    }
    let ids = distinct(std::mem::take(&mut needs.referral_ids), |id| !known.ids.contains_key(id));
    let keys = ids.iter().map(|id| vec![id.as_str().into()]).collect();
    for row in tx.look_up(&LOOK_UP_REFERRALS_BY_ID, keys).await? {
        known.note(Referral::from_row(&row)?);
    }
    for id in ids {
        known.ids.entry(id).or_insert(None);
    }
    Ok(())
}
