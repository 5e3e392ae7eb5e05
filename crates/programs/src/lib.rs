//! The use cases of Guerdon, one file each, in folders by programme. Each is a [command](guerdon_store::journal::Command)
//! on the journal: what it must see, and what it decides then. Reads stand beside the commands they belong to.

pub mod access;
pub mod assets;
pub mod budgets;
pub mod drafting;
pub mod events;
pub mod general;
pub mod hooks;
pub mod members;
pub mod points;
pub mod referrals;
mod refusal;
pub mod rewards_ledger;
pub mod rules;
pub mod tenants;
pub mod vault;
pub mod worker;

pub use refusal::{Error, Refusal};
