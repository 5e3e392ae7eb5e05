//! The tables that the journal makes: each can be dropped and built again from it. Verification compares them with the
//! journal, rebuilding fills them from it, and whatever is to be known of one of them for that is known here.
//!
//! Three tables stand beside the list. `heads` is the end of each journal, but also opens the empty journal of a tenant
//! who is yet to be made; `tenant_directory` repeats the slugs of the tenants' journals, but also holds the slugs of
//! those tenants; and `index_progress` says how far the trailing indexes are filled. `journal`, `journal_texts` (personal texts), `credentials`, `sessions`
//! and `signal_salts` (secrets) are not derived at all.

use crate::driver::{DbError, Dialect, Lookup, Row, Transaction, Type, Value, Write};
use crate::journal::FIND_PROGRESS;
use crate::journal::load::{LOOK_UP_KEYS, LOOK_UP_REVERSALS};
use crate::journal::write::{
    WRITE_BALANCE, WRITE_ENTRY, WRITE_FLOW, WRITE_HOLD, WRITE_KEY, WRITE_LISTING, WRITE_REVERSAL,
};
use crate::records::{
    ApiKey, Change, Counter, Document, Member, Referral, ReferralCode, ReferralMark, Scheduled, Tenant,
    WRITE_API_KEY, WRITE_COUNTER, WRITE_DOCUMENT, WRITE_MEMBER, WRITE_REFERRAL, WRITE_REFERRAL_CODE,
    WRITE_REFERRAL_MARK, WRITE_SCHEDULED, WRITE_TENANT,
};

/// A table that can be built from the journal.
#[derive(Debug)]
pub(crate) struct Derived {
    /// The table and its columns after `tenant_id`.
    pub(crate) write: &'static Write,
    /// How many of these columns, from the first, are the key.
    pub(crate) key: usize,
    /// Rows of a tenant in the order of the key: `$1` the tenant, then the key to begin with, then how many.
    list: &'static str,
    /// How many rows there are, of all tenants.
    pub(crate) count: &'static str,
    /// Empties the table.
    pub(crate) clear: &'static str,
    /// The tenants that have rows.
    pub(crate) tenants: &'static str,
    /// How it is compared where it grows with history, and so does not fit into memory.
    pub(crate) history: Option<History>,
}

/// How a table that grows with history is compared.
#[derive(Debug)]
pub(crate) struct History {
    /// Rows by key.
    pub(crate) look_up: &'static Lookup,
    /// Whether the first column is the account that a row belongs to.
    pub(crate) by_account: bool,
    /// The column that names the transaction which wrote the row last.
    pub(crate) seq: usize,
}

/// The tenants that have rows in a table, each found by one step through its key.
macro_rules! tenants_of {
    ($table:literal) => {
        concat!(
            "WITH RECURSIVE found (id) AS (SELECT min(tenant_id) FROM ",
            $table,
            " UNION ALL SELECT (SELECT min(tenant_id) FROM ",
            $table,
            " WHERE tenant_id > found.id) FROM found WHERE found.id IS NOT NULL)
            SELECT id FROM found WHERE id IS NOT NULL"
        )
    };
}
pub(crate) use tenants_of;

macro_rules! derived {
    ($name:ident: $write:ident, $table:literal ($columns:literal),
     $length:literal ($key:literal) from ($from:literal) limit $limit:literal, $history:expr) => {
        pub(crate) static $name: Derived = Derived {
            write: &$write,
            key: $length,
            list: concat!(
                "SELECT ",
                $columns,
                " FROM ",
                $table,
                " WHERE tenant_id = $1 AND (",
                $key,
                ") >= (",
                $from,
                ") ORDER BY ",
                $key,
                " LIMIT ",
                $limit
            ),
            count: concat!("SELECT count(*) FROM ", $table),
            clear: concat!("DELETE FROM ", $table),
            tenants: tenants_of!($table),
            history: $history,
        };
    };
}

derived!(TENANTS: WRITE_TENANT, "tenants" ("slug, name, time_zone, status, settings, version, created_at"),
    0 ("tenant_id") from ("$1") limit "$2", None);
