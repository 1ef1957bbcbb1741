package access

import (
	"context"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// Products are those of a [product.Service]. The catalogue is everybody's; the tasks that change it are their creators'.
type Products struct{ service *product.Service }

// NewProducts returns the products of a service.
func NewProducts(service *product.Service) Products { return Products{service} }

// Count is [product.Service.Count].
func (p Products) Count(ctx context.Context, f product.Filter, limit int) (int, error) {
	return p.service.Count(ctx, f, limit)
}

// Get is [product.Service.Get].
func (p Products) Get(ctx context.Context, id uuid.UUID) (product.Product, error) {
	return p.service.Get(ctx, id)
}

// List is [product.Service.List].
func (p Products) List(ctx context.Context, f product.Filter, page taskq.Page) (taskq.Slice[product.Product], error) {
	return p.service.List(ctx, f, page)
}

// Import is [product.Service.Import].
func (p Products) Import(ctx context.Context, in product.ImportInput) (taskq.Enqueued, error) {
	by, err := subject(ctx)
	if err != nil {
		return taskq.Enqueued{}, err
	}
	in.CreatedBy, in.IdempotencyKey = by, ownKey(ctx, in.IdempotencyKey)
	return p.service.Import(ctx, in)
}

// Update is [product.Service.Update].
func (p Products) Update(ctx context.Context, in product.UpdateInput) (taskq.Enqueued, error) {
	by, err := subject(ctx)
	if err != nil {
		return taskq.Enqueued{}, err
	}
	in.CreatedBy, in.IdempotencyKey = by, ownKey(ctx, in.IdempotencyKey)
	return p.service.Update(ctx, in)
}

// Embeddings are those of an [embedding.Service].
type Embeddings struct{ service *embedding.Service }

// NewEmbeddings returns the embeddings of a service.
func NewEmbeddings(service *embedding.Service) Embeddings { return Embeddings{service} }

// Generate is [embedding.Service.Generate]. It works on everybody's documents, so it is not for those who see only their
// own.
func (e Embeddings) Generate(ctx context.Context, in embedding.GenerateInput) (taskq.Enqueued, error) {
	by, err := subject(ctx)
	if err == nil {
		err = all(ctx)
	}
	if err != nil {
		return taskq.Enqueued{}, err
	}
	in.CreatedBy = by
	return e.service.Generate(ctx, in)
}
