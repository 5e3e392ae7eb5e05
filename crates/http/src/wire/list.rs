//! Lists, each written once: a page of it as JSON, or the whole of it streamed as CSV or NDJSON.

use super::page::{Page, PageQuery, Position};
use crate::problem::Problem;
use axum::Json;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::try_unfold;
use serde::Serialize;
use serde_json::Value;
use std::convert::Infallible;
use std::future::Future;
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};

/// Rows that are read at a time while a whole list is streamed.
const STREAMED: i64 = 500;

/// A list that can be read on from any place in it.
pub(crate) trait List: Send + Sync + 'static {
    /// A row of it on the wire.
    type Row: Serialize + Send + 'static;
    /// What describes a row to OpenAPI; its fields are the columns of CSV.
    type Schema: ToSchema;
    /// A place in it.
    type At: Position + Send + 'static;

    /// Reads some rows that follow a place, or the first: `limit` at most.
    fn read(
        &self,
        at: Option<Self::At>,
        limit: i64,
    ) -> impl Future<Output = Result<Part<Self::Row, Self::At>, Problem>> + Send;
}

/// Some rows of a list, and where to go on; `None` where the list ends.
#[derive(Debug)]
pub(crate) struct Part<T, P> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<P>,
}

impl<T, P> Part<T, P> {
    /// Of rows that were read with one more than `limit`, which tells whether there are more.
    pub(crate) fn of<R>(
        mut read: Vec<R>,
        limit: i64,
        at: impl FnOnce(&R) -> P,
        view: impl FnMut(R) -> T,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = read.len() > limit;
        read.truncate(limit);
        let next = read.last().filter(|_| more).map(at);
        Self { rows: read.into_iter().map(view).collect(), next }
    }
}

/// What `Accept` names first of the kinds that are known; `None` where it names none of them.
pub(crate) fn accepted<T>(headers: &HeaderMap, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(',')).map(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.to_ascii_lowercase()
    });
    kinds.find_map(|kind| known(&kind))
}

/// In which form a list is wanted: what `Accept` names first of those there are, JSON where it names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Csv,
    Ndjson,
}

