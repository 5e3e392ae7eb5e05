//! Assets: points, currencies, and what a tenant defines.

use crate::Refusal;
use guerdon_ledger::{Asset, AssetCode};
use guerdon_store::driver::{DbError, Transaction};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Body, Change, Document, DocumentKey, read};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The kind of the documents that define assets.
pub const ASSET: &str = "asset";

/// What a tenant says of an asset of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetDefinition {
    /// Code and scale.
    #[serde(flatten)]
    pub asset: Asset,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Defines an asset. The scale is for ever; the name may change.
#[derive(Debug)]
pub struct DefineAsset {
    /// What to define.
    pub definition: AssetDefinition,
}

impl Command for DefineAsset {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: vec![document_of(&self.definition.asset.code)], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let asset = &self.definition.asset;
        let key = document_of(&asset.code);
        let known = Asset::known(&asset.code).or_else(|| defined(seen, &asset.code));
        if let Some(known) = known.filter(|known| known.scale != asset.scale) {
            return Err(Refusal::AssetExists { code: known.code, scale: known.scale });
        }
        let document = Document {
            version: seen.newest_version(&key).map_or(1, |document| document.version + 1),
            key,
            body: Body::of(&self.definition),
            removed: false,
            recorded_at: at,
        };
        Ok(Decision {
            kind: "asset.define".to_owned(),
            changes: vec![Change::Document(document)],
            ..Decision::default()
        })
    }
}

/// The document that would define an asset.
pub fn document_of(code: &AssetCode) -> DocumentKey {
    DocumentKey { kind: ASSET.into(), id: code.as_str().into() }
}

/// An asset by its code: known to everyone, or defined by the tenant.
///
/// # Errors
/// [`DbError`] as the database says, and where nobody defined it.
pub async fn find(tx: &mut Transaction, code: &AssetCode) -> Result<Asset, DbError> {
    if let Some(known) = Asset::known(code) {
        return Ok(known);
    }
    let document = read::document(tx, &document_of(code)).await?;
    let definition = document.and_then(|document| document.body.read::<AssetDefinition>());
    definition
        .map(|definition| definition.asset.clone())
        .ok_or_else(|| DbError::Broken(format!("nobody defined {code}")))
}

/// The documents to look at before [`check`]: those of assets that are not known to everyone.
pub(crate) fn needed<'a>(codes: impl Iterator<Item = &'a AssetCode>) -> Vec<DocumentKey> {
    codes.filter(|code| Asset::known(code).is_none()).map(document_of).collect()
}

/// Refuses an asset that nobody defined.
pub(crate) fn check(seen: &Seen<'_>, code: &AssetCode) -> Result<(), Refusal> {
    match Asset::known(code).or_else(|| defined(seen, code)) {
        Some(_) => Ok(()),
        None => Err(Refusal::UnknownAsset(code.clone())),
    }
}

fn defined(seen: &Seen<'_>, code: &AssetCode) -> Option<Asset> {
    let definition = seen.document(&document_of(code))?.body.read::<AssetDefinition>()?;
    Some(definition.asset.clone())
}
