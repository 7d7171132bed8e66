DROP TABLE pseudonyms;
DROP TABLE pseudonym_secrets;
