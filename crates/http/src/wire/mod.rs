//! What travels: texts, transactions, parameters, lists.

mod list;
mod page;
mod params;
mod text;
mod transaction;
mod when;

pub(crate) use list::{Format, List, Part, answer};
pub(crate) use page::{Both, MetadataQuery, Page, PageQuery};
pub(crate) use params::{NoQuery, Path, Query, QueryWasRead};
pub(crate) use text::{Email, Label, Line, Note, controls};
pub(crate) use transaction::{
    BalanceView, NoWords, Posted, PostedBody, PostingSchema, RecordedWords, TransactionView, balance_of,
};
pub(crate) use when::{Moment, Span, When};
