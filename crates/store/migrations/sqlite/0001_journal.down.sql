DROP TABLE journal_texts;
DROP TABLE journal;
DROP TABLE heads;
