//! Sentences become drafts of rules: by the grammar, and where one is configured, by a language model too. Nothing is
//! saved here: a person looks at a draft, and makes a rule of it.

mod answer;
mod model;
mod prompt;

pub use model::{ModelConfig, ModelConfigError, ModelError, ModelFault};

use guerdon_rules::{Misread, Rule, Used, Words, read_sentence};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::Model;
use std::sync::Arc;

/// Makes drafts of sentences.
#[derive(Debug, Clone, Default)]
pub struct Drafting {
    model: Option<Arc<Model>>,
}

/// Who made a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftSource {
    /// The grammar.
    Grammar,
    /// The language model.
    Model,
}

/// A draft of a rule.
#[derive(Debug, Clone)]
pub struct RuleDraft {
    /// Who made it.
    pub source: DraftSource,
    /// The rule. Its status is `draft`.
    pub rule: Rule,
    /// What was understood, and as what: of the grammar alone.
    pub used: Vec<Used>,
    /// What was not understood.
    pub not_understood: Vec<Words>,
    /// What was assumed.
    pub assumptions: Vec<String>,
}

/// What came of a sentence.
#[derive(Debug, Clone)]
pub struct Drafts {
    /// The drafts: the grammar's before the model's.
    pub drafts: Vec<RuleDraft>,
    /// Why the grammar made none.
    pub misread: Option<Misread>,
    /// Why the model made none, where one is configured.
    pub model: Option<ModelError>,
}

impl Drafting {
    /// With a language model, where one is configured.
    ///
    /// # Errors
    /// [`ModelConfigError`].
    pub fn new(config: Option<&ModelConfig>) -> Result<Self, ModelConfigError> {
        let model = config.map(Model::checked).transpose()?;
        Ok(Self { model: model.map(Arc::new) })
    }

    /// Makes drafts of a sentence. Dates in it are those of the time zone.
    pub async fn of(&self, text: &str, today: Date, zone: &TimeZone) -> Drafts {
        let (mut drafts, mut misread, mut failed) = (Vec::new(), None, None);
        match read_sentence(text, today, zone) {
            Ok(sentence) => drafts.push(RuleDraft {
                source: DraftSource::Grammar,
                rule: sentence.rule,
                used: sentence.used,
                not_understood: sentence.not_understood,
                assumptions: sentence.assumptions,
            }),
            Err(why) => misread = Some(why),
        }
        if let Some(model) = &self.model {
            match model.draft(text, today, zone).await {
                Ok(draft) => drafts.push(draft),
                Err(error) => failed = Some(error),
            }
        }
        Drafts { drafts, misread, model: failed }
    }
}
