package access

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/taskq"
)

// Documents are those of a [document.Service], as the principal of each call may see them. The methods are those of the
// service; they add [*auth.Error] to its errors.
type Documents struct{ service *document.Service }

// NewDocuments returns the documents of a service.
func NewDocuments(service *document.Service) Documents { return Documents{service} }

// Upload is [document.Service.Upload].
func (d Documents) Upload(ctx context.Context, in document.UploadInput) (document.Uploaded, error) {
	by, err := subject(ctx)
	if err != nil {
		return document.Uploaded{}, err
	}
	in.CreatedBy, in.IdempotencyKey = by, ownKey(ctx, in.IdempotencyKey)
	return d.service.Upload(ctx, in)
}

func ownDocuments(ctx context.Context, f document.Filter) (document.Filter, error) {
	owner, err := owner(ctx)
	if owner != "" {
		f.CreatedBy = owner
	}
	return f, err
}

// Count is [document.Service.Count].
func (d Documents) Count(ctx context.Context, f document.Filter, limit int) (int, error) {
	f, err := ownDocuments(ctx, f)
	if err != nil {
		return 0, err
	}
	return d.service.Count(ctx, f, limit)
}

// List is [document.Service.List].
func (d Documents) List(ctx context.Context, f document.Filter, p taskq.Page) (taskq.Slice[document.Document], error) {
	f, err := ownDocuments(ctx, f)
	if err != nil {
		return taskq.Slice[document.Document]{}, err
	}
	return d.service.List(ctx, f, p)
}

// Get is [document.Service.Get].
func (d Documents) Get(ctx context.Context, id uuid.UUID) (document.Document, error) {
	owner, err := owner(ctx)
	if err != nil {
		return document.Document{}, err
	}
	found, err := d.service.Get(ctx, id)
	if err == nil && !isOwn(found.CreatedBy, owner) {
		return document.Document{}, document.ErrNotFound
	}
	return found, err
}

// GetMany is [document.Service.GetMany].
func (d Documents) GetMany(ctx context.Context, ids []uuid.UUID) ([]document.Document, error) {
	owner, err := owner(ctx)
	if err != nil {
		return nil, err
	}
	found, err := d.service.GetMany(ctx, ids)
	return slices.DeleteFunc(found, func(one document.Document) bool { return !isOwn(one.CreatedBy, owner) }), err
}

// Chunks is [document.Service.Chunks].
func (d Documents) Chunks(ctx context.Context, documentID uuid.UUID, p taskq.Page) (taskq.Slice[document.Chunk], error) {
	if err := d.check(ctx, documentID); err != nil {
		return taskq.Slice[document.Chunk]{}, err
	}
	return d.service.Chunks(ctx, documentID, p)
}

// Text is [document.Service.Text].
func (d Documents) Text(ctx context.Context, id uuid.UUID) (string, error) {
	if err := d.check(ctx, id); err != nil {
		return "", err
	}
	return d.service.Text(ctx, id)
}

// check asks for the document only where that can make a difference.
func (d Documents) check(ctx context.Context, id uuid.UUID) error {
	owner, err := owner(ctx)
	if err == nil && owner != "" {
		_, err = d.Get(ctx, id)
	}
	return err
}

// ChunksByID is [document.Service.ChunksByID].
func (d Documents) ChunksByID(ctx context.Context, ids []uuid.UUID) ([]document.Chunk, error) {
	owner, err := owner(ctx)
	if err != nil {
		return nil, err
	}
	chunks, err := d.service.ChunksByID(ctx, ids)
	if err != nil || owner == "" {
		return chunks, err
	}
	of := make([]uuid.UUID, len(chunks))
	for i := range chunks {
		of[i] = chunks[i].DocumentID
	}
	documents, err := d.GetMany(ctx, of)
	if err != nil {
		return nil, err
	}
	own := make(map[uuid.UUID]bool, len(documents))
	for i := range documents {
		own[documents[i].ID] = true
	}
	return slices.DeleteFunc(chunks, func(c document.Chunk) bool { return !own[c.DocumentID] }), nil
}
