package product

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/taskwire/taskwire/internal/keyset"
)

const matchingProducts = `
FROM products
WHERE ($1::text[] IS NULL OR sku || ' ' || title || ' ' || brand || ' ' || category || ' ' || gtin ILIKE ALL ($1))
  AND ($2::text[] IS NULL OR sku = ANY ($2))
  AND ($3 = '' OR brand = $3)
  AND ($4 = '' OR category = $4)`

const listNewestFirst = `
SELECT ` + productColumns + matchingProducts + `
  AND ($5::uuid IS NULL OR id < $5)
  AND ($6::uuid IS NULL OR id > $6)
ORDER BY id DESC
LIMIT $7`

const listOldestFirst = `
SELECT ` + productColumns + matchingProducts + `
  AND ($5::uuid IS NULL OR id < $5)
  AND ($6::uuid IS NULL OR id > $6)
ORDER BY id
LIMIT $7`

// list returns one product more than the window holds, if there is one, newest first.
func (s store) list(ctx context.Context, f Filter, w keyset.Window) ([]Product, error) {
	query := listNewestFirst
	if w.Backward {
		query = listOldestFirst
	}
	var products []Product
	if err := s.reads.SelectContext(ctx, &products, query, append(f.arguments(), w.After, w.Before, w.Size+1)...); err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	if w.Backward {
		slices.Reverse(products)
	}
	return products, nil
}

const countProducts = `
SELECT count(*)
FROM (SELECT` + matchingProducts + `
    LIMIT $5) AS counted`

func (s store) count(ctx context.Context, f Filter, limit int) (int, error) {
	var n int
	if err := s.reads.GetContext(ctx, &n, countProducts, append(f.arguments(), limit)...); err != nil {
		return 0, fmt.Errorf("count products: %w", err)
	}
	return n, nil
}

func (f *Filter) arguments() []any {
	var patterns, skus any
	if words := strings.Fields(f.Search); len(words) > 0 {
		escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
		for i, word := range words {
			words[i] = "%" + escape.Replace(word) + "%"
		}
		patterns = pq.Array(words)
	}
	if f.SKUs != nil {
		skus = pq.Array(f.SKUs)
	}
	return []any{patterns, skus, f.Brand, f.Category}
}
