package document

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/internal/document/chunk"
	"github.com/taskwire/taskwire/internal/document/extract"
)

// content is what was found in a document.
type content struct {
	extracted extract.Document
	mediaType string
	text      string
	runes     int
	chunks    []chunk.Chunk
}

const adoptDocument = `
UPDATE documents
SET task_id = $2
WHERE id = $1`

// adopt makes a task the latest of a document.
func adopt(ctx context.Context, tx *sqlx.Tx, id, taskID uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, adoptDocument, id, taskID); err != nil {
		return fmt.Errorf("note the task of a document: %w", err)
	}
	return nil
}

const updateContent = `
UPDATE documents
SET media_type = $2,
    format = $3,
    title = NULLIF($4, ''),
    lang = NULLIF($5, ''),
    page_count = NULLIF($6, 0),
    char_count = $7,
    chunk_count = $8,
    warnings = $9,
    extractor_version = $10,
    chunker_version = $11,
    embedder_id = NULL,
    processed_at = NULL
WHERE id = $1`

const upsertText = `
INSERT INTO document_texts (document_id, text)
VALUES ($1, $2)
ON CONFLICT (document_id) DO UPDATE
SET text = EXCLUDED.text`

// replace writes what was found in place of what an earlier attempt or task
// found. The update comes first: its row lock keeps two tasks of one document apart.
func replace(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, c content, report func(done, total int)) error {
	warnings := pq.StringArray(c.extracted.Warnings)
	if warnings == nil {
		warnings = pq.StringArray{}
	}
	_, err := tx.ExecContext(ctx, updateContent, id, c.mediaType, c.extracted.Format, c.extracted.Title, c.extracted.Lang, c.extracted.Pages,
		c.runes, len(c.chunks), warnings, extract.Version, chunk.Version)
	if err != nil {
		return fmt.Errorf("update document: %w", err)
	}
	if _, err := tx.ExecContext(ctx, upsertText, id, c.text); err != nil {
		return fmt.Errorf("store the text of a document: %w", err)
	}
	old, err := deleteChunks(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := copyChunks(ctx, tx, id, c.chunks, report); err != nil {
		return err
	}
	return deleteStaleVectors(ctx, tx, old)
}

const deleteChunksOf = `
DELETE FROM chunks
WHERE document_id = $1
RETURNING id`

func deleteChunks(ctx context.Context, tx *sqlx.Tx, documentID uuid.UUID) (pq.StringArray, error) {
	var ids pq.StringArray
	if err := tx.SelectContext(ctx, &ids, deleteChunksOf, documentID); err != nil {
		return nil, fmt.Errorf("delete old chunks: %w", err)
	}
	return ids, nil
}

const copyChunksIn = `
COPY chunks (id, document_id, ordinal, char_start, char_end, page_from, page_to, heading_path, kind, token_estimate,
    content_sha256, text)
FROM STDIN`

func copyChunks(ctx context.Context, tx *sqlx.Tx, documentID uuid.UUID, chunks []chunk.Chunk, report func(done, total int)) error {
	stmt, err := tx.PrepareContext(ctx, copyChunksIn)
	if err != nil {
		return fmt.Errorf("store chunks: %w", err)
	}
	defer func() { _ = stmt.Close() }() // the flush below reports what matters
	for ordinal, c := range chunks {
		sum := c.Sum()
		_, err := stmt.ExecContext(ctx, chunkID(documentID, ordinal, sum), documentID, ordinal, c.Start, c.End, orNull(c.PageFrom), orNull(c.PageTo),
			pq.StringArray(c.Headings), string(c.Kind), c.Tokens, sum[:], c.Text)
		if err != nil {
			return fmt.Errorf("store chunk %d: %w", ordinal, err)
		}
		report(ordinal+1, len(chunks))
	}
	if _, err := stmt.ExecContext(ctx); err != nil {
		return fmt.Errorf("store chunks: %w", err)
	}
	return nil
}

// chunkID is the same for the same piece of a document, whoever cuts it and how
// often: its vectors stay its own.
func chunkID(documentID uuid.UUID, ordinal int, sum [32]byte) uuid.UUID {
	return uuid.NewSHA1(documentID, fmt.Appendf(nil, "%d:%x", ordinal, sum))
}

// orNull is NULL for a page of a format without pages.
func orNull(page int) any {
	if page == 0 {
		return nil
	}
	return page
}

const deleteVectorsOf = `
DELETE FROM embeddings
WHERE owner_kind = 'chunk'
  AND owner_id = ANY ($1)
  AND NOT EXISTS (
      SELECT 1
      FROM chunks
      WHERE chunks.id = embeddings.owner_id)`

// deleteStaleVectors removes those of chunks that are no more.
func deleteStaleVectors(ctx context.Context, tx *sqlx.Tx, chunkIDs pq.StringArray) error {
	if len(chunkIDs) == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, deleteVectorsOf, chunkIDs); err != nil {
		return fmt.Errorf("delete vectors of old chunks: %w", err)
	}
	return nil
}

const finishDocument = `
UPDATE documents
SET processed_at = now(),
    embedder_id = $2
WHERE id = $1`

// finish notes that a document is complete.
func finish(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, embedderID string) error {
	if _, err := tx.ExecContext(ctx, finishDocument, id, embedderID); err != nil {
		return fmt.Errorf("finish document: %w", err)
	}
	return nil
}
