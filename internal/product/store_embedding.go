package product

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/internal/embedding"
)

// Texts tells the embedding package which products have no current vector.
type Texts struct {
	db *sqlx.DB
}

var _ embedding.Source = (*Texts)(nil)

// NewTexts returns the texts of the products in db.
func NewTexts(db *sqlx.DB) *Texts { return &Texts{db} }

// Kind is embedding.Product.
func (*Texts) Kind() embedding.OwnerKind { return embedding.Product }

// The vector is looked up by a subquery, because a join is planned by statistics: while vectors are first being written,
// those say that there are none, and the join reads all of them for every product.
const isPending = `(
    SELECT e.content_sha256
    FROM embeddings e
    WHERE e.owner_kind = 'product'
      AND e.owner_id = p.id
      AND e.embedder_id = $1) IS DISTINCT FROM p.content_sha256`

const countTexts = `
SELECT count(*) AS total, count(*) FILTER (WHERE ` + isPending + `) AS pending
FROM products p
WHERE $2::uuid[] IS NULL OR p.id = ANY($2)`

// Count counts products.
func (t *Texts) Count(ctx context.Context, embedderID string, ids []uuid.UUID) (embedding.Count, error) {
	var count embedding.Count
	if err := t.db.GetContext(ctx, &count, countTexts, embedderID, idArray(ids)); err != nil {
		return embedding.Count{}, fmt.Errorf("count products without a current vector: %w", err)
	}
	return count, nil
}

const selectPendingTexts = `
SELECT p.id, product_text(p.title, p.brand, p.category, p.description) AS text, p.content_sha256
FROM products p
WHERE p.id > $2
  AND ($3::uuid[] IS NULL OR p.id = ANY($3))
  AND ` + isPending + `
ORDER BY p.id
LIMIT $4`

// Pending returns products without a current vector.
func (t *Texts) Pending(ctx context.Context, scope embedding.Scope) ([]embedding.Item, error) {
	var items []embedding.Item
	err := t.db.SelectContext(ctx, &items, selectPendingTexts, scope.EmbedderID, scope.After, idArray(scope.IDs), scope.Limit)
	if err != nil {
		return nil, fmt.Errorf("find products without a current vector: %w", err)
	}
	return items, nil
}

// idArray is NULL for no ids: they bound nothing.
func idArray(ids []uuid.UUID) any {
	if len(ids) == 0 {
		return nil
	}
	list := make(pq.StringArray, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}
