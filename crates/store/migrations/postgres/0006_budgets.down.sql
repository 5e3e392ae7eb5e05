DROP FUNCTION reconcile_budget(TEXT);
DROP FUNCTION check_budget_capacity(TEXT, BIGINT);
DROP FUNCTION get_budget_utilization(TEXT);
DROP TABLE webhook_events;
DROP TABLE alerts;
DROP TABLE budget_days;
