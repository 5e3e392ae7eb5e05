DROP TABLE journal_texts;
DROP TABLE journal;
DROP TABLE heads;
DROP FUNCTION guerdon_refuse_change();
