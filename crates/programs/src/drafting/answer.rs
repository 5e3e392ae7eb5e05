//! What a model answered, read as what it is: text from outside.

use super::model::{ModelError, ModelFault};
use guerdon_rules::{Flaw, Rule, Words};
use serde::Deserialize;
use serde_json::Value;

/// Bytes of the message at most.
const MESSAGE_BYTES: usize = 64 << 10;
/// Assumptions, and words that were not understood, at most; and characters of each.
const REMARKS: usize = 20;
const REMARK_CHARACTERS: usize = 300;
/// Flaws that are told at most.
const FLAWS: usize = 10;

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    rule: Value,
    #[serde(default)]
    assumptions: Vec<String>,
    #[serde(default)]
    not_understood: Vec<String>,
}

/// The rule that an answer holds, what the model did not understand of the sentence, and what it assumed.
pub(super) fn draft_in(answer: &[u8], text: &str) -> Result<(Rule, Vec<Words>, Vec<String>), ModelError> {
    let malformed = |told: &str| ModelFault::Malformed.told(told);
    let completion: Completion =
        serde_json::from_slice(answer).map_err(|_| malformed("the model's answer is no chat completion"))?;
    let message = completion.choices.into_iter().next();
    let message = message.ok_or_else(|| malformed("the model's answer has no message"))?.message.content;
    if message.len() > MESSAGE_BYTES {
        return Err(
            ModelFault::TooLong.told(format!("the model's message has more than {MESSAGE_BYTES} bytes"))
        );
    }
    let said: Said = serde_json::from_str(&message)
        .map_err(|_| malformed("the model's message is not the JSON object that was asked for"))?;
    let not_understood = said.not_understood.iter().take(REMARKS).filter_map(|words| place_of(words, text));
    let assumptions = said.assumptions.iter().take(REMARKS).filter_map(|remark| plain(remark));
    let (not_understood, assumptions) = (not_understood.collect(), assumptions.collect());
    Ok((rule_of(said.rule)?, not_understood, assumptions))
}

/// The rule, which can be nothing but a draft.
fn rule_of(mut document: Value) -> Result<Rule, ModelError> {
    if let Value::Object(fields) = &mut document {
        let status = fields.entry("status").or_insert_with(|| "draft".into());
        if status != "draft" {
            let told = "/status: a model's rule is a draft, and nothing else";
            return Err(ModelFault::InvalidRule.told(told));
        }
    }
    Rule::parse(&document).map_err(|flaws| {
        let told: Vec<String> = flaws.iter().take(FLAWS).map(Flaw::to_string).collect();
        ModelFault::InvalidRule.told(told.join("; "))
    })
}

/// Where words of the sentence stand in it. What the model made up stands nowhere.
fn place_of(words: &str, text: &str) -> Option<Words> {
    let at = text.find(words).filter(|_| !words.trim().is_empty())?;
    let start = text[..at].chars().count();
    Some(Words { text: words.to_owned(), start, end: start + words.chars().count() })
}

/// A remark without control characters, and not longer than one.
fn plain(remark: &str) -> Option<String> {
    let visible = remark.chars().map(|c| if c.is_control() { ' ' } else { c });
    let remark: String = visible.take(REMARK_CHARACTERS).collect();
    Some(remark.trim().to_owned()).filter(|remark| !remark.is_empty())
}
