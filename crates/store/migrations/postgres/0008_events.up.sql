-- What members are known by beyond their names: set by rules, seen by rules.
ALTER TABLE members ADD COLUMN attributes TEXT COLLATE "C" NOT NULL DEFAULT '{}';

-- How often and how much, of what events say: one row for a subject in a bucket of time. Derived from the journal, and
-- written in its commit, since rules decide by it.
CREATE TABLE counters (
    tenant_id TEXT COLLATE "C" NOT NULL,
    counter   TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    bucket    BIGINT NOT NULL,
    count     BIGINT NOT NULL CHECK (count >= 0),
    sum       BIGINT NOT NULL,
    marks     TEXT COLLATE "C" NOT NULL,
    last_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, counter, subject, bucket)
);

-- Events in the order in which they happened; how they were recorded is told by their lists.
CREATE INDEX journal_of_events ON journal (tenant_id, effective_at, seq) WHERE kind IN ('event', 'budget.event');

GRANT SELECT, INSERT, UPDATE ON counters TO guerdon_app;
ALTER TABLE counters ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON counters
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
