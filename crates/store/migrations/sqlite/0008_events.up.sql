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

-- Events in the order in which they happened; how they were recorded is told by their lists.
CREATE INDEX journal_of_events ON journal (tenant_id, effective_at, seq) WHERE kind IN ('event', 'budget.event');
