//! Reads: balances now and as of any time, entries by account, transactions, records. Each takes a transaction, so
//! that several reads can show one instant.

mod balances;
mod entries;
mod events;
mod lists;
mod records;
mod referrals;
mod rows;
mod transactions;

pub use balances::{
    BalanceRow, ClassBalance, FlowRow, HoldRow, Instant, asset_balance, assets_of, balance, balance_as_of,
    balances_after, class_balances, flows, hold, hold_rows, holds_before,
};
pub use entries::{Entry, EntryPage, entries};
pub use events::{StoredEvent, events_in_time, payload};
pub use lists::{ListPage, listed};
pub use records::{
    api_key_by_secret, api_keys, credential, delete_ended_sessions, delete_session, delete_sessions_of,
    document, document_version, document_versions, documents, member, members, put_credential, put_session,
    session,
};
pub use referrals::{
    ReferralFilter, put_signal_salt, referral, referral_code, referral_codes, referral_of, referrals,
    signal_salt,
};
pub use rows::{JournalRow, journal_length, journal_rows};
pub use transactions::{
    Found, account_transactions, first_recorded_at, reversal_of, reversals_of, search_transactions,
    transaction, transaction_by_key, transactions_after, transactions_at, transactions_before,
};

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    [
        balances::statements(),
        entries::statements(),
        events::statements(),
        lists::statements(),
        records::statements(),
        referrals::statements(),
        transactions::statements(),
    ]
    .concat()
}
