ALTER TABLE documents DROP COLUMN chunk_tokens;
