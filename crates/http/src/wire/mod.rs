//! What travels: texts, transactions, parameters, lists.

pub(crate) mod bulk;
mod list;
mod page;
mod params;
mod text;
mod transaction;
mod when;
mod workbook;

pub(crate) use list::{Format, List, Part, accepted, answer, csv};
pub(crate) use page::{Both, MetadataQuery, Page, PageQuery};
pub(crate) use params::{NoQuery, Path, Query, QueryWasRead, present};
pub(crate) use text::{Email, Label, Line, Note, controls};
pub(crate) use transaction::{
    BalanceView, NoWords, Posted, PostedBody, PostingSchema, RecordedWords, TransactionView, balance_of,
};
pub(crate) use when::{Moment, Span, When};
pub(crate) use workbook::{Cell, Table, XLSX, workbook};
