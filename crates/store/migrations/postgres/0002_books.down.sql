DROP TABLE index_progress;
DROP TABLE flows;
DROP TABLE listings;
DROP TABLE reversals;
DROP TABLE idempotency_keys;
DROP TABLE entries;
DROP TABLE holds;
DROP TABLE balances;
