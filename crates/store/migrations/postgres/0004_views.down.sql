DROP VIEW audit_log;
DROP VIEW wallet_ledger;
DROP VIEW distribution_logs;
DROP VIEW platform_billing_logs;
DROP VIEW allocation_logs;
DROP VIEW journal_postings;
DROP FUNCTION guerdon_instant(BIGINT);
