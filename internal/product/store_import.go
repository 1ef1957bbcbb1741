package product

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/db"
)

var errStagingLost = errors.New("the staged rows were lost, because the database server crashed")

const clearStagedRows = `
DELETE FROM import_rows
WHERE task_id = $1 AND lease <= $2
   OR NOT EXISTS (
       SELECT 1
       FROM tasks t
       WHERE t.id = import_rows.task_id
         AND t.status = 'RUNNING')`

// clearStaging removes the rows of this and earlier attempts at a task, and those of tasks that don't run any more.
func (s store) clearStaging(ctx context.Context, taskID uuid.UUID, lease int64) error {
	if _, err := s.db.ExecContext(ctx, clearStagedRows, taskID, lease); err != nil {
		return fmt.Errorf("clear the staging table: %w", err)
	}
	return nil
}

const copyRows = `
COPY import_rows (task_id, lease, row_no, id, sku, title, description, brand, category, price, sale_price, compare_at_price,
    currency, stock, gtin, image_url, attributes)
FROM STDIN`

// stage writes the rows that fill adds, in a transaction of its own.
func (s store) stage(ctx context.Context, taskID uuid.UUID, lease int64, fill func(add func(*parsedRow) error) error) error {
	return db.WithTx(ctx, s.db, func(tx *sqlx.Tx) error {
		stmt, err := tx.PrepareContext(ctx, copyRows)
		if err != nil {
			return fmt.Errorf("stage rows: %w", err)
		}
		defer func() { _ = stmt.Close() }() // the flush below reports what matters
		err = fill(func(row *parsedRow) error {
			values, err := row.copyValues(taskID, lease)
			if err != nil {
				return err
			}
			if _, err := stmt.ExecContext(ctx, values...); err != nil {
				return fmt.Errorf("stage row %d: %w", row.row, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := stmt.ExecContext(ctx); err != nil {
			return fmt.Errorf("stage rows: %w", err)
		}
		return nil
	})
}

func (r *parsedRow) copyValues(taskID uuid.UUID, lease int64) ([]any, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make a product id: %w", err)
	}
	attributes, err := r.attributesJSON()
	if err != nil {
		return nil, err
	}
	return []any{
		taskID, lease, r.row, id, r.sku, r.title, r.description, r.brand, r.category, r.price, r.salePrice, r.compareAtPrice,
		r.currency, r.stock, r.gtin, r.imageURL, attributes,
	}, nil
}

// importPlan says what of the staged rows counts.
type importPlan struct {
	fields     []Field  // that the file has a column for; the others of a product stay
	attributes []string // headings that the file has: their old values go, whether or not there are new ones
	update     bool     // also products that exist
	staged     int      // rows that should be there
}

// importOutcome counts products.
type importOutcome struct {
	Products int `db:"products"` // distinct SKUs
	Inserted int `db:"inserted"`
	Updated  int `db:"updated"`
}

// nextProducts is what the products of a range of SKUs are to become: $1 task, $2 lease, $3 SKUs after, $4 and up to,
// $5 fields, $6 attributes, $7 update. Of two rows with one SKU the last counts. Rows that change nothing are left out.
const nextProducts = `
    SELECT l.id, l.sku, p.id IS NULL AS is_new, n.*
    FROM (
        SELECT DISTINCT ON (sku) *
        FROM import_rows
        WHERE task_id = $1
          AND lease = $2
          AND sku > $3
          AND sku <= $4
        ORDER BY sku, row_no DESC) AS l
    LEFT JOIN products p ON p.sku = l.sku
    CROSS JOIN LATERAL (
        SELECT
            COALESCE(NULLIF(l.title, ''), p.title, l.sku) AS title,
            CASE WHEN p.id IS NULL OR 'description' = ANY($5::text[]) THEN l.description ELSE p.description END AS description,
            CASE WHEN p.id IS NULL OR 'brand' = ANY($5) THEN l.brand ELSE p.brand END AS brand,
            CASE WHEN p.id IS NULL OR 'category' = ANY($5) THEN l.category ELSE p.category END AS category,
            CASE WHEN p.id IS NULL OR 'price' = ANY($5) THEN l.price ELSE p.price END AS price,
            CASE WHEN p.id IS NULL OR 'salePrice' = ANY($5) THEN l.sale_price ELSE p.sale_price END AS sale_price,
            CASE WHEN p.id IS NULL OR 'compareAtPrice' = ANY($5) THEN l.compare_at_price ELSE p.compare_at_price END AS compare_at_price,
            COALESCE(NULLIF(l.currency, ''), p.currency, '') AS currency,
            CASE WHEN p.id IS NULL OR 'stock' = ANY($5) THEN l.stock ELSE p.stock END AS stock,
            CASE WHEN p.id IS NULL OR 'gtin' = ANY($5) THEN l.gtin ELSE p.gtin END AS gtin,
            CASE WHEN p.id IS NULL OR 'imageUrl' = ANY($5) THEN l.image_url ELSE p.image_url END AS image_url,
            CASE WHEN p.id IS NULL THEN l.attributes ELSE (p.attributes - $6::text[]) || l.attributes END AS attributes) AS n
    WHERE p.id IS NULL
       OR $7 AND (p.title, p.description, p.brand, p.category, p.price, p.sale_price, p.compare_at_price, p.currency, p.stock,
            p.gtin, p.image_url, p.attributes)
          IS DISTINCT FROM (n.title, n.description, n.brand, n.category, n.price, n.sale_price, n.compare_at_price, n.currency,
            n.stock, n.gtin, n.image_url, n.attributes)`

const writeProducts = `
WITH written AS (
    INSERT INTO products AS p (id, sku, title, description, brand, category, price, sale_price, compare_at_price, currency, stock,
        gtin, image_url, attributes, last_import_task)
    SELECT id, sku, title, description, brand, category, price, sale_price, compare_at_price, currency, stock, gtin, image_url,
        attributes, $1
    FROM (` + nextProducts + `) AS next
    ON CONFLICT (sku) DO UPDATE
    SET title = EXCLUDED.title, description = EXCLUDED.description, brand = EXCLUDED.brand, category = EXCLUDED.category,
        price = EXCLUDED.price, sale_price = EXCLUDED.sale_price, compare_at_price = EXCLUDED.compare_at_price,
        currency = EXCLUDED.currency, stock = EXCLUDED.stock, gtin = EXCLUDED.gtin, image_url = EXCLUDED.image_url,
        attributes = EXCLUDED.attributes, last_import_task = EXCLUDED.last_import_task, updated_at = now()
    RETURNING p.xmax = 0 AS inserted)
SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) FILTER (WHERE NOT inserted) AS updated
FROM written`

const previewProducts = `
SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS updated
FROM (` + nextProducts + `) AS next`

// writeImport writes the staged products in slices, in the order of their SKUs, and reports after each.
func (s store) writeImport(ctx context.Context, tx *sqlx.Tx, taskID uuid.UUID, lease int64, plan importPlan, report func(done, total int)) (importOutcome, error) {
	if err := lockForWriting(ctx, tx); err != nil {
		return importOutcome{}, err
	}
	return eachSlice(ctx, tx, taskID, lease, plan, writeProducts, report)
}

// previewImport counts what writeImport would do.
func (s store) previewImport(ctx context.Context, taskID uuid.UUID, lease int64, plan importPlan) (importOutcome, error) {
	return eachSlice(ctx, s.db, taskID, lease, plan, previewProducts, func(int, int) {})
}

const countStaged = `
SELECT count(*), count(DISTINCT sku)
FROM import_rows
WHERE task_id = $1
  AND lease = $2`

// sliceEnd is the last SKU of the next slice, and how many SKUs that is.
const sliceEnd = `
SELECT COALESCE(max(sku), ''), count(*)
FROM (
    SELECT DISTINCT sku AS sku
    FROM import_rows
    WHERE task_id = $1
      AND lease = $2
      AND sku > $3
    ORDER BY 1
    LIMIT $4) AS slice`

func eachSlice(ctx context.Context, q sqlx.QueryerContext, taskID uuid.UUID, lease int64, plan importPlan, query string, report func(done, total int)) (importOutcome, error) {
	var outcome importOutcome
	var staged int
	if err := q.QueryRowxContext(ctx, countStaged, taskID, lease).Scan(&staged, &outcome.Products); err != nil {
		return importOutcome{}, fmt.Errorf("count staged rows: %w", err)
	}
	if staged != plan.staged {
		return importOutcome{}, errStagingLost
	}
	for after, done := "", 0; done < outcome.Products; {
		var end string
		var products int
		if err := q.QueryRowxContext(ctx, sliceEnd, taskID, lease, after, writeBatch).Scan(&end, &products); err != nil {
			return importOutcome{}, fmt.Errorf("find the next products: %w", err)
		}
		if products == 0 {
			return importOutcome{}, errStagingLost
		}
		var slice importOutcome
		err := sqlx.GetContext(ctx, q, &slice, query, taskID, lease, after, end, pq.Array(plan.fields), pq.Array(plan.attributes), plan.update)
		if err != nil {
			return importOutcome{}, fmt.Errorf("write products: %w", err)
		}
		outcome.Inserted += slice.Inserted
		outcome.Updated += slice.Updated
		done += products
		after = end
		report(done, outcome.Products)
	}
	return outcome, nil
}
