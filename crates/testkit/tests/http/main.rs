//! The HTTP contract from outside, on both databases.

mod access;
mod bad_bodies;
mod bad_requests;
mod budget_reads;
mod budgets;
mod bulk;
mod concurrency;
mod docs;
mod doors;
mod from_text;
mod guide;
mod headers;
mod holds;
mod hooks;
mod idempotency;
mod isolation;
mod jobs;
mod lifecycle;
mod lists;
mod openapi;
mod outage;
mod reversal;
mod roles;
mod streams;
mod support;
