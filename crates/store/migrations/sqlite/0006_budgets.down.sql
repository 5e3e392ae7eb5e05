DROP TABLE webhook_events;
DROP TABLE alerts;
DROP TABLE budget_days;
DROP TABLE budget_entries;
DROP INDEX journal_of_budgets;
