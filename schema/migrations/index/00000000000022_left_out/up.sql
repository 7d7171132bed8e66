-- Which attributes are left out of the documents because they are too long for a search: tags with blanks between them
-- (`00400555 52009230`), those of the identity database too; NULL when there are none, and of what was stored before. An answer
-- that is sent while it is made says so at its beginning, and reads no document for that.
ALTER TABLE studies ADD COLUMN left_out text;
ALTER TABLE series ADD COLUMN left_out text;
ALTER TABLE instances ADD COLUMN left_out text;
