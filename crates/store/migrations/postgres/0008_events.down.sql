DROP INDEX journal_of_events;
DROP TABLE counters;
ALTER TABLE members DROP COLUMN attributes;
