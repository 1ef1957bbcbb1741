// Package product keeps a catalogue: it imports CSV files of the common shop systems, changes products by SKU, and tells
// the embedding package which products have no current vector. The API calls Service; the engine runs its handlers of
// DATA_IMPORT and PRODUCT_UPDATE.
package product

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
)

// ErrNotFound reports that there is no such product.
var ErrNotFound = errors.New("product not found")

// Limits of a product's fields, in characters.
const (
	MaxSKULength         = 200
	MaxTitleLength       = 1_000
	MaxTextLength        = 2_000 // brand, category, GTIN, image URL
	MaxDescriptionLength = 100_000
)

// Product is one row of products.
type Product struct {
	ID             uuid.UUID       `db:"id"`
	SKU            string          `db:"sku"`
	Title          string          `db:"title"`
	Description    string          `db:"description"` // plain text
	Brand          string          `db:"brand"`
	Category       string          `db:"category"`
	Price          *string         `db:"price"` // decimal, as PostgreSQL writes it; nil: unknown
	SalePrice      *string         `db:"sale_price"`
	CompareAtPrice *string         `db:"compare_at_price"` // the old price, shown struck through
	Currency       string          `db:"currency"`         // ISO 4217, or empty
	Stock          *int            `db:"stock"`            // nil: unknown
	GTIN           string          `db:"gtin"`
	ImageURL       string          `db:"image_url"`
	Attributes     json.RawMessage `db:"attributes"` // a JSON object: the other columns of its file
	CreatedAt      time.Time       `db:"created_at"`
	UpdatedAt      time.Time       `db:"updated_at"`
	LastImportTask *uuid.UUID      `db:"last_import_task"` // the DATA_IMPORT task that wrote it last
}
