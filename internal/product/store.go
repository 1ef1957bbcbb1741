package product

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// store is the SQL of this package; see also the other store files.
type store struct {
	db    *sqlx.DB
	reads *sqlx.DB // for lists and counts
}

const productColumns = `id, sku, title, description, brand, category,
    trim_scale(price)::text AS price, trim_scale(sale_price)::text AS sale_price,
    trim_scale(compare_at_price)::text AS compare_at_price, currency, stock, gtin, image_url, attributes,
    created_at, updated_at, last_import_task`

const selectProduct = `
SELECT ` + productColumns + `
FROM products
WHERE id = $1`

func (s store) get(ctx context.Context, id uuid.UUID) (Product, error) {
	return one(ctx, s.db, selectProduct, id)
}

const selectProductBySKU = `
SELECT ` + productColumns + `
FROM products
WHERE sku = $1`

func (s store) getBySKU(ctx context.Context, sku string) (Product, error) {
	return one(ctx, s.db, selectProductBySKU, sku)
}

func one(ctx context.Context, db *sqlx.DB, query string, key any) (Product, error) {
	var p Product
	err := db.GetContext(ctx, &p, query, key)
	if errors.Is(err, sql.ErrNoRows) {
		return Product{}, ErrNotFound
	}
	if err != nil {
		return Product{}, fmt.Errorf("read product: %w", err)
	}
	return p, nil
}

// One transaction writes products at a time: two that met the same SKUs in another order would deadlock. The number is
// this package's own.
const lockProducts = `SELECT pg_advisory_xact_lock(7310579614005)`

func lockForWriting(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, lockProducts); err != nil {
		return fmt.Errorf("wait for other writers of products: %w", err)
	}
	return nil
}
