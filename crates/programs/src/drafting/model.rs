//! The language model: an endpoint that speaks OpenAI's chat completions. What it answers is never trusted: it is read
//! within limits, and must be a rule that parses and a draft.

use super::answer::draft_in;
use super::prompt::request;
use super::{DraftSource, RuleDraft};
use crate::access::Secret;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Bytes of an answer at most.
const MAX_BYTES: usize = 256 << 10;
/// Questions at once, at most: each costs time and money.
const AT_ONCE: usize = 8;
/// How long an answer may take where the configuration does not say, and at most.
const TIMEOUT_SECONDS: u64 = 20;
const MAX_TIMEOUT_SECONDS: u64 = 120;

/// Which language model to ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// The base of its address, such as `https://api.openai.com/v1`; `/chat/completions` is put behind it.
    pub url: String,
    /// What it is called there.
    pub name: String,
    /// The key to ask with, where one is needed.
    #[serde(default)]
    pub key: Option<Secret>,
    /// How long an answer may take.
    #[serde(default)]
    pub timeout_seconds: Option<u64>,
}

/// What is wrong with the configuration of a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelConfigError {
    /// The address is none.
    #[error("the model's URL is no http or https address: {0}")]
    Url(String),
    /// A model has a name.
    #[error("the model has no name: set model_name to what it is called at its address")]
    NoName,
    /// A key that no header can carry.
    #[error("the model's key has characters that no key has")]
    Key,
    /// Too short or too long.
    #[error("an answer of the model may take 1 to {MAX_TIMEOUT_SECONDS} seconds, not {0}")]
    Timeout(u64),
    /// No HTTP client could be made.
    #[error("no HTTP client for the model: {0}")]
    Client(#[from] reqwest::Error),
}

/// Why a model made no draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ModelError {
    /// What kind of fault.
    pub fault: ModelFault,
    /// What happened, in words; nothing that the model said is in it but the places of flaws.
    pub detail: String,
}

/// The kinds of faults of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelFault {
    /// It cannot be reached.
    Unreachable,
    /// It took too long.
    Timeout,
    /// Too many ask at once.
    Busy,
    /// It answered with a status other than 200.
    Status,
    /// It said too much.
    TooLong,
    /// What it said is not of the form that was asked for.
    Malformed,
    /// What it said is no rule that could be.
    InvalidRule,
}

impl ModelFault {
    /// The fault as programs know it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "model_unreachable",
            Self::Timeout => "model_timeout",
            Self::Busy => "model_busy",
            Self::Status => "model_refused",
            Self::TooLong => "model_answer_too_long",
            Self::Malformed => "model_answer_malformed",
            Self::InvalidRule => "model_rule_invalid",
        }
    }

    pub(super) fn told(self, detail: impl Into<String>) -> ModelError {
        ModelError { fault: self, detail: detail.into() }
    }
}

/// A model whose configuration was checked.
#[derive(Debug)]
pub(super) struct Model {
    url: Url,
    name: String,
    key: Option<Secret>,
    client: Client,
    turns: Semaphore,
    timeout_seconds: u64,
}

impl Model {
    pub(super) fn checked(config: &ModelConfig) -> Result<Self, ModelConfigError> {
        let wrong = || ModelConfigError::Url(config.url.clone());
        let url = format!("{}/chat/completions", config.url.trim_end_matches('/'));
        let url =
            Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(wrong)?;
        if config.name.trim().is_empty() {
            return Err(ModelConfigError::NoName);
        }
        let plain = |key: &Secret| key.expose().bytes().all(|byte| byte.is_ascii_graphic());
        if config.key.as_ref().is_some_and(|key| !plain(key)) {
            return Err(ModelConfigError::Key);
        }
        let timeout_seconds = config.timeout_seconds.unwrap_or(TIMEOUT_SECONDS);
        if !(1..=MAX_TIMEOUT_SECONDS).contains(&timeout_seconds) {
            return Err(ModelConfigError::Timeout(timeout_seconds));
        }
        let client = Client::builder()
            .timeout(Duration::from_secs(timeout_seconds))
            .redirect(Policy::none())
            .user_agent("guerdon")
            .build()?;
        let (name, key, turns) = (config.name.clone(), config.key.clone(), Semaphore::new(AT_ONCE));
        Ok(Self { url, name, key, client, turns, timeout_seconds })
    }

    /// Asks for a draft of a sentence.
    pub(super) async fn draft(
        &self,
        text: &str,
        today: Date,
        zone: &TimeZone,
    ) -> Result<RuleDraft, ModelError> {
        let busy = || ModelFault::Busy.told("too many sentences are with the model already; try again");
        let _turn = self.turns.try_acquire().map_err(|_| busy())?;
        let answer = self.ask(text, today, zone).await?;
        let (rule, not_understood, assumptions) = draft_in(&answer, text)?;
        Ok(RuleDraft { source: DraftSource::Model, rule, used: Vec::new(), not_understood, assumptions })
    }

    async fn ask(&self, text: &str, today: Date, zone: &TimeZone) -> Result<Vec<u8>, ModelError> {
        let mut asked = self.client.post(self.url.clone()).json(&request(&self.name, text, today, zone));
        if let Some(key) = &self.key {
            asked = asked.bearer_auth(key.expose());
        }
        let mut answer = asked.send().await.map_err(|error| self.failed(&error))?;
        if answer.status() != StatusCode::OK {
            let status = answer.status().as_u16();
            tracing::warn!(status, "the language model refused to answer");
            return Err(ModelFault::Status.told(format!("the model answered with the status {status}")));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failed(&error))? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(
                    ModelFault::TooLong.told(format!("the model's answer has more than {MAX_BYTES} bytes"))
                );
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failed(&self, error: &reqwest::Error) -> ModelError {
        let host = self.url.host_str().unwrap_or_default();
        tracing::warn!(host, timeout = error.is_timeout(), "the language model did not answer");
        match error.is_timeout() {
            true => {
                let told = format!("the model did not answer within {} seconds", self.timeout_seconds);
                ModelFault::Timeout.told(told)
            }
            false => ModelFault::Unreachable.told("the model cannot be reached, or broke off"),
        }
    }
}

#[cfg(test)]
mod tests;
