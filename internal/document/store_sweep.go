package document

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/internal/embedding"
)

var _ embedding.Owners = (*Texts)(nil)

// Sweep implements [embedding.Owners].
func (t *Texts) Sweep(ctx context.Context, from uuid.UUID, limit int) (last uuid.UUID, removed int, err error) {
	return embedding.DeleteOrphans(ctx, t.db, embedding.Chunk, "chunks", from, limit)
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
