package embedding

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// DeleteOrphans does what [Owners.Sweep] promises, for owners that are the rows of a table with the key id. The name of
// the table is the caller's own, never anybody's input.
func DeleteOrphans(ctx context.Context, q sqlx.QueryerContext, kind OwnerKind, table string, from uuid.UUID, limit int) (last uuid.UUID, removed int, err error) {
	var end uuid.NullUUID
	query := fmt.Sprintf(deleteOrphans, pq.QuoteIdentifier(table))
	if err := q.QueryRowxContext(ctx, query, kind, from, limit).Scan(&end, &removed); err != nil {
		return uuid.Nil, 0, fmt.Errorf("delete vectors of %s that are gone: %w", table, err)
	}
	return end.UUID, removed, nil
}

const deleteOrphans = `
WITH looked AS MATERIALIZED (
    SELECT owner_id, embedder_id
    FROM embeddings
    WHERE owner_kind = $1 AND owner_id >= $2
    ORDER BY owner_id
    LIMIT $3),
gone AS (
    DELETE FROM embeddings e
    USING looked
    WHERE e.owner_kind = $1 AND e.owner_id = looked.owner_id AND e.embedder_id = looked.embedder_id
      AND e.created_at < now() - interval '1 day'
      AND NOT EXISTS (SELECT FROM %s o WHERE o.id = looked.owner_id)
    RETURNING 1)
SELECT (SELECT owner_id FROM looked ORDER BY owner_id OFFSET $3 - 1) AS last, (SELECT count(*) FROM gone) AS removed`
