package graph

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// Product is the resolver for the product field.
func (r *queryResolver) Product(ctx context.Context, id string) (*Product, error) {
	productID, ok := globalid.Find(globalid.Product, id)
	if !ok {
		return nil, nil //nolint:nilnil // the schema says: null when there is none
	}
	return r.findProduct(ctx, productID)
}

// findProduct returns nil when there is no such product.
func (r *Resolver) findProduct(ctx context.Context, id uuid.UUID) (*Product, error) {
	p, err := r.products.Get(ctx, id)
	switch {
	case errors.Is(err, product.ErrNotFound):
		return nil, nil //nolint:nilnil // the schema says: null when there is none
	case err != nil:
		return nil, err
	}
	return &Product{&p}, nil
}

// Products is the resolver for the products field.
func (r *queryResolver) Products(
	ctx context.Context, first *int, after *string, last *int, before *string, filter *ProductFilter,
) (*ProductConnection, error) {
	f := toProductFilter(filter)
	slice, err := r.products.List(ctx, f, toPage(first, after, last, before))
	if err != nil {
		return nil, err
	}
	for i := range slice.Items {
		loadersOf(ctx).tasks.announce(slice.Items[i].LastImportTask)
	}
	return toProductConnection(slice, func(ctx context.Context) (int, error) {
		return r.products.Count(ctx, f, maxCount+1)
	}), nil
}

// LastImport is the resolver for the lastImport field.
func (r *productResolver) LastImport(ctx context.Context, obj *Product) (*Task, error) {
	return loadersOf(ctx).tasks.get(ctx, obj.LastImportTask)
}

// ImportProducts is the resolver for the importProducts field.
func (r *mutationResolver) ImportProducts(ctx context.Context, input ImportProductsInput) (*ImportProductsPayload, error) {
	file, err := input.File.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	enqueued, err := r.products.Import(ctx, product.ImportInput{
		Name: input.File.Name, Reader: file, DryRun: input.DryRun, Mapping: toMapping(input.Mapping), OnConflict: input.OnConflict,
		Priority: input.Priority, IdempotencyKey: value(input.IdempotencyKey),
	})
	task, refused, err := outcome(enqueued, err)
	return &ImportProductsPayload{Task: task, UserErrors: refused}, err
}

// UpdateProducts is the resolver for the updateProducts field.
func (r *mutationResolver) UpdateProducts(ctx context.Context, input UpdateProductsInput) (*UpdateProductsPayload, error) {
	enqueued, err := r.products.Update(ctx, product.UpdateInput{
		Changes: toChanges(input.Changes), SKUs: input.Skus, Set: toFields(input.Set), Adjust: toFields(input.Adjust),
		Priority: input.Priority, IdempotencyKey: value(input.IdempotencyKey),
	})
	task, refused, err := outcome(enqueued, err)
	return &UpdateProductsPayload{Task: task, UserErrors: refused}, err
}

// outcome splits what enqueuing returned into the parts of a payload.
func outcome(enqueued taskq.Enqueued, err error) (*Task, []*UserError, error) {
	if err != nil {
		refused, err := userErrors(err)
		return nil, refused, err
	}
	return &Task{&enqueued.Task}, []*UserError{}, nil
}
