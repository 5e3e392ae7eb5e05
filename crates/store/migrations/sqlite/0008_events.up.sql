-- What members are known by beyond their names: set by rules, seen by rules.
ALTER TABLE members ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';

-- How often and how much, of what events say: one row for a subject in a bucket of time. Derived from the journal, and
-- written in its commit, since rules decide by it.
CREATE TABLE counters (
    tenant_id TEXT NOT NULL,
    counter   TEXT NOT NULL,
    subject   TEXT NOT NULL,
    bucket    INTEGER NOT NULL,
    count     INTEGER NOT NULL CHECK (count >= 0),
    sum       INTEGER NOT NULL,
    marks     TEXT NOT NULL,
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, counter, subject, bucket)
) STRICT, WITHOUT ROWID;

-- The journal's own rows about events are found without walking past all others.
CREATE INDEX journal_of_events ON journal (tenant_id, seq) WHERE kind IN ('event', 'budget.event');

-- Which events came in, and what their type and time are: a projection of the journal.
CREATE TABLE events (
    tenant_id   TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    event_id    TEXT NOT NULL,
    type        TEXT,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_of_type ON events (tenant_id, type, seq);
CREATE INDEX events_by_time ON events (tenant_id, occurred_at, seq);

-- What rules did: a row for each member that a rule did something for, and one with no member where it did nothing.
CREATE TABLE rule_executions (
    tenant_id   TEXT NOT NULL,
    rule_id     TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    member_id   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    event_id    TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, rule_id, seq, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_executions_of_member ON rule_executions (tenant_id, member_id, seq);
