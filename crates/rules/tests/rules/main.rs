//! The language as its callers see it: rule and event in, decision and trace out.

mod documents;
mod effects;
mod example;
mod flaws;
mod flaws_of_actions;
mod guide;
mod history;
mod operators;
mod paths;
mod sentences;
mod support;
mod windows;
