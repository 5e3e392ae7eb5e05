DROP TABLE webhook_events;
DROP TABLE alerts;
DROP TABLE budget_days;