derived!(MEMBERS: WRITE_MEMBER,
    "members" ("member_id, name, email, role, team, department, status, version, created_at, attributes"),
    1 ("member_id") from ("$2") limit "$3", None);
derived!(API_KEYS: WRITE_API_KEY,
    "api_keys" ("key_id, name, role, member_id, scopes, secret_hash, status, created_at, expires_at, version"),
    1 ("key_id") from ("$2") limit "$3", None);
derived!(DOCUMENTS: WRITE_DOCUMENT, "documents" ("kind, document_id, version, body, removed, recorded_at"),
    3 ("kind, document_id, version") from ("$2, $3, $4") limit "$5", None);
derived!(COUNTERS: WRITE_COUNTER, "counters" ("counter, subject, bucket, count, sum, marks, last_at"),
    3 ("counter, subject, bucket") from ("$2, $3, $4") limit "$5", None);
derived!(SCHEDULE: WRITE_SCHEDULED, "schedule" ("job, subject, due_at"),
    2 ("job, subject") from ("$2, $3") limit "$4", None);
derived!(REFERRAL_CODES: WRITE_REFERRAL_CODE, "referral_codes" ("code, member_id, seq, created_at"),
    1 ("code") from ("$2") limit "$3", None);
derived!(REFERRALS: WRITE_REFERRAL,
    "referrals" ("referral_id, code, referrer_id, referred_id, status, review, flags, reviewed, rewards, qualified_by, qualified_at, seq, version, created_at"),
    1 ("referral_id") from ("$2") limit "$3", None);
derived!(REFERRAL_MARKS: WRITE_REFERRAL_MARK, "referral_marks" ("kind, value, count, first, last"),
    2 ("kind, value") from ("$2, $3") limit "$4", None);
derived!(BALANCES: WRITE_BALANCE, "balances" ("account, asset, posted, held, seq"),
    2 ("account, asset") from ("$2, $3") limit "$4", None);
derived!(FLOWS: WRITE_FLOW, "flows" ("asset, from_class, to_class, postings, amount"),
    3 ("asset, from_class, to_class") from ("$2, $3, $4") limit "$5", None);
derived!(HOLDS: WRITE_HOLD,
    "holds" ("account, reference, asset, amount, captured, released, status, expires_at, placed_seq, seq"),
    2 ("account, reference") from ("$2, $3") limit "$4",
    Some(History { look_up: &LOOK_UP_HOLD_ROWS, by_account: true, seq: 9 }));
derived!(ENTRIES: WRITE_ENTRY,
    "entries" ("account, asset, seq, posting, amount, posted, recorded_at, effective_at"),
    4 ("account, asset, seq, posting") from ("$2, $3, $4, $5") limit "$6",
    Some(History { look_up: &LOOK_UP_ENTRY_ROWS, by_account: true, seq: 2 }));
derived!(KEYS: WRITE_KEY, "idempotency_keys" ("idempotency_key, seq"),
    1 ("idempotency_key") from ("$2") limit "$3",
    Some(History { look_up: &LOOK_UP_KEYS, by_account: false, seq: 1 }));
derived!(REVERSALS: WRITE_REVERSAL, "reversals" ("reversed, seq"),
    1 ("reversed") from ("$2") limit "$3",
    Some(History { look_up: &LOOK_UP_REVERSALS, by_account: false, seq: 1 }));
// Every reservation of a budget has a list, so they are not tallied one by one.
derived!(LISTINGS: WRITE_LISTING, "listings" ("list, seq"),
    2 ("list, seq") from ("$2, $3") limit "$4",
    Some(History { look_up: &LOOK_UP_LISTINGS, by_account: false, seq: 1 }));

/// All of them.
pub(crate) static DERIVED: [&Derived; 16] = [
    &TENANTS,
    &MEMBERS,
    &API_KEYS,
    &DOCUMENTS,
    &COUNTERS,
    &SCHEDULE,
    &REFERRAL_CODES,
    &REFERRALS,
    &REFERRAL_MARKS,
    &BALANCES,
    &FLOWS,
    &HOLDS,
    &ENTRIES,
    &KEYS,
    &REVERSALS,
    &LISTINGS,
];

