-- Derived from the journal: balances and holds in the commit itself; entries, keys,
-- reversals and listings are its indexes.
CREATE TABLE balances (
    tenant_id TEXT NOT NULL,
    account   TEXT NOT NULL,
    asset     TEXT NOT NULL,
    posted    INTEGER NOT NULL,
    held      INTEGER NOT NULL CHECK (held >= 0),
    seq       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, account, asset),
    -- GLOB, not LIKE: to SQLite's LIKE `Funding:x` would be a source of value too.
    CONSTRAINT no_negative_balance
        CHECK (posted - held >= 0 OR account = 'issuance' OR account GLOB 'funding:*')
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
    tenant_id  TEXT NOT NULL,
    account    TEXT NOT NULL,
    reference  TEXT NOT NULL,
    asset      TEXT NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    captured   INTEGER NOT NULL CHECK (captured >= 0),
    released   INTEGER NOT NULL CHECK (released >= 0),
    -- Written out, here and elsewhere: for a list of three SQLite would fill a table in memory at every row.
    status     TEXT NOT NULL CHECK (status = 'open' OR status = 'captured' OR status = 'released'),
    expires_at INTEGER,
    placed_seq INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, account, reference),
    CONSTRAINT no_more_than_reserved CHECK (captured + released <= amount)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
    tenant_id    TEXT NOT NULL,
    account      TEXT NOT NULL,
    asset        TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    posting      INTEGER NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount <> 0),
    posted       INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, account, asset, seq, posting)
) STRICT, WITHOUT ROWID;

-- Back-dated entries are few; with them apart, a balance as of an effective date costs a look-up and their sum.
CREATE INDEX entries_dated ON entries (tenant_id, account, asset, effective_at)
    WHERE effective_at <> recorded_at;

CREATE TABLE idempotency_keys (
    tenant_id       TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE reversals (
    tenant_id TEXT NOT NULL,
    reversed  INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, reversed)
) STRICT, WITHOUT ROWID;

-- The lists that transactions stand in: the events of a type, what a rule did, the entries of a budget.
CREATE TABLE listings (
    tenant_id TEXT NOT NULL,
    list      TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, list, seq)
) STRICT, WITHOUT ROWID;

-- Gross totals of what ever moved from one class of account to another.
CREATE TABLE flows (
    tenant_id  TEXT NOT NULL,
    asset      TEXT NOT NULL,
    from_class TEXT NOT NULL,
    to_class   TEXT NOT NULL,
    postings   INTEGER NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tenant_id, asset, from_class, to_class)
) STRICT, WITHOUT ROWID;

-- How far the indexes above have followed the journal where they may trail it; what is missing is in memory, and is
-- read from the journal again at start.
CREATE TABLE index_progress (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    seq       INTEGER NOT NULL
) STRICT;

CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'history is append-only: entries cannot be updated'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'history is append-only: entries cannot be deleted from'); END;

CREATE TRIGGER idempotency_keys_no_update BEFORE UPDATE ON idempotency_keys
BEGIN SELECT RAISE(ABORT, 'history is append-only: idempotency_keys cannot be updated'); END;
CREATE TRIGGER idempotency_keys_no_delete BEFORE DELETE ON idempotency_keys
BEGIN SELECT RAISE(ABORT, 'history is append-only: idempotency_keys cannot be deleted from'); END;

CREATE TRIGGER reversals_no_update BEFORE UPDATE ON reversals
BEGIN SELECT RAISE(ABORT, 'history is append-only: reversals cannot be updated'); END;
CREATE TRIGGER reversals_no_delete BEFORE DELETE ON reversals
BEGIN SELECT RAISE(ABORT, 'history is append-only: reversals cannot be deleted from'); END;

CREATE TRIGGER listings_no_update BEFORE UPDATE ON listings
BEGIN SELECT RAISE(ABORT, 'history is append-only: listings cannot be updated'); END;
CREATE TRIGGER listings_no_delete BEFORE DELETE ON listings
BEGIN SELECT RAISE(ABORT, 'history is append-only: listings cannot be deleted from'); END;

-- What is held in all, without looking at accounts that hold nothing.
CREATE INDEX balances_held ON balances (tenant_id, asset) WHERE held > 0;
