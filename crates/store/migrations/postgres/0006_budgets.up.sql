-- Budgets, as projections of the journal: what moved, day by day, and what there is to be warned of.

-- Totals of a day in the tenant's time zone, and how the budget stood at its last transaction of that day.
CREATE TABLE budget_days (
    tenant_id      TEXT COLLATE "C" NOT NULL,
    budget_id      TEXT COLLATE "C" NOT NULL,
    day            TEXT COLLATE "C" NOT NULL,
    fund_count     BIGINT NOT NULL,
    fund_amount    BIGINT NOT NULL,
    reserve_count  BIGINT NOT NULL,
    reserve_amount BIGINT NOT NULL,
    charge_count   BIGINT NOT NULL,
    charge_amount  BIGINT NOT NULL,
    release_count  BIGINT NOT NULL,
    release_amount BIGINT NOT NULL,
    reverse_count  BIGINT NOT NULL,
    reverse_amount BIGINT NOT NULL,
    reset_count    BIGINT NOT NULL,
    reset_amount   BIGINT NOT NULL,
    period         TEXT COLLATE "C" NOT NULL,
    funded         BIGINT NOT NULL,
    reserved       BIGINT NOT NULL,
    charged        BIGINT NOT NULL,
    hard_cap       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, budget_id, day)
);

-- What there is to be warned of: each once, however often it is come across.
CREATE TABLE alerts (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    seq        BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    once_key   TEXT COLLATE "C" NOT NULL,
    budget_id  TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('soft_cap_exceeded', 'hard_cap_approaching', 'hard_cap_refused', 'discrepancy')),
    level      TEXT COLLATE "C" NOT NULL CHECK (level IN ('warning', 'critical')),
    detail     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, seq, number),
    UNIQUE (tenant_id, once_key)
);

CREATE INDEX alerts_of_budget ON alerts (tenant_id, budget_id, seq, number);

-- What is to be told to whoever listens, in the order of the journal.
CREATE TABLE webhook_events (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    seq        BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    type       TEXT COLLATE "C" NOT NULL,
    payload    TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, seq, number)
);


GRANT SELECT, INSERT, UPDATE, DELETE ON budget_days TO guerdon_app;
ALTER TABLE budget_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON budget_days
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

GRANT SELECT, INSERT, UPDATE, DELETE ON alerts TO guerdon_app;
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON alerts
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_events TO guerdon_app;
ALTER TABLE webhook_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON webhook_events
    USING (tenant_id = current_setting('guerdon.tenant_id', true));

-- The operations on budgets that only read, for SQL tools: of the tenant that the session is set to by
-- SET guerdon.tenant_id. They ask with the rights of whoever calls them. Amounts are in minor units.
CREATE FUNCTION get_budget_utilization(budget TEXT)
RETURNS TABLE (currency TEXT, period TEXT, funded BIGINT, reserved BIGINT, charged BIGINT, available BIGINT,
    hard_cap BIGINT, soft_cap BIGINT, utilization NUMERIC, soft_cap_exceeded BOOLEAN, hard_cap_approaching BOOLEAN)
LANGUAGE SQL STABLE AS $$
    WITH configured AS (
        SELECT body::jsonb AS body, removed FROM documents
        WHERE tenant_id = current_setting('guerdon.tenant_id', true) AND kind = 'budget' AND document_id = $1
        ORDER BY version DESC LIMIT 1
    ), current_period AS (
        SELECT body::jsonb ->> 'name' AS name FROM documents
        WHERE tenant_id = current_setting('guerdon.tenant_id', true) AND kind = 'budget_period' AND document_id = $1
        ORDER BY version DESC LIMIT 1
    ), standing AS (
        SELECT c.body ->> 'currency' AS currency, p.name AS period,
            coalesce(there.posted, 0) + coalesce(spent.posted, 0) AS funded, coalesce(there.held, 0) AS reserved,
            coalesce(spent.posted, 0) AS charged, (c.body ->> 'hard_cap')::bigint AS hard_cap,
            (c.body ->> 'soft_cap')::bigint AS soft_cap,
            (SELECT max(share::numeric) FROM jsonb_array_elements_text(c.body -> 'alerts') AS share) AS last_share
        FROM configured AS c CROSS JOIN current_period AS p
        LEFT JOIN balances AS there ON there.tenant_id = current_setting('guerdon.tenant_id', true)
            AND there.account = 'budget:' || $1 AND there.asset = c.body ->> 'currency'
        LEFT JOIN balances AS spent ON spent.tenant_id = current_setting('guerdon.tenant_id', true)
            AND spent.account = 'spent:' || $1 || ':' || p.name AND spent.asset = c.body ->> 'currency'
        WHERE c.removed = 0
    )
    SELECT currency, period, funded, reserved, charged,
        greatest(least(funded, hard_cap) - reserved - charged, 0), hard_cap, soft_cap,
        trunc((reserved + charged)::numeric / hard_cap, 4), coalesce(reserved + charged > soft_cap, false),
        coalesce(reserved + charged >= last_share * hard_cap, false)
    FROM standing
$$;

CREATE FUNCTION check_budget_capacity(budget TEXT, amount BIGINT) RETURNS BOOLEAN LANGUAGE SQL STABLE AS $$
    SELECT coalesce((SELECT $2 > 0 AND $2 <= u.available AND NOT coalesce((d.body::jsonb ->> 'paused')::boolean, false)
        FROM get_budget_utilization($1) AS u CROSS JOIN LATERAL (SELECT body FROM documents
            WHERE tenant_id = current_setting('guerdon.tenant_id', true) AND kind = 'budget' AND document_id = $1
            ORDER BY version DESC LIMIT 1) AS d), false)
$$;

CREATE FUNCTION reconcile_budget(budget TEXT)
RETURNS TABLE (account TEXT, balance BIGINT, ledger BIGINT, discrepancy BIGINT, held BIGINT, reservations BIGINT)
LANGUAGE SQL STABLE AS $$
    WITH accounts AS (
        SELECT a.account, u.currency FROM get_budget_utilization($1) AS u CROSS JOIN LATERAL
            unnest(ARRAY['budget:' || $1, 'spent:' || $1 || ':' || u.period, 'funding:' || $1]) AS a (account)
    ), kept AS (
        SELECT a.account, coalesce(b.posted, 0) AS balance, coalesce(b.held, 0) AS held,
            (SELECT coalesce(sum(e.amount), 0)::bigint FROM entries AS e
                WHERE e.tenant_id = current_setting('guerdon.tenant_id', true) AND e.account = a.account
                    AND e.asset = a.currency) AS ledger,
            (SELECT coalesce(sum(h.amount - h.captured - h.released), 0)::bigint FROM holds AS h
                WHERE h.tenant_id = current_setting('guerdon.tenant_id', true) AND h.account = a.account
                    AND h.asset = a.currency) AS reservations
        FROM accounts AS a LEFT JOIN balances AS b ON b.tenant_id = current_setting('guerdon.tenant_id', true)
            AND b.account = a.account AND b.asset = a.currency
    )
    SELECT account, balance, ledger, balance - ledger, held, reservations FROM kept
$$;
