-- What is to be done when its time comes, derived from the journal: what a transaction scheduled last for a job and a
-- subject stands; null says that nothing is due.
CREATE TABLE schedule (
    tenant_id TEXT NOT NULL,
    job       TEXT NOT NULL,
    subject   TEXT NOT NULL,
    due_at    INTEGER,
    PRIMARY KEY (tenant_id, job, subject)
) STRICT, WITHOUT ROWID;

-- What is due is read in the order in which it fell due, page by page.
CREATE INDEX schedule_due ON schedule (job, due_at, tenant_id, subject) WHERE due_at IS NOT NULL;
CREATE INDEX holds_expiring ON holds (expires_at, tenant_id, account, reference)
    WHERE expires_at IS NOT NULL AND status = 'open';

-- Which server does a job, and how it went. Not derived: it says what servers do, not what happened to value.
CREATE TABLE jobs (
    job         TEXT NOT NULL PRIMARY KEY,
    owner       TEXT NOT NULL,
    leased_to   INTEGER NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER,
    runs        INTEGER NOT NULL DEFAULT 0,
    done        INTEGER NOT NULL DEFAULT 0,
    failures    INTEGER NOT NULL DEFAULT 0,
    last_error  TEXT,
    failed_at   INTEGER
) STRICT;

-- How far each projection has followed each journal.
CREATE TABLE cursors (
    tenant_id  TEXT NOT NULL,
    projection TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, projection)
) STRICT, WITHOUT ROWID;
