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
mod events;
mod guide;
mod headers;
mod holds;
mod idempotency;
mod isolation;
mod jobs;
mod lifecycle;
mod lists;
mod openapi;
mod outage;
mod referrals;
mod reversal;
mod rewards_ledger;
mod roles;
mod streams;
mod support;
