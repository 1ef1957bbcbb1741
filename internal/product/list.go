package product

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/keyset"
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
	w, err := keyset.NewWindow(page, keyset.IsID)
	if err != nil {
		return taskq.Slice[Product]{}, err
	}
	products, err := s.store.list(ctx, f, w)
	if err != nil {
		return taskq.Slice[Product]{}, err
	}
	return keyset.Slice(w, products, func(p Product) string { return p.ID.String() }), nil
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
