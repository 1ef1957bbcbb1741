package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

// Document is the resolver for the document field.
func (r *queryResolver) Document(ctx context.Context, id string) (*Document, error) {
	documentID, ok := globalid.Find(globalid.Document, id)
	if !ok {
		return nil, nil //nolint:nilnil // the schema says: null when there is none
	}
	d, err := r.documents.Get(ctx, documentID)
	switch {
	case errors.Is(err, document.ErrNotFound):
		return nil, nil //nolint:nilnil // the schema says: null when there is none
	case err != nil:
		return nil, err
	}
	return &Document{&d}, nil
}

// Documents is the resolver for the documents field.
func (r *queryResolver) Documents(
	ctx context.Context, first *int, after *string, last *int, before *string, filter *DocumentFilter,
) (*DocumentConnection, error) {
	f := toDocumentFilter(filter)
	slice, err := r.documents.List(ctx, f, toPage(first, after, last, before))
	if err != nil {
		return nil, err
	}
	for i := range slice.Items {
		loadersOf(ctx).tasks.announce(&slice.Items[i].TaskID)
	}
	return toDocumentConnection(slice, func(ctx context.Context) (int, error) {
		return r.documents.Count(ctx, f, maxCount+1)
	}), nil
}

// Task is the resolver for the task field.
func (r *documentResolver) Task(ctx context.Context, obj *Document) (*Task, error) {
	return loadersOf(ctx).tasks.get(ctx, &obj.TaskID)
}

// Text is the resolver for the text field.
func (r *documentResolver) Text(ctx context.Context, obj *Document) (*string, error) {
	text, err := r.documents.Text(ctx, obj.Document.ID)
	switch {
	case errors.Is(err, document.ErrNotFound):
		return nil, nil //nolint:nilnil // the schema says: null until it was read
	case err != nil:
		return nil, err
	}
	return &text, nil
}

// Chunks is the resolver for the chunks field.
func (r *documentResolver) Chunks(
	ctx context.Context, obj *Document, first *int, after *string, last *int, before *string,
) (*ChunkConnection, error) {
	slice, err := r.documents.Chunks(ctx, obj.Document.ID, toPage(first, after, last, before))
	if err != nil {
		return nil, err
	}
	return toChunkConnection(slice), nil
}

// UploadDocuments is the resolver for the uploadDocuments field.
func (r *mutationResolver) UploadDocuments(ctx context.Context, input UploadDocumentsInput) (*UploadDocumentsPayload, error) {
	payload := &UploadDocumentsPayload{Documents: []*Document{}, Tasks: []*Task{}, UserErrors: []*UserError{}}
	for i := range input.Files {
		up, err := r.uploadDocument(ctx, &input, i)
		if err == nil {
			payload.Documents = append(payload.Documents, &Document{&up.Document})
			payload.Tasks = append(payload.Tasks, &Task{&up.Task})
			continue
		}
		refused, err := userErrors(err)
		payload.UserErrors = append(payload.UserErrors, refused...)
		if err != nil {
			return nil, err
		}
		if refused[0].Field[1] != "files" {
			break // it would hold for all
		}
	}
	return payload, nil
}

// uploadDocument takes in one of the files.
func (r *mutationResolver) uploadDocument(ctx context.Context, input *UploadDocumentsInput, i int) (document.Uploaded, error) {
	file, err := input.Files[i].Open(ctx)
	if err != nil {
		return document.Uploaded{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	up, err := r.documents.Upload(ctx, document.UploadInput{
		Name: input.Files[i].Name, Reader: file, Charset: value(input.Charset), ChunkTokens: chunkTokens(input.Chunking),
		Metadata: input.Metadata, Priority: input.Priority,
		IdempotencyKey: fileKey(value(input.IdempotencyKey), i),
	})
	if invalid := (*taskq.InvalidError)(nil); errors.As(err, &invalid) && invalid.Field == "file" {
		err = &taskq.InvalidError{Field: fmt.Sprintf("files.%d", i), Message: invalid.Message, Kind: invalid.Kind}
	}
	return up, err
}

// chunkTokens returns nil where the client leaves it to the server.
func chunkTokens(chunking *ChunkingInput) *int {
	if chunking == nil {
		return nil
	}
	return &chunking.MaxTokens
}

// fileKey returns the idempotency key of one of several files.
func fileKey(key string, i int) string {
	if key == "" || i == 0 {
		return key
	}
	return fmt.Sprintf("%s/%d", key, i)
}

// resolveDocument puts the UUID of a document into the metadata of a task that is to process it, where the client has
// given the document's id.
func (r *mutationResolver) resolveDocument(ctx context.Context, task *taskq.NewTask, at string) error {
	if task.Type != document.TaskType {
		return nil
	}
	invalid := &taskq.InvalidError{Field: at + "metadata", Message: "must have the id of a document as its documentId"}
	raw, _ := task.Metadata.(json.RawMessage)
	var metadata map[string]json.RawMessage
	var text string
	if json.Unmarshal(raw, &metadata) != nil || json.Unmarshal(metadata["documentId"], &text) != nil {
		return invalid
	}
	id, ok := globalid.Find(globalid.Document, text)
	if !ok {
		invalid.Kind = taskq.NotThere
		return invalid
	}
	metadata["documentId"], task.Metadata = json.RawMessage(strconv.Quote(id.String())), metadata
	_, err := r.documents.Get(ctx, id)
	if errors.Is(err, document.ErrNotFound) {
		invalid.Kind = taskq.NotThere
		return invalid
	}
	return err
}
