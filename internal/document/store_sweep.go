package document

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/internal/embedding"
)

const sweepVectors = `
WITH looked AS MATERIALIZED (
    SELECT owner_id, embedder_id
    FROM embeddings
    WHERE owner_kind = 'chunk' AND owner_id >= $1
    ORDER BY owner_id
    LIMIT $2),
gone AS (
    DELETE FROM embeddings e
    USING looked
    WHERE e.owner_kind = 'chunk' AND e.owner_id = looked.owner_id AND e.embedder_id = looked.embedder_id
      AND e.created_at < now() - interval '1 day'
      AND NOT EXISTS (SELECT FROM chunks o WHERE o.id = looked.owner_id)
    RETURNING 1)
SELECT (SELECT owner_id FROM looked ORDER BY owner_id OFFSET $2 - 1) AS last, (SELECT count(*) FROM gone) AS removed`

var _ embedding.Owners = (*Texts)(nil)

// Sweep implements [embedding.Owners].
func (t *Texts) Sweep(ctx context.Context, from uuid.UUID, limit int) (last uuid.UUID, removed int, err error) {
	var end uuid.NullUUID
	if err := t.db.QueryRowxContext(ctx, sweepVectors, from, limit).Scan(&end, &removed); err != nil {
		return uuid.Nil, 0, fmt.Errorf("delete vectors of chunks that are gone: %w", err)
	}
	return end.UUID, removed, nil
}

const selectFilesInUse = `
SELECT DISTINCT encode(sha256, 'hex')
FROM documents
WHERE sha256 = ANY (ARRAY(SELECT decode(sha, 'hex') FROM unnest($1::text[]) AS sha))`

// FilesInUse returns which of these blobs are files of documents.
func (s *Service) FilesInUse(ctx context.Context, shas []string) ([]string, error) {
	var used []string
	if err := s.store.db.SelectContext(ctx, &used, selectFilesInUse, pq.Array(shas)); err != nil {
		return nil, fmt.Errorf("find files of documents: %w", err)
	}
	return used, nil
}
