package product

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
	return embedding.DeleteOrphans(ctx, t.db, embedding.Product, "products", from, limit)
}

// The file of an import is kept as long as its task, which may be retried. What has not ended is found by the indexes of
// what waits and runs, what has by that of the metadata.
const selectFilesInUse = `
SELECT task_metadata ->> 'blob' FROM tasks WHERE task_type = 'DATA_IMPORT' AND status = 'PENDING' AND task_metadata ->> 'blob' = ANY ($1)
UNION
SELECT task_metadata ->> 'blob' FROM tasks WHERE task_type = 'DATA_IMPORT' AND status = 'RUNNING' AND task_metadata ->> 'blob' = ANY ($1)
UNION
SELECT sha FROM unnest($1::text[]) AS sha
WHERE EXISTS (
    SELECT FROM tasks
    WHERE task_type = 'DATA_IMPORT' AND completed_at IS NOT NULL AND task_metadata @> jsonb_build_object('blob', sha))`

// FilesInUse returns which of these blobs are files of imports.
func (s *Service) FilesInUse(ctx context.Context, shas []string) ([]string, error) {
	var used []string
	if err := s.store.db.SelectContext(ctx, &used, selectFilesInUse, pq.Array(shas)); err != nil {
		return nil, fmt.Errorf("find files of imports: %w", err)
	}
	return used, nil
}