pub(crate) const LOOK_UP_HOLD_ROWS: Lookup = Lookup {
    sqlite:
        "SELECT account, reference, asset, amount, captured, released, status, expires_at, placed_seq, seq
        FROM holds WHERE tenant_id = $1 AND account = $2 AND reference = $3",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::text[]) AS wanted (a, r) CROSS JOIN LATERAL
        (SELECT account, reference, asset, amount, captured, released, status, expires_at, placed_seq, seq
        FROM holds WHERE tenant_id = $1 AND account = a AND reference = r LIMIT 1) AS found",
    key: &[Type::Text, Type::Text],
};
const LOOK_UP_ENTRY_ROWS: Lookup = Lookup {
    sqlite: "SELECT account, asset, seq, posting, amount, posted, recorded_at, effective_at FROM entries
        WHERE tenant_id = $1 AND account = $2 AND asset = $3 AND seq = $4 AND posting = $5",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[])
        AS wanted (a, c, s, p) CROSS JOIN LATERAL
        (SELECT account, asset, seq, posting, amount, posted, recorded_at, effective_at FROM entries
        WHERE tenant_id = $1 AND account = a AND asset = c AND seq = s AND posting = p LIMIT 1) AS found",
    key: &[Type::Text, Type::Text, Type::Int, Type::Int],
};

const LOOK_UP_LISTINGS: Lookup = Lookup {
    sqlite: "SELECT list, seq FROM listings WHERE tenant_id = $1 AND list = $2 AND seq = $3",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::bigint[]) AS wanted (l, s) CROSS JOIN LATERAL
        (SELECT list, seq FROM listings WHERE tenant_id = $1 AND list = l AND seq = s LIMIT 1) AS found",
    key: &[Type::Text, Type::Int],
};

/// The row that a change of configuration makes, and its table.
pub(crate) fn row_of(change: &Change) -> (&'static Derived, Vec<Value>) {
    match change {
        Change::Tenant(tenant) => (&TENANTS, tenant.values()),
        Change::Member(member) => (&MEMBERS, member.values()),
        Change::ApiKey(key) => (&API_KEYS, key.values()),
        Change::Document(document) => (&DOCUMENTS, document.values()),
        Change::Counter(counter) => (&COUNTERS, counter.values()),
        Change::Schedule(scheduled) => (&SCHEDULE, scheduled.values()),
        Change::ReferralCode(code) => (&REFERRAL_CODES, code.values()),
        Change::Referral(referral) => (&REFERRALS, referral.values()),
        Change::ReferralMark(mark) => (&REFERRAL_MARKS, mark.values()),
    }
}

/// A stored row of configuration as this program would write it, where it can be read: JSON may stand there as an older
/// program wrote it, without what has been added since.
pub(crate) fn as_written_now(table: &Derived, tenant: Value, row: &[Value]) -> Option<Vec<Value>> {
    let row_of = |row: &[Value]| Row(row.to_vec());
    match table.name() {
        "tenants" => Some(Tenant::from_row(&row_of(&[&[tenant], row].concat())).ok()?.values()),
        "members" => Some(Member::from_row(&row_of(row)).ok()?.values()),
        "api_keys" => Some(ApiKey::from_row(&row_of(row)).ok()?.values()),
        "counters" => Some(Counter::from_row(&row_of(row)).ok()?.values()),
        "schedule" => Some(Scheduled::from_row(&row_of(row)).ok()?.values()),
        "referral_codes" => Some(ReferralCode::from_row(&row_of(row)).ok()?.values()),
        "referrals" => Some(Referral::from_row(&row_of(row)).ok()?.values()),
        "referral_marks" => Some(ReferralMark::from_row(&row_of(row)).ok()?.values()),
        "documents" => Some(Document::from_row(&row_of(row)).ok()?.values()),
        _ => None,
    }
}

