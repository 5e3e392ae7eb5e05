-- What is to be done when its time comes, derived from the journal: what a transaction scheduled last for a job and a
-- subject stands; null says that nothing is due.
CREATE TABLE schedule (
    tenant_id TEXT COLLATE "C" NOT NULL,
    job       TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    due_at    BIGINT,
    PRIMARY KEY (tenant_id, job, subject)
);
-- What is due is read in the order in which it fell due, page by page.
CREATE INDEX schedule_due ON schedule (job, due_at, tenant_id, subject) WHERE due_at IS NOT NULL;
CREATE INDEX holds_expiring ON holds (expires_at, tenant_id, account, reference)
    WHERE expires_at IS NOT NULL AND status = 'open';
-- Which server does a job, and how it went. Not derived: it says what servers do, not what happened to value.
CREATE TABLE jobs (
    job         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner       TEXT COLLATE "C" NOT NULL,
    leased_to   BIGINT NOT NULL,
    started_at  BIGINT,
    finished_at BIGINT,
    runs        BIGINT NOT NULL DEFAULT 0,
    done        BIGINT NOT NULL DEFAULT 0,
    failures    BIGINT NOT NULL DEFAULT 0,
    last_error  TEXT COLLATE "C",
    failed_at   BIGINT
);
-- How far each projection has followed each journal.
CREATE TABLE cursors (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    projection TEXT COLLATE "C" NOT NULL,
    seq        BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, projection)
);
GRANT SELECT, INSERT, UPDATE ON schedule TO guerdon_app;
ALTER TABLE schedule ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON schedule
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE ON cursors TO guerdon_app;
ALTER TABLE cursors ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON cursors
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE ON jobs TO guerdon_app;
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY platform_alone ON jobs
    USING (current_setting('guerdon.tenant_id', true) = '00000000-0000-0000-0000-000000000000');
-- The platform's worker looks for what is due, of all tenants; it acts on each tenant as that tenant.
CREATE POLICY platform_looks ON schedule FOR SELECT
    USING (current_setting('guerdon.tenant_id', true) = '00000000-0000-0000-0000-000000000000');
CREATE POLICY platform_looks ON cursors FOR SELECT
    USING (current_setting('guerdon.tenant_id', true) = '00000000-0000-0000-0000-000000000000');
CREATE POLICY platform_looks ON holds FOR SELECT
    USING (current_setting('guerdon.tenant_id', true) = '00000000-0000-0000-0000-000000000000');
CREATE POLICY platform_looks ON heads FOR SELECT
    USING (current_setting('guerdon.tenant_id', true) = '00000000-0000-0000-0000-000000000000');
