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

-- The journal's own rows about events are found without walking past all others.
CREATE INDEX journal_of_events ON journal (tenant_id, seq) WHERE kind IN ('event', 'budget.event');

-- Which events came in, and what their type and time are: a projection of the journal.
CREATE TABLE events (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    event_id    TEXT COLLATE "C" NOT NULL,
    type        TEXT COLLATE "C",
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX events_of_type ON events (tenant_id, type, seq);
CREATE INDEX events_by_time ON events (tenant_id, occurred_at, seq);

-- What rules did: a row for each member that a rule did something for, and one with no member where it did nothing.
CREATE TABLE rule_executions (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    rule_id     TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    member_id   TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    event_id    TEXT COLLATE "C" NOT NULL,
    outcome     TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, rule_id, seq, member_id)
);
CREATE INDEX rule_executions_of_member ON rule_executions (tenant_id, member_id, seq);

GRANT SELECT, INSERT, UPDATE ON counters TO guerdon_app;
ALTER TABLE counters ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON counters
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, DELETE ON events TO guerdon_app;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON events
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, DELETE ON rule_executions TO guerdon_app;
ALTER TABLE rule_executions ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON rule_executions
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
