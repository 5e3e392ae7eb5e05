//! The language as its callers see it: rule and event in, decision and trace out.

mod example;
mod history;
mod sentences;
mod support;
