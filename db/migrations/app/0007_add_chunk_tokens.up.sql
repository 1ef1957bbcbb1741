-- How long the chunks of a document may get, in estimated tokens, where its uploader has said so.
ALTER TABLE documents ADD COLUMN chunk_tokens smallint CHECK (chunk_tokens BETWEEN 50 AND 2000);
