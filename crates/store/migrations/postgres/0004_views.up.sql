-- An instant of the tables, in microseconds since 1970 UTC, as a timestamp: exact over the whole range of years.
CREATE FUNCTION guerdon_instant(microseconds BIGINT) RETURNS TIMESTAMPTZ LANGUAGE SQL STABLE PARALLEL SAFE AS $$
    SELECT TIMESTAMPTZ 'epoch' + microseconds / 3600000000 * INTERVAL '1 hour'
        + microseconds % 3600000000 * INTERVAL '1 microsecond'
$$;

-- For people and SQL tools: the books under the names that analysts know, read from the journal itself. Amounts and
-- balances are in minor units; a balance is what lay on the account after the whole transaction. Each view asks with
-- the rights of whoever reads it, so row-level security holds for it as for the journal.
CREATE VIEW journal_postings WITH (security_invoker = true) AS
SELECT j.tenant_id, 'txn_' || j.seq AS transaction_id, j.seq, p.place - 1 AS posting, j.kind, j.actor,
    p.amount, p.asset, p.from_account, p.to_account,
    (SELECT b.posted FROM jsonb_to_recordset(j.balances::jsonb) AS b (account TEXT, asset TEXT, posted BIGINT)
        WHERE b.account = p.from_account AND b.asset = p.asset LIMIT 1) AS from_balance,
    (SELECT b.posted FROM jsonb_to_recordset(j.balances::jsonb) AS b (account TEXT, asset TEXT, posted BIGINT)
        WHERE b.account = p.to_account AND b.asset = p.asset LIMIT 1) AS to_balance,
    j.reference, j.reason, 'txn_' || j.reverses AS reverses,
    guerdon_instant(j.recorded_at) AS recorded_at, guerdon_instant(j.effective_at) AS effective_at
FROM journal AS j CROSS JOIN LATERAL
    ROWS FROM (jsonb_to_recordset(j.postings::jsonb) AS ("from" TEXT, "to" TEXT, asset TEXT, amount BIGINT))
    WITH ORDINALITY AS p (from_account, to_account, asset, amount, place);

-- What the platform gave to a tenant (above zero) and took back (below); the balance is that of the pool.
CREATE VIEW allocation_logs WITH (security_invoker = true) AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    CASE from_account WHEN 'issuance' THEN amount ELSE -amount END AS amount, asset,
    CASE from_account WHEN 'issuance' THEN to_balance ELSE from_balance END AS balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE from_account = 'issuance' OR to_account = 'issuance';

-- The same events as the platform bills them; the balance is what the tenant has been issued in all.
CREATE VIEW platform_billing_logs WITH (security_invoker = true) AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    CASE from_account WHEN 'issuance' THEN amount ELSE -amount END AS amount, asset,
    -CASE from_account WHEN 'issuance' THEN from_balance ELSE to_balance END AS balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE from_account = 'issuance' OR to_account = 'issuance';

-- What was given from pools and by leads; the balance is that of the giving account.
CREATE VIEW distribution_logs WITH (security_invoker = true) AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor, amount, asset, from_balance AS balance,
    CASE WHEN to_account LIKE 'wallet:%' OR to_account LIKE 'lead:%' OR to_account LIKE 'reward:%'
        THEN substr(to_account, strpos(to_account, ':') + 1) END AS member_id,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings
WHERE (from_account = 'pool' OR from_account LIKE 'pool:%' OR from_account LIKE 'lead:%') AND to_account <> 'issuance';

-- What came to the wallets and rewards of members (above zero) and left them (below); the balance is the member's.
CREATE VIEW wallet_ledger WITH (security_invoker = true) AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    substr(from_account, strpos(from_account, ':') + 1) AS member_id, from_account AS account,
    -amount AS amount, asset, from_balance AS balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE from_account LIKE 'wallet:%' OR from_account LIKE 'reward:%'
UNION ALL
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    substr(to_account, strpos(to_account, ':') + 1), to_account,
    amount, asset, to_balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE to_account LIKE 'wallet:%' OR to_account LIKE 'reward:%';

-- Every transaction, changes of configuration among them. Amount, asset, accounts and balance (that of to_account) are
-- those of the first posting; postings says how many there are.
CREATE VIEW audit_log WITH (security_invoker = true) AS
SELECT j.tenant_id, 'txn_' || j.seq AS transaction_id, j.seq, j.kind, j.actor,
    first.amount, first.asset,
    (SELECT b.posted FROM jsonb_to_recordset(j.balances::jsonb) AS b (account TEXT, asset TEXT, posted BIGINT)
        WHERE b.account = first."to" AND b.asset = first.asset LIMIT 1) AS balance,
    first."from" AS from_account, first."to" AS to_account, jsonb_array_length(j.postings::jsonb)::BIGINT AS postings,
    j.reference, j.reason, 'txn_' || j.reverses AS reverses, j.idempotency_key, j.changes, j.metadata, j.hash,
    guerdon_instant(j.recorded_at) AS recorded_at, guerdon_instant(j.effective_at) AS effective_at
FROM journal AS j LEFT JOIN LATERAL
    jsonb_to_record(j.postings::jsonb -> 0) AS first ("from" TEXT, "to" TEXT, asset TEXT, amount BIGINT) ON true;

GRANT SELECT ON journal_postings, allocation_logs, platform_billing_logs, distribution_logs, wallet_ledger, audit_log
    TO guerdon_app;
