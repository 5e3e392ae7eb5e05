-- Budgets, as projections of the journal: what moved, day by day, and what there is to be warned of.

-- Totals of a day in the tenant's time zone, and how the budget stood at its last transaction of that day.
CREATE TABLE budget_days (
    tenant_id      TEXT NOT NULL,
    budget_id      TEXT NOT NULL,
    day            TEXT NOT NULL,
    fund_count     INTEGER NOT NULL,
    fund_amount    INTEGER NOT NULL,
    reserve_count  INTEGER NOT NULL,
    reserve_amount INTEGER NOT NULL,
    charge_count   INTEGER NOT NULL,
    charge_amount  INTEGER NOT NULL,
    release_count  INTEGER NOT NULL,
    release_amount INTEGER NOT NULL,
    reverse_count  INTEGER NOT NULL,
    reverse_amount INTEGER NOT NULL,
    reset_count    INTEGER NOT NULL,
    reset_amount   INTEGER NOT NULL,
    period         TEXT NOT NULL,
    funded         INTEGER NOT NULL,
    reserved       INTEGER NOT NULL,
    charged        INTEGER NOT NULL,
    hard_cap       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, budget_id, day)
) STRICT, WITHOUT ROWID;

-- What there is to be warned of: each once, however often it is come across.
CREATE TABLE alerts (
    tenant_id  TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    once_key   TEXT NOT NULL,
    budget_id  TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind = 'soft_cap_exceeded' OR kind = 'hard_cap_approaching' OR kind = 'hard_cap_refused' OR kind = 'discrepancy'),
    level      TEXT NOT NULL CHECK (level IN ('warning', 'critical')),
    detail     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, seq, number),
    UNIQUE (tenant_id, once_key)
) STRICT;

CREATE INDEX alerts_of_budget ON alerts (tenant_id, budget_id, seq, number);

-- What is to be told to whoever listens, in the order of the journal.
CREATE TABLE webhook_events (
    tenant_id  TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    type       TEXT NOT NULL,
    payload    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, seq, number)
) STRICT;
