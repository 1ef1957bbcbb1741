package document

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/internal/blob"
)

// store is the SQL of this package; see also the other store files.
type store struct {
	db    *sqlx.DB
	reads *sqlx.DB // for lists and counts
}

const documentColumns = `d.id, d.name, d.media_type, d.size_bytes, encode(d.sha256, 'hex') AS sha256, d.metadata, d.task_id,
    d.created_at, d.created_by, d.format, d.title, d.lang, d.page_count, d.char_count, d.chunk_count, d.warnings, d.embedder_id,
    d.processed_at, d.charset, d.chunk_tokens, d.extractor_version, d.chunker_version`

// documentRow is a Document with the types that only the driver knows.
type documentRow struct {
	Document
	Warnings pq.StringArray `db:"warnings"`
}

func (r documentRow) document() Document {
	r.Document.Warnings = r.Warnings
	return r.Document
}

// newDocument is a document to be inserted.
type newDocument struct {
	UploadInput
	id        uuid.UUID
	file      blob.Blob
	mediaType string
	taskID    uuid.UUID
}

const insertDocument = `
INSERT INTO documents AS d (id, name, media_type, charset, chunk_tokens, size_bytes, sha256, metadata, task_id, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULLIF($10, ''))
RETURNING ` + documentColumns

func insert(ctx context.Context, tx *sqlx.Tx, n newDocument) (Document, error) {
	sum, err := hex.DecodeString(n.file.SHA256)
	if err != nil {
		return Document{}, fmt.Errorf("name of the stored file: %w", err)
	}
	var row documentRow
	err = tx.GetContext(ctx, &row, insertDocument, n.id, n.Name, n.mediaType, n.Charset, n.ChunkTokens, n.file.Size, sum, string(n.Metadata),
		n.taskID, n.CreatedBy)
	if err != nil {
		return Document{}, fmt.Errorf("insert document: %w", err)
	}
	return row.document(), nil
}

const selectDocument = `
SELECT ` + documentColumns + `
FROM documents d
WHERE d.id = $1`

func get(ctx context.Context, q sqlx.QueryerContext, id uuid.UUID) (Document, error) {
	var row documentRow
	err := sqlx.GetContext(ctx, q, &row, selectDocument, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Document{}, ErrNotFound
	}
	if err != nil {
		return Document{}, fmt.Errorf("read document: %w", err)
	}
	return row.document(), nil
}

const selectDocuments = `
SELECT ` + documentColumns + `
FROM documents d
WHERE d.id = ANY($1)`

func (s store) getMany(ctx context.Context, ids []uuid.UUID) ([]Document, error) {
	return s.documents(ctx, selectDocuments, idArray(ids))
}

func (s store) documents(ctx context.Context, query string, args ...any) ([]Document, error) {
	var rows []documentRow
	if err := s.reads.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	documents := make([]Document, len(rows))
	for i, row := range rows {
		documents[i] = row.document()
	}
	return documents, nil
}

const selectText = `
SELECT text
FROM document_texts
WHERE document_id = $1`

func (s store) text(ctx context.Context, id uuid.UUID) (string, error) {
	var text string
	err := s.db.GetContext(ctx, &text, selectText, id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read the text of a document: %w", err)
	}
	return text, nil
}

func idArray(ids []uuid.UUID) pq.StringArray {
	list := make(pq.StringArray, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}