/// The transaction up to which the indexes over history (entries, keys, reversals, listings) have every row. On SQLite
/// they may trail the journal: rows of later transactions are there or are on their way. On PostgreSQL they are written
/// in the commit.
pub(crate) async fn filled_to(tx: &mut Transaction) -> Result<i64, DbError> {
    if tx.dialect() == Dialect::Postgres {
        return Ok(i64::MAX);
    }
    let rows = tx.query(FIND_PROGRESS, [tx.tenant()]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

impl Derived {
    /// The table's name.
    pub(crate) fn name(&self) -> &'static str {
        self.write.table
    }

    /// The key of a row.
    pub(crate) fn key_of<'a>(&self, row: &'a [Value]) -> &'a [Value] {
        row.get(..self.key).unwrap_or(row)
    }

    /// The names of the columns after `tenant_id`.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.write.columns.iter().map(|(name, _)| *name)
    }

    /// What a row is tallied with: the rows of its account, or the whole table.
    pub(crate) fn part_of<'a>(&self, row: &'a [Value]) -> &'a str {
        match (&self.history, row.first()) {
            (Some(history), Some(Value::Text(account))) if history.by_account => account,
            _ => "",
        }
    }
}

/// Rows of a table at a time.
pub(crate) const PAGE: usize = 2_000;

/// A walk through the stored rows of a tenant, in the order of their keys, page by page.
#[derive(Debug)]
pub(crate) struct Stored {
    table: &'static Derived,
    /// The key of the last row seen; before the first page, the least there is.
    from: Vec<Value>,
    begun: bool,
    ended: bool,
}

impl Stored {
    /// From the first row on.
    pub(crate) fn all(table: &'static Derived) -> Self {
        Self::of_part(table, "")
    }

    /// From the first row of an account on; the rows after that account's follow.
    pub(crate) fn of_part(table: &'static Derived, account: &str) -> Self {
        let least = |(index, (_, kind)): (usize, &(_, Type))| match (index, kind) {
            (0, Type::Text) => account.into(),
            (_, Type::Text) => "".into(),
            (_, Type::Int) => Value::Int(i64::MIN),
        };
        let from = table.write.columns[..table.key].iter().enumerate().map(least).collect();
        Self { table, from, begun: false, ended: false }
    }

    /// The next rows; none at the end.
    pub(crate) async fn next(&mut self, tx: &mut Transaction) -> Result<Vec<Vec<Value>>, DbError> {
        if self.ended {
            return Ok(Vec::new());
        }
        // Each page but the first begins with the last row of the page before, so that no key is left out.
        let mut params = vec![tx.tenant()];
        params.extend(self.from.iter().cloned());
        params.push((PAGE as i64 + 1).into());
        let rows = tx.query(self.table.list, params).await?;
        self.ended = rows.len() <= PAGE;
        let mut rows: Vec<Vec<Value>> = rows.into_iter().map(|Row(values)| values).collect();
        if self.begun && rows.first().is_some_and(|row| self.table.key_of(row) == self.from) {
            rows.remove(0);
        }
        self.begun = true;
        if let Some(last) = rows.last() {
            self.from = self.table.key_of(last).to_vec();
        }
        Ok(rows)
    }
}

/// The statements of this module by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    use crate::statements::Sql;
    let of_table = |table: &'static Derived| {
        let portable = [table.list, table.count, table.clear, table.tenants];
        portable.map(|sql| (table.name(), Sql::Portable(sql)))
    };
    let look_ups: [(&str, &'static Lookup); 3] = [
        ("LOOK_UP_HOLD_ROWS", &LOOK_UP_HOLD_ROWS),
        ("LOOK_UP_ENTRY_ROWS", &LOOK_UP_ENTRY_ROWS),
        ("LOOK_UP_LISTINGS", &LOOK_UP_LISTINGS),
    ];
    let look_ups = look_ups.map(|(name, lookup)| (name, Sql::Lookup(lookup)));
    DERIVED.into_iter().flat_map(of_table).chain(look_ups).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_is_read_with_the_columns_it_is_written_with() {
        for table in DERIVED {
            let columns: Vec<_> = table.columns().collect();
            let expected = format!("SELECT {} FROM {} WHERE", columns.join(", "), table.name());
            assert!(table.list.starts_with(&expected), "{}", table.name());
        }
    }
}
