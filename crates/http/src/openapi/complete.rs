//! What holds for every call of a kind, written into the document once: the forms of lists, the headers of replays,
//! words for successes.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Content, OpenApi, RefOr};

/// Completes the document of all routes.
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        operations.into_iter().flatten().for_each(complete_operation);
    }
    document
}

fn complete_operation(operation: &mut Operation) {
    let versioned = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name == "If-Match",
        RefOr::Ref(_) => false,
    });
    let responses = &mut operation.responses.responses;
    if !versioned {
        responses.remove("412");
    }
    let repeatable = responses.contains_key("201");
    for (status, response) in responses {
        let RefOr::T(response) = response else { continue };
        response.headers.insert("X-Request-Id".to_owned(), text("The request, for the log and for support"));
        match status.as_str() {
            "200" if repeatable => {
                let told = "`true`: an earlier call with the same key had recorded it";
                response.headers.insert("Idempotent-Replayed".to_owned(), text(told));
            }
            "401" => drop(response.headers.insert("WWW-Authenticate".to_owned(), text("`Bearer`"))),
            "503" => {
                let told = "When to come again, in seconds";
                response.headers.insert("Retry-After".to_owned(), text(told));
            }
            _ => {}
        }
        if response.description.is_empty() {
            response.description = if status == "201" { "Recorded" } else { "As asked" }.to_owned();
        }
        if is_list(response) {
            for kind in ["text/csv", "application/x-ndjson"] {
                response.content.insert(kind.to_owned(), RefOr::T(Content::new(Some(RefOr::T(string())))));
            }
            response.description =
                "A page as JSON; the whole list as CSV or NDJSON, by the header `Accept`".to_owned();
        }
    }
}

/// Whether an answer is a page of a list.
fn is_list(response: &Response) -> bool {
    let Some(RefOr::T(content)) = response.content.get("application/json") else { return false };
    match &content.schema {
        Some(RefOr::Ref(schema)) => schema.ref_location.starts_with("#/components/schemas/Page_"),
        _ => false,
    }
}

fn string() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).into()
}

fn text(description: &str) -> RefOr<utoipa::openapi::Header> {
    RefOr::T(HeaderBuilder::new().schema(Some(string())).description(Some(description)).build())
}
