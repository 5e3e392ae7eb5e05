//! A sentence becomes drafts of a rule. Nothing is saved.

use crate::app::App;
use crate::body::Body;
use crate::caller::{Caller, RuleReader};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use axum::Json;
use axum::extract::State;
use guerdon_ledger::Invalid;
use guerdon_programs::drafting::{DraftSource, Drafts, ModelError, RuleDraft};
use guerdon_rules::{Misread, SENTENCE_CHARACTERS, Used, Words};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A sentence that says a rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Reward $50 for 3 referrals, at most twice a year"}))]
pub(crate) struct TextBody {
    /// The sentence, of at most 2,000 characters, in English.
    #[schema(value_type = String, max_length = 2000, example = "Reward $50 for 3 referrals, at most twice a year")]
    text: SentenceText,
}

/// A sentence of at most so many characters as are read.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct SentenceText(String);

impl TryFrom<String> for SentenceText {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let characters = text.chars().count();
        match !text.trim().is_empty() && characters <= SENTENCE_CHARACTERS {
            true => Ok(Self(text)),
            false => Err(Invalid(format!(
                "a sentence has 1 to {SENTENCE_CHARACTERS} characters, this has {characters}"
            ))),
        }
    }
}

/// What came of a sentence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftsView {
    /// Drafts of the rule: the grammar's, and the language model's where one is configured.
    drafts: Vec<DraftView>,
    /// Why the grammar made none.
    #[serde(skip_serializing_if = "Option::is_none")]
    grammar: Option<FaultView>,
    /// Why the language model made none.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<FaultView>,
}

/// A draft of a rule, to be looked at by a person, and made a rule with `POST /api/v1/rules`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftView {
    /// Who made it: `grammar` or `model`.
    #[schema(example = "grammar")]
    source: &'static str,
    /// The rule. Its status is `draft`.
    #[schema(value_type = Object)]
    rule: Value,
    /// The rule in plain English.
    #[schema(
        example = "When an event “referral.converted” comes in:\nThen credit referrer_id with 100 points."
    )]
    reading: String,
    /// Which words were understood, and as what. A model does not say.
    used: Vec<UsedView>,
    /// Which words the rule does not express.
    not_understood: Vec<WordsView>,
    /// What was assumed, each to be confirmed.
    assumptions: Vec<String>,
}

/// Words of the sentence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WordsView {
    /// The words.
    #[schema(example = "on Mondays")]
    text: String,
    /// Where they begin, in characters from 0.
    #[schema(example = 35)]
    start: usize,
    /// Where they end.
    #[schema(example = 45)]
    end: usize,
}

/// Words of the sentence that were understood.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsedView {
    /// The words.
    #[schema(example = "3 referrals")]
    text: String,
    /// Where they begin, in characters from 0.
    #[schema(example = 15)]
    start: usize,
    /// Where they end.
    #[schema(example = 26)]
    end: usize,
    /// What they were read as.
    #[schema(example = "how often it must happen")]
    r#as: &'static str,
}

/// Why there is no draft.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultView {
    /// Why.
    error: FaultDetail,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultDetail {
    /// A stable name, for programs.
    #[schema(example = "no_reward")]
    code: &'static str,
    /// In words.
    #[schema(example = "it does not say what is given, such as 100 points, $50 or 5% cashback")]
    detail: String,
}

impl From<Drafts> for DraftsView {
    fn from(drafts: Drafts) -> Self {
        Self {
            drafts: drafts.drafts.into_iter().map(DraftView::from).collect(),
            grammar: drafts.misread.as_ref().map(FaultView::from),
            model: drafts.model.as_ref().map(FaultView::from),
        }
    }
}

impl From<RuleDraft> for DraftView {
    fn from(draft: RuleDraft) -> Self {
        Self {
            source: match draft.source {
                DraftSource::Grammar => "grammar",
                DraftSource::Model => "model",
            },
            rule: draft.rule.to_json(),
            reading: draft.rule.reading(),
            used: draft.used.into_iter().map(UsedView::from).collect(),
            not_understood: draft.not_understood.into_iter().map(WordsView::from).collect(),
            assumptions: draft.assumptions,
        }
    }
}

impl From<Words> for WordsView {
    fn from(Words { text, start, end }: Words) -> Self {
        Self { text, start, end }
    }
}

impl From<Used> for UsedView {
    fn from(Used { words: Words { text, start, end }, meaning }: Used) -> Self {
        Self { text, start, end, r#as: meaning }
    }
}

impl From<&Misread> for FaultView {
    fn from(misread: &Misread) -> Self {
        let code = match misread {
            Misread::TooLong { .. } => "too_long",
            Misread::Empty => "empty",
            Misread::NoReward => "no_reward",
            Misread::NoOccasion => "no_occasion",
            Misread::Several { .. } => "several_rules",
            Misread::Unclear(_) => "unclear",
            Misread::Flawed(_) => "invalid_rule",
        };
        Self { error: FaultDetail { code, detail: misread.to_string() } }
    }
}

impl From<&ModelError> for FaultView {
    fn from(error: &ModelError) -> Self {
        Self { error: FaultDetail { code: error.fault.code(), detail: error.detail.clone() } }
    }
}

/// Make drafts of a rule from a sentence
///
/// Nothing is saved. A grammar reads the usual sentences, and says what it did not understand and what it assumed; a
/// language model is asked too, where one is configured. What goes wrong with either is told beside the other's draft.
#[utoipa::path(post, path = "/api/v1/rules/from-text", operation_id = "draft_rule_from_text", tag = "Rules", request_body = TextBody,
    responses((status = 200, body = DraftsView),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        ReadProblems))]
pub(crate) async fn from_text(
    State(app): State<App>,
    caller: Caller<RuleReader>,
    body: Body<TextBody>,
) -> Result<Json<DraftsView>, Problem> {
    let zone = app.zone(caller.tenant).await?;
    let today = app.journal().clock().now().to_zoned(zone.clone()).date();
    let drafts = app.options().drafting.of(&body.value.text.0, today, &zone).await;
    Ok(Json(drafts.into()))
}
