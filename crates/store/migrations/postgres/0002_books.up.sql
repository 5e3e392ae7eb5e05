-- Derived from the journal: balances and holds in the commit itself; entries, keys,
-- reversals and listings are its indexes.
CREATE TABLE balances (
    tenant_id TEXT COLLATE "C" NOT NULL,
    account   TEXT COLLATE "C" NOT NULL,
    asset     TEXT COLLATE "C" NOT NULL,
    posted    BIGINT NOT NULL,
    held      BIGINT NOT NULL CHECK (held >= 0),
    seq       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account, asset),
    CONSTRAINT no_negative_balance
        CHECK (posted - held >= 0 OR account = 'issuance' OR account LIKE 'funding:%')
);

CREATE TABLE holds (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    account    TEXT COLLATE "C" NOT NULL,
    reference  TEXT COLLATE "C" NOT NULL,
    asset      TEXT COLLATE "C" NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    captured   BIGINT NOT NULL CHECK (captured >= 0),
    released   BIGINT NOT NULL CHECK (released >= 0),
    status     TEXT COLLATE "C" NOT NULL CHECK (status IN ('open', 'captured', 'released')),
    expires_at BIGINT,
    placed_seq BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account, reference),
    CONSTRAINT no_more_than_reserved CHECK (captured + released <= amount)
);

CREATE TABLE entries (
    tenant_id    TEXT COLLATE "C" NOT NULL,
    account      TEXT COLLATE "C" NOT NULL,
    asset        TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,
    posting      BIGINT NOT NULL,
    amount       BIGINT NOT NULL CHECK (amount <> 0),
    posted       BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account, asset, seq, posting)
);

-- Back-dated entries are few; with them apart, a balance as of an effective date costs a look-up and their sum.
CREATE INDEX entries_dated ON entries (tenant_id, account, asset, effective_at)
    WHERE effective_at <> recorded_at;

CREATE TABLE idempotency_keys (
    tenant_id       TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    seq             BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, idempotency_key)
);

CREATE TABLE reversals (
    tenant_id TEXT COLLATE "C" NOT NULL,
    reversed  BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, reversed)
);

-- The lists that transactions stand in: the events of a type, what a rule did, the entries of a budget.
CREATE TABLE listings (
    tenant_id TEXT COLLATE "C" NOT NULL,
    list      TEXT COLLATE "C" NOT NULL,
    seq       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, list, seq)
);

-- Gross totals of what ever moved from one class of account to another.
CREATE TABLE flows (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    asset      TEXT COLLATE "C" NOT NULL,
    from_class TEXT COLLATE "C" NOT NULL,
    to_class   TEXT COLLATE "C" NOT NULL,
    postings   BIGINT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tenant_id, asset, from_class, to_class)
);

-- How far the indexes above have followed the journal where they may trail it; what is missing is in memory, and is
-- read from the journal again at start.
CREATE TABLE index_progress (
    tenant_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq       BIGINT NOT NULL
);

CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries
    FOR EACH ROW EXECUTE FUNCTION guerdon_refuse_change();

CREATE TRIGGER idempotency_keys_append_only BEFORE UPDATE OR DELETE ON idempotency_keys
    FOR EACH ROW EXECUTE FUNCTION guerdon_refuse_change();

CREATE TRIGGER reversals_append_only BEFORE UPDATE OR DELETE ON reversals
    FOR EACH ROW EXECUTE FUNCTION guerdon_refuse_change();

CREATE TRIGGER listings_append_only BEFORE UPDATE OR DELETE ON listings
    FOR EACH ROW EXECUTE FUNCTION guerdon_refuse_change();

-- The server sees and writes the rows of the tenant that its transaction names, and no others.
GRANT SELECT, INSERT, UPDATE ON balances TO guerdon_app;
ALTER TABLE balances ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON balances
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE ON holds TO guerdon_app;
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON holds
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT ON entries TO guerdon_app;
ALTER TABLE entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON entries
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT ON idempotency_keys TO guerdon_app;
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON idempotency_keys
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT ON reversals TO guerdon_app;
ALTER TABLE reversals ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON reversals
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT ON listings TO guerdon_app;
ALTER TABLE listings ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON listings
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE ON flows TO guerdon_app;
ALTER TABLE flows ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON flows
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE ON index_progress TO guerdon_app;
ALTER TABLE index_progress ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON index_progress
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

-- What is held in all, without looking at accounts that hold nothing.
CREATE INDEX balances_held ON balances (tenant_id, asset) WHERE held > 0;

CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION guerdon_refuse_change();
CREATE TRIGGER idempotency_keys_no_truncate BEFORE TRUNCATE ON idempotency_keys
    FOR EACH STATEMENT EXECUTE FUNCTION guerdon_refuse_change();
CREATE TRIGGER reversals_no_truncate BEFORE TRUNCATE ON reversals
    FOR EACH STATEMENT EXECUTE FUNCTION guerdon_refuse_change();
CREATE TRIGGER listings_no_truncate BEFORE TRUNCATE ON listings
    FOR EACH STATEMENT EXECUTE FUNCTION guerdon_refuse_change();
