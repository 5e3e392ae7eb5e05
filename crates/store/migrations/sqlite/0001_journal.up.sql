-- The journal: one row per transaction, append-only. Every table but the journal, its texts and the secrets of
-- 0003 can be dropped and built again from it.
CREATE TABLE heads (
    tenant_id   TEXT NOT NULL PRIMARY KEY,
    seq         INTEGER NOT NULL CHECK (seq >= 0),
    hash        TEXT NOT NULL CHECK (length(hash) = 64),
    recorded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE journal (
    tenant_id       TEXT NOT NULL,
    seq             INTEGER NOT NULL CHECK (seq >= 1),
    kind            TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    actor           TEXT NOT NULL,
    idempotency_key TEXT,
    fingerprint     TEXT,
    recorded_at     INTEGER NOT NULL,
    effective_at    INTEGER NOT NULL,
    reason          TEXT,
    reference       TEXT,
    postings        TEXT NOT NULL,
    balances        TEXT NOT NULL,
    holds           TEXT NOT NULL,
    changes         TEXT NOT NULL,
    metadata        TEXT NOT NULL,
    reverses        INTEGER,
    lists           TEXT NOT NULL,
    texts_hash      TEXT,
    hash            TEXT NOT NULL CHECK (length(hash) = 64),
    PRIMARY KEY (tenant_id, seq)
) STRICT;

-- Names, addresses and messages of people stand beside the row, which carries their salted hash, so that they can be
-- erased and the chain still be proved.
CREATE TABLE journal_texts (
    tenant_id TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    salt      TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'history is append-only: journal cannot be updated'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'history is append-only: journal cannot be deleted from'); END;
