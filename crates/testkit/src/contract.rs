//! The OpenAPI document as a judge: an answer has a status that it tells of, a body that its schema describes, and no
//! field that it keeps quiet about.

use crate::client::Answer;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(guerdon_http::document()).unwrap_or_default());

/// Validators by the schema they are made of, as text.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Asserts that an answer is one that the document tells of. Of paths and methods that it does not know it says nothing.
///
/// # Panics
/// When the answer is another.
pub fn check(method: &Method, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let told = format!("{method} {path}: {} {}", answer.status, answer.text);
    assert!(!answer.status.is_server_error() || answer.status == 503, "a server never fails: {told}");
    let response = &operation["responses"][answer.status.as_str()];
    assert!(response.is_object(), "a status that the document does not tell of: {told}");
    let Some(content) = response["content"].as_object() else {
        return assert!(answer.text.is_empty(), "a body that the document does not tell of: {told}");
    };
    let kind = answer.header("content-type").split(';').next().unwrap_or_default();
    let Some(content) = content.get(kind) else { panic!("{kind} is not told of: {told}") };
    if kind == "application/json" || kind.ends_with("+json") {
        let schema = &content["schema"];
        if let Err(error) = validator(schema).validate(&answer.body) {
            panic!("at {}: {error}: {told}", error.instance_path());
        }
        let untold = untold(schema, &answer.body, "");
        assert!(untold.is_empty(), "fields that the document does not tell of: {untold:?}: {told}");
    }
}

/// What the document says of a call.
pub fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or_default();
    let rest = ["/api/v1/", "/api/", "/v1/"].iter().find_map(|prefix| path.strip_prefix(prefix));
    let path = match rest {
        Some(rest) => format!("/api/v1/{rest}"),
        None if path.starts_with("/points/") => format!("/api/v1{path}"),
        None => path.to_owned(),
    };
    let fits = |template: &&String| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
    };
    let paths = DOCUMENT["paths"].as_object()?;
    // The most literal path is the one that a router takes.
    let template = paths.keys().filter(fits).min_by_key(|template| template.matches('{').count())?;
    paths[template].get(method.as_str().to_lowercase())
}

/// A validator of a schema of the document.
///
/// # Panics
/// When it is no schema.
pub fn validator(schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(schema.to_string()).or_insert_with(|| {
        let whole = json!({"allOf": [schema], "components": DOCUMENT["components"]});
        let made = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&whole);
        Arc::new(made.unwrap_or_else(|error| panic!("{error}: {schema}")))
    });
    made.clone()
}

/// The schema itself, where it is a reference.
pub fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str().and_then(|at| at.strip_prefix('#')) {
        Some(at) => DOCUMENT.pointer(at).unwrap_or(schema),
        None => schema,
    }
}

/// The places of fields that a value has and its schema does not.
fn untold(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut properties = Vec::new();
    let open = gather(schema, value, &mut properties);
    match value {
        Value::Object(fields) => {
            let of_field = |(name, value): (&String, &Value)| {
                let at = format!("{at}/{name}");
                match properties.iter().find_map(|properties| properties.get(name)) {
                    Some(schema) => untold(schema, value, &at),
                    None if open => Vec::new(),
                    None => vec![at],
                }
            };
            fields.iter().flat_map(of_field).collect()
        }
        Value::Array(items) => {
            let schema = &resolved(schema)["items"];
            items
                .iter()
                .enumerate()
                .flat_map(|(index, item)| untold(schema, item, &format!("{at}/{index}")))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Gathers the properties that a schema gives an object; answers whether the object may have any others.
fn gather<'a>(schema: &'a Value, value: &Value, properties: &mut Vec<&'a Value>) -> bool {
    let schema = resolved(schema);
    let mut open = false;
    if schema["properties"].is_object() {
        properties.push(&schema["properties"]);
    } else {
        let nothing_said = ["allOf", "oneOf", "anyOf"].iter().all(|name| schema[*name].is_null());
        open = nothing_said && schema["additionalProperties"] != json!(false);
    }
    if schema["additionalProperties"].is_object() {
        open = true;
    }
    let all = schema["allOf"].as_array().into_iter().flatten();
    let some = ["oneOf", "anyOf"].iter().filter_map(|name| schema[*name].as_array()).flatten();
    let fitting = some.filter(|schema| validator(schema).is_valid(value));
    for schema in all.chain(fitting) {
        open |= gather(schema, value, properties);
    }
    open
}
