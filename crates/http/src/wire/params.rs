//! Parameters of paths and queries: parsed strictly, refused with the name and what would be right.

use crate::problem::Problem;
use crate::strict::{Input, refused};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// Reads a field that is there, be it null: with `#[serde(default)]` on an `Option<Option<_>>`, what is not there is told
/// from what is to be removed.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Parameters of the path.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| {
            Problem::invalid("path", "invalid_value", "what stands percent-encoded in a path is UTF-8")
        })
    }
}

/// Query parameters.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

/// No query parameters at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoQuery {}

/// Left on a request whose query was read, so that a body knows of one that was not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryWasRead;

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.insert(QueryWasRead);
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let query = folded(query);
    let pairs = form_urlencoded::parse(query.as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(|error| {
        let name = error.path().to_string();
        refused(Input::Query, name.trim_start_matches('.').to_owned(), &error.into_inner().to_string())
    })
}

/// `metadata[key]=value` parameters as the one parameter that [`MetadataQuery`](super::MetadataQuery) reads.
fn folded(query: &str) -> Cow<'_, str> {
    let key_of = |name: &str| Some(name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    let pairs = || form_urlencoded::parse(query.as_bytes());
    if !pairs().any(|(name, _)| key_of(&name).is_some()) {
        return query.into();
    }
    let wanted: Vec<_> = pairs().filter_map(|(name, value)| Some((key_of(&name)?, value))).collect();
    let others = pairs().filter(|(name, _)| key_of(name).is_none());
    let json = serde_json::to_string(&wanted).unwrap_or_default();
    let mut folded = form_urlencoded::Serializer::new(String::new());
    folded.extend_pairs(others).append_pair("metadata", &json).finish().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MetadataQuery;
    use guerdon_store::journal::Metadata;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Wanted {
        limit: Option<u8>,
        atomic: Option<bool>,
        #[serde(default)]
        metadata: MetadataQuery,
    }

    #[test]
    fn bad_parameters_are_told_by_name() {
        for (query, name, code) in [
            ("limit=x", "limit", "invalid_value"),
            ("atomic=yes", "atomic", "invalid_value"),
            ("limt=5", "limt", "unknown_field"),
            ("limit=5&limit=6", "limit", "duplicate_field"),
            ("metadata=order", "metadata", "invalid_value"),
            ("metadata[]=a", "metadata", "invalid_value"),
            ("metadata[a]=1&metadata[a]=2", "metadata", "invalid_value"),
        ] {
            let problem = serde_json::to_value(parse::<Wanted>(query).expect_err(query)).expect("json");
            assert_eq!(problem["errors"][0]["pointer"], name, "{query}: {problem}");
            assert_eq!(problem["errors"][0]["code"], code, "{query}: {problem}");
        }
    }

    #[test]
    fn a_call_without_parameters_takes_none() {
        assert!(parse::<NoQuery>("").is_ok());
        assert_eq!(parse::<NoQuery>("a=1").expect_err("a").status(), 400);
    }

    #[test]
    fn metadata_stands_beside_other_parameters() {
        let wanted: Wanted = parse("metadata[order]=7%268&limit=5&metadata%5Bcity%5D=Harare").expect("query");
        assert_eq!(wanted.limit, Some(5));
        let given = serde_json::json!({"order": "7&8", "city": "Harare", "more": 1});
        assert!(wanted.metadata.fits(&Metadata::of(given)));
        let other = serde_json::json!({"order": "7&8"});
        assert!(!wanted.metadata.fits(&Metadata::of(other)));
    }
}
