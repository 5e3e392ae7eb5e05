DROP POLICY platform_looks ON heads;
DROP POLICY platform_looks ON holds;
DROP TABLE cursors;
DROP TABLE jobs;
DROP INDEX holds_expiring;
DROP TABLE schedule;
