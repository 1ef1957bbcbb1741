DROP TABLE chunks;
DROP FUNCTION chunk_text(text[], text);
DROP TABLE document_texts;
DROP TABLE documents;
