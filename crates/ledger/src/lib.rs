//! The ledger of Guerdon, pure: what value is ([`Asset`], [`Amount`]), where it lies ([`AccountPath`],
//! [`Balance`]), how it moves ([`Posting`], [`HoldOp`], [`Guard`], together a [`Movement`]), what a movement does
//! to the books ([`Book::apply`]), and how the record of it is chained ([`chain`]).
//!
//! Nothing here reads a clock, a database or a random source, so everything here can be tested as a table.

mod account;
mod amount;
mod asset;
mod balance;
mod book;
pub mod chain;
mod guard;
mod hold;
mod id;
mod posting;
mod refusal;

pub use account::{AccountClass, AccountKey, AccountPath};
pub use amount::{Amount, MAX_MINOR_UNITS};
pub use asset::{Asset, AssetCode};
pub use balance::Balance;
pub use book::{BalanceChange, Book, Effects, HoldChange, Movement};
pub use guard::{Guard, Measure, Term};
pub use hold::{Hold, HoldKey, HoldOp, HoldStatus};
pub use id::{Invalid, MemberId, Name, Reference};
pub use posting::{Posting, reversed};
pub use refusal::Refusal;
