DROP TABLE cursors;
DROP TABLE jobs;
DROP INDEX holds_expiring;
DROP TABLE schedule;
