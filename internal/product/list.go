package product

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/taskq"
)

// Filter selects products. Conditions that are empty select all; the others must all hold.
type Filter struct {
	Search   string   // words, each to be found in the SKU, title, brand, category or GTIN, whatever the case
	SKUs     []string // any of these
	Brand    string   // exactly
	Category string   // exactly
}

// Limits of a filter.
const (
	maxSearchLength = 200 // characters
	maxSearchWords  = 10
	maxFilterSKUs   = 1_000
)

// Get returns a product. Errors: ErrNotFound.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (Product, error) {
	return s.store.get(ctx, id)
}

// GetBySKU returns a product. Errors: ErrNotFound.
func (s *Service) GetBySKU(ctx context.Context, sku string) (Product, error) {
	return s.store.getBySKU(ctx, sku)
}

// List returns the products that f selects, newest first. Its cursors stay valid while products come and go. Errors:
// *taskq.InvalidError.
func (s *Service) List(ctx context.Context, f Filter, page taskq.Page) (taskq.Slice[Product], error) {
	if err := f.check(); err != nil {
		return taskq.Slice[Product]{}, err
	}
	window, err := newWindow(page)
	if err != nil {
		return taskq.Slice[Product]{}, err
	}
	products, err := s.store.list(ctx, f, window)
	if err != nil {
		return taskq.Slice[Product]{}, err
	}
	return window.slice(products), nil
}

// Count returns how many products f selects, counting no further than limit: a result of limit means "limit or more".
func (s *Service) Count(ctx context.Context, f Filter, limit int) (int, error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	return s.store.count(ctx, f, limit)
}

func (f *Filter) check() error {
	switch {
	case utf8.RuneCountInString(f.Search) > maxSearchLength:
		return &taskq.InvalidError{Field: "filter.search", Message: fmt.Sprintf("must be at most %d characters", maxSearchLength)}
	case len(strings.Fields(f.Search)) > maxSearchWords:
		return &taskq.InvalidError{Field: "filter.search", Message: fmt.Sprintf("must be at most %d words", maxSearchWords)}
	case len(f.SKUs) > maxFilterSKUs:
		return &taskq.InvalidError{Field: "filter.skus", Message: fmt.Sprintf("must be at most %d", maxFilterSKUs)}
	}
	for field, text := range map[string]string{"search": f.Search, "brand": f.Brand, "category": f.Category, "skus": strings.Join(f.SKUs, "")} {
		if err := checkText("filter."+field, text, len(text)); err != nil {
			return err
		}
	}
	return nil
}

// window is a checked page.
type window struct {
	size     int
	backward bool
	after    uuid.NullUUID // not valid: from the start
	before   uuid.NullUUID // not valid: to the end
}

func newWindow(page taskq.Page) (window, error) {
	switch {
	case page.First > 0 && page.Last > 0:
		return window{}, &taskq.InvalidError{Field: "first", Message: "and last cannot both be given"}
	case page.First <= 0 && page.Last <= 0:
		return window{}, &taskq.InvalidError{Field: "first", Message: "or last must be positive"}
	case max(page.First, page.Last) > taskq.MaxPageSize:
		return window{}, &taskq.InvalidError{Field: "first", Message: fmt.Sprintf("and last must be at most %d", taskq.MaxPageSize)}
	}
	after, err := readCursor("after", page.After)
	if err != nil {
		return window{}, err
	}
	before, err := readCursor("before", page.Before)
	return window{size: page.First + page.Last, backward: page.Last > 0, after: after, before: before}, err
}

// slice makes a slice of what the store found: one more than asked for, if there is more in the direction of reading.
func (w window) slice(products []Product) taskq.Slice[Product] {
	more := len(products) > w.size
	if more && w.backward {
		products = products[1:]
	} else if more {
		products = products[:w.size]
	}
	s := taskq.Slice[Product]{Items: products, Cursors: make([]string, len(products))}
	for i, p := range products {
		s.Cursors[i] = cursor(p.ID)
	}
	s.HasNext, s.HasPrevious = more, w.after.Valid
	if w.backward {
		s.HasNext, s.HasPrevious = w.before.Valid, more
	}
	return s
}

func cursor(id uuid.UUID) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// readCursor returns no id for no cursor.
func readCursor(field, text string) (uuid.NullUUID, error) {
	if text == "" {
		return uuid.NullUUID{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != len(uuid.UUID{}) {
		return uuid.NullUUID{}, &taskq.InvalidError{Field: field, Message: "is not a cursor of this list"}
	}
	return uuid.NullUUID{UUID: uuid.UUID(raw), Valid: true}, nil
}
