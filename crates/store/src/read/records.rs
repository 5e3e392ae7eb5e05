//! Members, API keys, documents; and the secrets that stand outside the journal.

use crate::driver::{DbError, Transaction};
use crate::records::{
    ApiKey, Document, DocumentKey, FIND_API_KEY_BY_SECRET, LIST_API_KEYS, LIST_DOCUMENT_VERSIONS,
    LIST_DOCUMENTS, LIST_MEMBERS, LOOK_UP_DOCUMENTS, LOOK_UP_MEMBERS, Member, instant, parsed,
};
use guerdon_ledger::MemberId;
use jiff::Timestamp;

const FIND_CREDENTIAL: &str = "SELECT password_hash FROM credentials WHERE tenant_id = $1 AND member_id = $2";
const PUT_CREDENTIAL: &str = "INSERT INTO credentials (tenant_id, member_id, password_hash, changed_at)
    VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, member_id)
    DO UPDATE SET password_hash = excluded.password_hash, changed_at = excluded.changed_at";
const FIND_SESSION: &str =
    "SELECT member_id, expires_at FROM sessions WHERE tenant_id = $1 AND token_hash = $2 AND expires_at > $3";
const PUT_SESSION: &str = "INSERT INTO sessions (tenant_id, token_hash, member_id, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5)";
const DELETE_SESSION: &str =
    "DELETE FROM sessions WHERE tenant_id = $1 AND (token_hash = $2 OR expires_at <= $3)";
const DELETE_ENDED_SESSIONS: &str =
    "DELETE FROM sessions WHERE tenant_id = $1 AND expires_at <= $2 RETURNING expires_at";
const DELETE_SESSIONS_OF: &str = "DELETE FROM sessions WHERE tenant_id = $1 AND member_id = $2";

/// A member.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn member(tx: &mut Transaction, id: &MemberId) -> Result<Option<Member>, DbError> {
    let rows = tx.look_up(&LOOK_UP_MEMBERS, vec![vec![id.into()]]).await?;
    rows.first().map(Member::from_row).transpose()
}

/// Members in the order of their ids, those after one.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn members(tx: &mut Transaction, after: &str, limit: i64) -> Result<Vec<Member>, DbError> {
    let rows = tx.query(LIST_MEMBERS, [tx.tenant(), after.into(), limit.into()]).await?;
    rows.iter().map(Member::from_row).collect()
}

/// An API key by the hash of its secret.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn api_key_by_secret(tx: &mut Transaction, secret_hash: &str) -> Result<Option<ApiKey>, DbError> {
    let rows = tx.query(FIND_API_KEY_BY_SECRET, [tx.tenant(), secret_hash.into()]).await?;
    rows.first().map(ApiKey::from_row).transpose()
}

/// API keys, newest first, those before one by id; `before` is `~` for the first page.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn api_keys(tx: &mut Transaction, before: &str, limit: i64) -> Result<Vec<ApiKey>, DbError> {
    let rows = tx.query(LIST_API_KEYS, [tx.tenant(), before.into(), limit.into()]).await?;
    rows.iter().map(ApiKey::from_row).collect()
}

/// The newest version of a document, unless that removed it.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn document(tx: &mut Transaction, key: &DocumentKey) -> Result<Option<Document>, DbError> {
    let wanted = vec![vec![key.kind.as_str().into(), key.id.as_str().into()]];
    let rows = tx.look_up(&LOOK_UP_DOCUMENTS, wanted).await?;
    let newest = rows.first().map(Document::from_row).transpose()?;
    Ok(newest.filter(|document| !document.removed))
}

/// The versions of a document, newest first, those before one.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn document_versions(
    tx: &mut Transaction,
    key: &DocumentKey,
    before: i64,
    limit: i64,
) -> Result<Vec<Document>, DbError> {
    let params = [tx.tenant(), key.kind.as_str().into(), key.id.as_str().into(), before.into(), limit.into()];
    let rows = tx.query(LIST_DOCUMENT_VERSIONS, params).await?;
    rows.iter().map(Document::from_row).collect()
}

/// One version of a document.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn document_version(
    tx: &mut Transaction,
    key: &DocumentKey,
    version: i64,
) -> Result<Option<Document>, DbError> {
    let found = document_versions(tx, key, version.saturating_add(1), 1).await?;
    Ok(found.into_iter().find(|document| document.version == version))
}

/// The documents of a kind in the order of their ids, those after one, in their newest versions.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn documents(
    tx: &mut Transaction,
    kind: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Document>, DbError> {
    let rows = tx.query(LIST_DOCUMENTS, [tx.tenant(), kind.into(), after.into(), limit.into()]).await?;
    rows.iter().map(Document::from_row).collect()
}

/// The hash of a member's password, where they have one.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn credential(tx: &mut Transaction, member: &MemberId) -> Result<Option<String>, DbError> {
    let rows = tx.query(FIND_CREDENTIAL, [tx.tenant(), member.into()]).await?;
    rows.first().map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Sets the hash of a member's password.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn put_credential(
    tx: &mut Transaction,
    member: &MemberId,
    password_hash: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.query(PUT_CREDENTIAL, [tx.tenant(), member.into(), password_hash.into(), at.into()]).await.map(drop)
}

/// Whose session a token is, and until when, where it has not ended by `at`.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn session(
    tx: &mut Transaction,
    token_hash: &str,
    at: Timestamp,
) -> Result<Option<(MemberId, Timestamp)>, DbError> {
    let rows = tx.query(FIND_SESSION, [tx.tenant(), token_hash.into(), at.into()]).await?;
    rows.first().map(|row| Ok((parsed(row.text(0)?)?, instant(row.int(1)?)?))).transpose()
}

/// Begins a session.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn put_session(
    tx: &mut Transaction,
    token_hash: &str,
    member: &MemberId,
    from: Timestamp,
    until: Timestamp,
) -> Result<(), DbError> {
    let params = [tx.tenant(), token_hash.into(), member.into(), from.into(), until.into()];
    tx.query(PUT_SESSION, params).await.map(drop)
}

/// Ends a session, and with it those that ran out by `at`.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn delete_session(tx: &mut Transaction, token_hash: &str, at: Timestamp) -> Result<(), DbError> {
    tx.query(DELETE_SESSION, [tx.tenant(), token_hash.into(), at.into()]).await.map(drop)
}

/// Removes the sessions that ran out by `at`. Answers how many there were.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn delete_ended_sessions(tx: &mut Transaction, at: Timestamp) -> Result<usize, DbError> {
    Ok(tx.query(DELETE_ENDED_SESSIONS, [tx.tenant(), at.into()]).await?.len())
}

/// Ends all sessions of a member.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn delete_sessions_of(tx: &mut Transaction, member: &MemberId) -> Result<(), DbError> {
    tx.query(DELETE_SESSIONS_OF, [tx.tenant(), member.into()]).await.map(drop)
}

crate::statements::list! { FIND_CREDENTIAL, PUT_CREDENTIAL, FIND_SESSION, PUT_SESSION, DELETE_SESSION, DELETE_ENDED_SESSIONS, DELETE_SESSIONS_OF }