impl Format {
    fn of(headers: &HeaderMap) -> Self {
        let known = |kind: &str| match kind {
            "application/json" => Some(Self::Json),
            "text/csv" => Some(Self::Csv),
            "application/x-ndjson" => Some(Self::Ndjson),
            _ => None,
        };
        accepted(headers, known).unwrap_or(Self::Json)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Format {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// The answer to whoever asks for a list.
pub(crate) async fn answer<L: List>(list: L, format: Format, page: &PageQuery) -> Result<Response, Problem> {
    let writer = match format {
        Format::Json => {
            let part = list.read(page.position()?, page.limit()?).await?;
            return Ok(Json(Page::from(part)).into_response());
        }
        Format::Csv => Writer::Csv(columns::<L::Schema>()),
        Format::Ndjson => Writer::Ndjson,
    };
    page.expect_whole()?;
    streamed(list, writer).await
}

/// A whole list as CSV.
pub(crate) async fn csv<L: List>(list: L) -> Result<Response, Problem> {
    streamed(list, Writer::Csv(columns::<L::Schema>())).await
}

async fn streamed<L: List>(list: L, writer: Writer) -> Result<Response, Problem> {
    // What is read before the answer begins can still be refused in words.
    let first = list.read(None, STREAMED).await?;
    let kind = HeaderValue::from_static(writer.content_type());
    let stream = try_unfold((list, writer, Step::Have(first, true)), |(list, writer, step)| async move {
        let (part, begins) = match step {
            Step::Have(part, begins) => (part, begins),
            Step::Read(at) => (list.read(Some(at), STREAMED).await.map_err(broken_off)?, false),
            Step::End => return Ok::<_, std::io::Error>(None),
        };
        let bytes = writer.write(&part.rows, begins)?;
        let step = part.next.map_or(Step::End, Step::Read);
        Ok(Some((bytes, (list, writer, step))))
    });
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(stream)).into_response())
}

/// Where the streaming of a list stands.
enum Step<T, P> {
    /// Rows to send, and whether they are the first.
    Have(Part<T, P>, bool),
    /// More to read.
    Read(P),
    End,
}

/// The answer has begun, so all that is left is to break it off: the caller sees that it is not whole.
fn broken_off(problem: Problem) -> std::io::Error {
    tracing::warn!(code = problem.code(), "the streaming of a list broke off");
    std::io::Error::other(problem.code())
}

#[derive(Debug)]
enum Writer {
    Csv(Vec<String>),
    Ndjson,
}

impl Writer {
    fn content_type(&self) -> &'static str {
        match self {
            Self::Csv(_) => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    fn write<T: Serialize>(&self, rows: &[T], begins: bool) -> std::io::Result<Bytes> {
        match self {
            Self::Csv(columns) => {
                let mut csv =
                    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
                if begins {
                    csv.write_record(columns)?;
                }
                for row in rows {
                    let row = serde_json::to_value(row)?;
                    csv.write_record(columns.iter().map(|column| cell(&row[column])))?;
                }
                Ok(csv.into_inner().map_err(|error| error.into_error())?.into())
            }
            Self::Ndjson => {
                let mut lines = Vec::new();
                for row in rows {
                    serde_json::to_writer(&mut lines, row)?;
                    lines.push(b'\n');
                }
                Ok(lines.into())
            }
        }
    }
}

/// A value as a cell: texts bare, nothing for null, what is nested as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The names of the fields of a row, as OpenAPI has them.
fn columns<T: ToSchema>() -> Vec<String> {
    let mut known = Vec::new();
    T::schemas(&mut known);
    let mut columns = Vec::new();
    collect(&T::schema(), &known, &mut columns);
    columns
}

fn collect(schema: &RefOr<Schema>, known: &[(String, RefOr<Schema>)], columns: &mut Vec<String>) {
    match schema {
        RefOr::Ref(Ref { ref_location, .. }) => {
            let name = ref_location.rsplit('/').next().unwrap_or_default();
            if let Some((_, schema)) = known.iter().find(|(known, _)| known == name) {
                collect(schema, known, columns);
            }
        }
        RefOr::T(Schema::Object(object)) => columns.extend(object.properties.keys().cloned()),
        RefOr::T(Schema::AllOf(all)) => all.items.iter().for_each(|item| collect(item, known, columns)),
        RefOr::T(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, ToSchema)]
    struct Inner {
        posted: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'static str>,
    }

    #[derive(Debug, Serialize, ToSchema)]
    struct Row {
        id: &'static str,
        tags: Vec<i64>,
        #[serde(flatten)]
        inner: Inner,
    }

    #[test]
    fn columns_are_the_fields_of_the_schema_in_their_order_with_the_flattened_ones() {
        let mut columns = columns::<Row>();
        columns.sort();
        assert_eq!(columns, ["id", "note", "posted", "tags"]);
    }

    #[test]
    fn csv_has_texts_bare_and_what_is_nested_as_json() {
        let rows = [
            Row { id: "a,\"b\"", tags: vec![1, 2], inner: Inner { posted: -5, note: None } },
            Row { id: "=c", tags: vec![], inner: Inner { posted: 0, note: Some("x\ny") } },
        ];
        let csv = Writer::Csv(["id", "tags", "posted", "note"].map(str::to_owned).to_vec());
        let written = String::from_utf8(csv.write(&rows, true).expect("csv").to_vec()).expect("text");
        assert_eq!(written, "id,tags,posted,note\r\n\"a,\"\"b\"\"\",\"[1,2]\",-5,\r\n=c,[],0,\"x\ny\"\r\n");
    }

    #[test]
    fn a_part_goes_on_only_where_there_is_more() {
        let part = |read: Vec<i64>| Part::of(read, 2, |last| *last, |row| row);
        assert_eq!((part(vec![3, 2, 1]).rows, part(vec![3, 2, 1]).next), (vec![3, 2], Some(2)));
        assert_eq!((part(vec![3, 2]).rows, part(vec![3, 2]).next), (vec![3, 2], None));
    }

    #[test]
    fn the_first_known_kind_that_is_accepted_is_answered() {
        for (accept, format) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("text/csv", Format::Csv),
            ("Text/CSV; charset=utf-8, application/json", Format::Csv),
            ("application/json, text/csv", Format::Json),
            ("text/html,application/x-ndjson;q=0.9,*/*;q=0.1", Format::Ndjson),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Format::of(&headers), format, "{accept}");
        }
        assert_eq!(Format::of(&HeaderMap::new()), Format::Json);
    }
}
