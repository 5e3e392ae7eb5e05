-- The role that the server works as. It owns nothing, so row-level security and revoked rights bind it.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guerdon_app') THEN
        CREATE ROLE guerdon_app NOLOGIN;
    END IF;
    IF NOT pg_has_role('guerdon_app', 'MEMBER') THEN
        EXECUTE format('GRANT guerdon_app TO %I', current_user);
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another database of this server made the role at the same moment
END $$;

-- The journal: one row per transaction, append-only. Every table but the journal, its texts and the secrets of
-- 0003 can be dropped and built again from it.
CREATE TABLE heads (
    tenant_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq         BIGINT NOT NULL CHECK (seq >= 0),
    hash        TEXT COLLATE "C" NOT NULL CHECK (length(hash) = 64),
    recorded_at BIGINT NOT NULL
);

CREATE TABLE journal (
    tenant_id       TEXT COLLATE "C" NOT NULL,
    seq             BIGINT NOT NULL CHECK (seq >= 1),
    kind            TEXT COLLATE "C" NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    actor           TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C",
    fingerprint     TEXT COLLATE "C",
    recorded_at     BIGINT NOT NULL,
    effective_at    BIGINT NOT NULL,
    reason          TEXT COLLATE "C",
    reference       TEXT COLLATE "C",
    postings        TEXT COLLATE "C" NOT NULL,
    balances        TEXT COLLATE "C" NOT NULL,
    holds           TEXT COLLATE "C" NOT NULL,
    changes         TEXT COLLATE "C" NOT NULL,
    metadata        TEXT COLLATE "C" NOT NULL,
    reverses        BIGINT,
    lists           TEXT COLLATE "C" NOT NULL,
    texts_hash      TEXT COLLATE "C",
    hash            TEXT COLLATE "C" NOT NULL CHECK (length(hash) = 64),
    PRIMARY KEY (tenant_id, seq)
);

-- Names, addresses and messages of people stand beside the row, which carries their salted hash, so that they can be
-- erased and the chain still be proved.
CREATE TABLE journal_texts (
    tenant_id TEXT COLLATE "C" NOT NULL,
    seq       BIGINT NOT NULL,
    salt      TEXT COLLATE "C" NOT NULL,
    body      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);

CREATE FUNCTION guerdon_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only: % cannot be changed', TG_TABLE_NAME;
END $$;

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION guerdon_refuse_change();

-- The server sees and writes the rows of the tenant that its transaction names, and no others.
GRANT SELECT, INSERT, UPDATE ON heads TO guerdon_app;
ALTER TABLE heads ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON heads
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT ON journal TO guerdon_app;
ALTER TABLE journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON journal
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT ON journal_texts TO guerdon_app;
ALTER TABLE journal_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON journal_texts
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION guerdon_refuse_change();
