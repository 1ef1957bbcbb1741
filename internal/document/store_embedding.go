package document

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/internal/embedding"
)

// Texts tells the embedding package which chunks have no current vector.
type Texts struct {
	db *sqlx.DB
}

var _ embedding.Source = (*Texts)(nil)

// NewTexts returns the texts of the chunks in db.
func NewTexts(db *sqlx.DB) *Texts { return &Texts{db} }

// Kind is embedding.Chunk.
func (*Texts) Kind() embedding.OwnerKind { return embedding.Chunk }

const countTexts = `
SELECT count(*) AS total, count(*) FILTER (WHERE e.content_sha256 IS DISTINCT FROM c.content_sha256) AS pending
FROM chunks c
LEFT JOIN embeddings e ON e.owner_kind = 'chunk' AND e.owner_id = c.id AND e.embedder_id = $1
WHERE $2::uuid[] IS NULL OR c.id = ANY ($2)`

// Count counts chunks.
func (t *Texts) Count(ctx context.Context, embedderID string, ids []uuid.UUID) (embedding.Count, error) {
	var count embedding.Count
	if err := t.db.GetContext(ctx, &count, countTexts, embedderID, orAll(ids)); err != nil {
		return embedding.Count{}, fmt.Errorf("count chunks without a current vector: %w", err)
	}
	return count, nil
}

const selectPendingTexts = `
SELECT c.id, chunk_text(c.heading_path, c.text) AS text, c.content_sha256
FROM chunks c
LEFT JOIN embeddings e ON e.owner_kind = 'chunk' AND e.owner_id = c.id AND e.embedder_id = $1
WHERE c.id > $2
  AND ($3::uuid[] IS NULL OR c.id = ANY ($3))
  AND e.content_sha256 IS DISTINCT FROM c.content_sha256
ORDER BY c.id
LIMIT $4`

// Pending returns chunks without a current vector.
func (t *Texts) Pending(ctx context.Context, scope embedding.Scope) ([]embedding.Item, error) {
	var items []embedding.Item
	err := t.db.SelectContext(ctx, &items, selectPendingTexts, scope.EmbedderID, scope.After, orAll(scope.IDs), scope.Limit)
	if err != nil {
		return nil, fmt.Errorf("find chunks without a current vector: %w", err)
	}
	return items, nil
}

// orAll is NULL for no ids: they bound nothing.
func orAll(ids []uuid.UUID) any {
	if len(ids) == 0 {
		return nil
	}
	return idArray(ids)
}

const selectPendingOf = `
SELECT c.ordinal, c.id, chunk_text(c.heading_path, c.text) AS text, c.content_sha256
FROM chunks c
LEFT JOIN embeddings e ON e.owner_kind = 'chunk' AND e.owner_id = c.id AND e.embedder_id = $2
WHERE c.document_id = $1
  AND c.ordinal > $3
  AND e.content_sha256 IS DISTINCT FROM c.content_sha256
ORDER BY c.ordinal
LIMIT $4`

// pendingChunk is a chunk without a current vector.
type pendingChunk struct {
	Ordinal int `db:"ordinal"`
	embedding.Item
}

// pending returns such chunks of a document, in order, those behind after.
func (s store) pending(ctx context.Context, documentID uuid.UUID, embedderID string, after, limit int) ([]pendingChunk, error) {
	var chunks []pendingChunk
	if err := s.db.SelectContext(ctx, &chunks, selectPendingOf, documentID, embedderID, after, limit); err != nil {
		return nil, fmt.Errorf("find chunks without a vector: %w", err)
	}
	return chunks, nil
}

const countPendingOf = `
SELECT count(*) AS total, count(*) FILTER (WHERE e.content_sha256 IS DISTINCT FROM c.content_sha256) AS pending
FROM chunks c
LEFT JOIN embeddings e ON e.owner_kind = 'chunk' AND e.owner_id = c.id AND e.embedder_id = $2
WHERE c.document_id = $1`

func (s store) countPending(ctx context.Context, documentID uuid.UUID, embedderID string) (embedding.Count, error) {
	var count embedding.Count
	if err := s.db.GetContext(ctx, &count, countPendingOf, documentID, embedderID); err != nil {
		return embedding.Count{}, fmt.Errorf("count chunks without a vector: %w", err)
	}
	return count, nil
}
