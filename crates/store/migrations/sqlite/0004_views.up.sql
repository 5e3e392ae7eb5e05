-- For people and SQL tools: the books under the names that analysts know, read from the journal itself. Amounts and
-- balances are in minor units; a balance is what lay on the account after the whole transaction; instants are
-- RFC 3339 in UTC with microseconds, so that their order as text is their order in time.
CREATE VIEW journal_postings AS
SELECT j.tenant_id, 'txn_' || j.seq AS transaction_id, j.seq, p.key AS posting, j.kind, j.actor,
    p.value ->> 'amount' AS amount, p.value ->> 'asset' AS asset,
    p.value ->> 'from' AS from_account, p.value ->> 'to' AS to_account,
    (SELECT b.value ->> 'posted' FROM json_each(j.balances) AS b
        WHERE b.value ->> 'account' = p.value ->> 'from' AND b.value ->> 'asset' = p.value ->> 'asset') AS from_balance,
    (SELECT b.value ->> 'posted' FROM json_each(j.balances) AS b
        WHERE b.value ->> 'account' = p.value ->> 'to' AND b.value ->> 'asset' = p.value ->> 'asset') AS to_balance,
    j.reference, j.reason, 'txn_' || j.reverses AS reverses,
    strftime('%Y-%m-%dT%H:%M:%S', (j.recorded_at - (j.recorded_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', (j.recorded_at % 1000000 + 1000000) % 1000000) AS recorded_at,
    strftime('%Y-%m-%dT%H:%M:%S', (j.effective_at - (j.effective_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', (j.effective_at % 1000000 + 1000000) % 1000000) AS effective_at
FROM journal AS j, json_each(j.postings) AS p;

-- What the platform gave to a tenant (above zero) and took back (below); the balance is that of the pool.
CREATE VIEW allocation_logs AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    CASE from_account WHEN 'issuance' THEN amount ELSE -amount END AS amount, asset,
    CASE from_account WHEN 'issuance' THEN to_balance ELSE from_balance END AS balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE from_account = 'issuance' OR to_account = 'issuance';

-- The same events as the platform bills them; the balance is what the tenant has been issued in all.
CREATE VIEW platform_billing_logs AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    CASE from_account WHEN 'issuance' THEN amount ELSE -amount END AS amount, asset,
    -CASE from_account WHEN 'issuance' THEN from_balance ELSE to_balance END AS balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE from_account = 'issuance' OR to_account = 'issuance';

-- What was given from pools and by leads; the balance is that of the giving account.
CREATE VIEW distribution_logs AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor, amount, asset, from_balance AS balance,
    CASE WHEN to_account GLOB 'wallet:*' OR to_account GLOB 'lead:*' OR to_account GLOB 'reward:*'
        THEN substr(to_account, instr(to_account, ':') + 1) END AS member_id,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings
WHERE (from_account = 'pool' OR from_account GLOB 'pool:*' OR from_account GLOB 'lead:*') AND to_account <> 'issuance';

-- What came to the wallets and rewards of members (above zero) and left them (below); the balance is the member's.
CREATE VIEW wallet_ledger AS
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    substr(from_account, instr(from_account, ':') + 1) AS member_id, from_account AS account,
    -amount AS amount, asset, from_balance AS balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE from_account GLOB 'wallet:*' OR from_account GLOB 'reward:*'
UNION ALL
SELECT tenant_id, transaction_id, seq, posting, kind, actor,
    substr(to_account, instr(to_account, ':') + 1), to_account,
    amount, asset, to_balance,
    from_account, to_account, reference, reason, reverses, recorded_at, effective_at
FROM journal_postings WHERE to_account GLOB 'wallet:*' OR to_account GLOB 'reward:*';

-- Every transaction, changes of configuration among them. Amount, asset, accounts and balance (that of to_account) are
-- those of the first posting; postings says how many there are.
CREATE VIEW audit_log AS
SELECT j.tenant_id, 'txn_' || j.seq AS transaction_id, j.seq, j.kind, j.actor,
    j.postings ->> '$[0].amount' AS amount, j.postings ->> '$[0].asset' AS asset,
    (SELECT b.value ->> 'posted' FROM json_each(j.balances) AS b
        WHERE b.value ->> 'account' = j.postings ->> '$[0].to'
          AND b.value ->> 'asset' = j.postings ->> '$[0].asset') AS balance,
    j.postings ->> '$[0].from' AS from_account, j.postings ->> '$[0].to' AS to_account,
    json_array_length(j.postings) AS postings, j.reference, j.reason, 'txn_' || j.reverses AS reverses,
    j.idempotency_key, j.changes, j.metadata, j.hash,
    strftime('%Y-%m-%dT%H:%M:%S', (j.recorded_at - (j.recorded_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', (j.recorded_at % 1000000 + 1000000) % 1000000) AS recorded_at,
    strftime('%Y-%m-%dT%H:%M:%S', (j.effective_at - (j.effective_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch')
        || printf('.%06dZ', (j.effective_at % 1000000 + 1000000) % 1000000) AS effective_at
FROM journal AS j;
