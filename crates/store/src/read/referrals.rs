//! Referrals and codes; and the salt that the signals of people are hashed with.

use crate::driver::{DbError, Transaction};
use crate::records::{
    Code, LIST_REFERRAL_CODES, LIST_REFERRALS, LIST_REFERRALS_IN_REVIEW, LIST_REFERRALS_OF,
    LOOK_UP_REFERRAL_CODES, LOOK_UP_REFERRALS, LOOK_UP_REFERRALS_BY_ID, Referral, ReferralCode,
    ReferralStatus, Review,
};
use guerdon_ledger::{MemberId, Name};
use jiff::Timestamp;

const FIND_SALT: &str = "SELECT salt FROM signal_salts WHERE tenant_id = $1";
const PUT_SALT: &str = "INSERT INTO signal_salts (tenant_id, salt, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id) DO NOTHING";

/// Which referrals.
#[derive(Debug, Clone, Default)]
pub struct ReferralFilter {
    /// In this state.
    pub status: Option<ReferralStatus>,
    /// Whose review is in this state.
    pub review: Option<Review>,
    /// Of this referrer.
    pub referrer: Option<MemberId>,
}

/// A referral code.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn referral_code(tx: &mut Transaction, code: &Code) -> Result<Option<ReferralCode>, DbError> {
    let rows = tx.look_up(&LOOK_UP_REFERRAL_CODES, vec![vec![code.as_str().into()]]).await?;
    rows.first().map(ReferralCode::from_row).transpose()
}

/// The codes of a member, newest first, those before a transaction.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn referral_codes(
    tx: &mut Transaction,
    member: &MemberId,
    before: i64,
    limit: i64,
) -> Result<Vec<ReferralCode>, DbError> {
    let params = [tx.tenant(), member.into(), before.into(), limit.into()];
    tx.query(LIST_REFERRAL_CODES, params).await?.iter().map(ReferralCode::from_row).collect()
}

/// A referral by its id.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn referral(tx: &mut Transaction, id: &Name) -> Result<Option<Referral>, DbError> {
    let rows = tx.look_up(&LOOK_UP_REFERRALS_BY_ID, vec![vec![id.as_str().into()]]).await?;
    rows.first().map(Referral::from_row).transpose()
}

/// The referral by which a member was brought.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn referral_of(tx: &mut Transaction, referred: &MemberId) -> Result<Option<Referral>, DbError> {
    let rows = tx.look_up(&LOOK_UP_REFERRALS, vec![vec![referred.into()]]).await?;
    rows.first().map(Referral::from_row).transpose()
}

/// Referrals, newest first, those before a transaction.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn referrals(
    tx: &mut Transaction,
    filter: &ReferralFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<Referral>, DbError> {
    let status = filter.status.map_or("", ReferralStatus::name);
    let review = filter.review.map_or("", Review::name);
    let rows = match (&filter.referrer, filter.review) {
        (Some(referrer), _) => {
            let params =
                [tx.tenant(), before.into(), status.into(), review.into(), referrer.into(), limit.into()];
            tx.query(LIST_REFERRALS_OF, params).await?
        }
        (None, Some(Review::Open)) => {
            let params = [tx.tenant(), before.into(), status.into(), limit.into()];
            tx.query(LIST_REFERRALS_IN_REVIEW, params).await?
        }
        (None, _) => {
            let params = [tx.tenant(), before.into(), status.into(), review.into(), limit.into()];
            tx.query(LIST_REFERRALS, params).await?
        }
    };
    rows.iter().map(Referral::from_row).collect()
}

/// The salt that a tenant's signals are hashed with, where it has one.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn signal_salt(tx: &mut Transaction) -> Result<Option<String>, DbError> {
    let rows = tx.query(FIND_SALT, [tx.tenant()]).await?;
    rows.first().map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Gives a tenant a salt, 64 hexadecimal digits, unless it has one.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn put_signal_salt(tx: &mut Transaction, salt: &str, at: Timestamp) -> Result<(), DbError> {
    tx.query(PUT_SALT, [tx.tenant(), salt.into(), at.into()]).await.map(drop)
}

crate::statements::list! { FIND_SALT, PUT_SALT }
