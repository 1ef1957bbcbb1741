package product

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const selectProductsForUpdate = `
SELECT ` + productColumns + `
FROM products
WHERE sku = ANY($1)
ORDER BY sku
FOR UPDATE`

// loadProducts reads and locks products, by SKU.
func loadProducts(ctx context.Context, tx *sqlx.Tx, skus []string) (map[string]*Product, error) {
	var list []Product
	if err := tx.SelectContext(ctx, &list, selectProductsForUpdate, pq.Array(skus)); err != nil {
		return nil, fmt.Errorf("read the products to update: %w", err)
	}
	products := make(map[string]*Product, len(list))
	for i := range list {
		products[list[i].SKU] = &list[i]
	}
	return products, nil
}

const updateProducts = `
UPDATE products p
SET title = n.title, description = n.description, brand = n.brand, category = n.category, price = n.price,
    sale_price = n.sale_price, compare_at_price = n.compare_at_price, currency = n.currency, stock = n.stock, gtin = n.gtin,
    image_url = n.image_url, attributes = n.attributes, updated_at = now()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::numeric[], $9::text[],
    $10::integer[], $11::text[], $12::text[], $13::jsonb[])
    AS n (id, title, description, brand, category, price, sale_price, compare_at_price, currency, stock, gtin, image_url, attributes)
WHERE p.id = n.id`

// saveProducts writes products that loadProducts has locked.
func saveProducts(ctx context.Context, tx *sqlx.Tx, products map[string]*Product) error {
	var ids, titles, descriptions, brands, categories, currencies, gtins, images, attributes []string
	var prices, sales, compares []*string
	var stocks []sql.NullInt64
	for _, p := range products {
		ids, titles, descriptions = append(ids, p.ID.String()), append(titles, p.Title), append(descriptions, p.Description)
		brands, categories, currencies = append(brands, p.Brand), append(categories, p.Category), append(currencies, p.Currency)
		prices, sales, compares = append(prices, p.Price), append(sales, p.SalePrice), append(compares, p.CompareAtPrice)
		gtins, images, attributes = append(gtins, p.GTIN), append(images, p.ImageURL), append(attributes, string(p.Attributes))
		stocks = append(stocks, nullableInt(p.Stock))
	}
	_, err := tx.ExecContext(ctx, updateProducts, pq.Array(ids), pq.Array(titles), pq.Array(descriptions), pq.Array(brands),
		pq.Array(categories), pq.Array(prices), pq.Array(sales), pq.Array(compares), pq.Array(currencies), pq.Array(stocks),
		pq.Array(gtins), pq.Array(images), pq.Array(attributes))
	if err != nil {
		return fmt.Errorf("write the updated products: %w", err)
	}
	return nil
}

func nullableInt(n *int) sql.NullInt64 {
	if n == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: int64(*n), Valid: true}
}
