package document

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/keyset"
	"github.com/taskwire/taskwire/taskq"
)

// Filter selects documents. Conditions that are empty select all; the others
// must all hold.
type Filter struct {
	Search   string          // words, each to be found in the name or the title, whatever the case
	Formats  []string        // any of these
	Statuses []taskq.Status  // of the document's latest task, any of these
	Metadata json.RawMessage // a JSON object that the document's own contains

	CreatedBy string // the subject of a principal
}

// Limits of a filter.
const (
	maxSearchLength = 200 // characters
	maxSearchWords  = 10
	maxFilterValues = 100
)

// Get returns a document. Errors: ErrNotFound.
func (s *Service) Get(ctx context.Context, id uuid.UUID) (Document, error) {
	return get(ctx, s.store.db, id)
}

// GetMany returns those of the documents that exist, in any order.
func (s *Service) GetMany(ctx context.Context, ids []uuid.UUID) ([]Document, error) {
	return s.store.getMany(ctx, ids)
}

// Text returns the whole text of a document, to which the offsets of its chunks
// refer. Errors: ErrNotFound, also while the document has not been read.
func (s *Service) Text(ctx context.Context, id uuid.UUID) (string, error) {
	return s.store.text(ctx, id)
}

// List returns the documents that f selects, newest first. Its cursors stay valid
// while documents come and go. Errors: *taskq.InvalidError.
func (s *Service) List(ctx context.Context, f Filter, page taskq.Page) (taskq.Slice[Document], error) {
	if err := f.check(); err != nil {
		return taskq.Slice[Document]{}, err
	}
	w, err := keyset.NewWindow(page, keyset.IsID)
	if err != nil {
		return taskq.Slice[Document]{}, err
	}
	documents, err := s.store.list(ctx, f, w)
	if err != nil {
		return taskq.Slice[Document]{}, err
	}
	return keyset.Slice(w, documents, func(d Document) string { return d.ID.String() }), nil
}

// Count returns how many documents f selects, counting no further than limit: a
// result of limit means "limit or more".
func (s *Service) Count(ctx context.Context, f Filter, limit int) (int, error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	return s.store.count(ctx, f, limit)
}

// Chunks returns chunks of a document in the order of its text; none while it
// has not been read. Errors: *taskq.InvalidError.
func (s *Service) Chunks(ctx context.Context, documentID uuid.UUID, page taskq.Page) (taskq.Slice[Chunk], error) {
	w, err := keyset.NewWindow(page, keyset.IsOrdinal)
	if err != nil {
		return taskq.Slice[Chunk]{}, err
	}
	chunks, err := s.store.chunks(ctx, documentID, w)
	if err != nil {
		return taskq.Slice[Chunk]{}, err
	}
	return keyset.Slice(w, chunks, func(c Chunk) string { return strconv.Itoa(c.Ordinal) }), nil
}

// ChunksByID returns those of the chunks that exist, in any order.
func (s *Service) ChunksByID(ctx context.Context, ids []uuid.UUID) ([]Chunk, error) {
	return s.store.chunksByID(ctx, ids)
}

func (f *Filter) check() error {
	switch {
	case utf8.RuneCountInString(f.Search) > maxSearchLength:
		return &taskq.InvalidError{Field: "filter.search", Message: fmt.Sprintf("must be at most %d characters", maxSearchLength)}
	case len(strings.Fields(f.Search)) > maxSearchWords:
		return &taskq.InvalidError{Field: "filter.search", Message: fmt.Sprintf("must be at most %d words", maxSearchWords)}
	case !isStorable(f.Search):
		return &taskq.InvalidError{Field: "filter.search", Message: "must be valid UTF-8 without NUL characters"}
	case len(f.Formats) > maxFilterValues || !isStorable(strings.Join(f.Formats, "")):
		return &taskq.InvalidError{Field: "filter.formats", Message: "must be names of formats"}
	case len(f.Statuses) > maxFilterValues:
		return &taskq.InvalidError{Field: "filter.statuses", Message: "must be statuses of tasks"}
	case !isStorable(f.CreatedBy):
		return &taskq.InvalidError{Field: "filter.createdBy", Message: "must be valid UTF-8 without NUL characters"}
	case f.Metadata == nil:
		return nil
	}
	var err error
	f.Metadata, err = storableObject("filter.metadata", f.Metadata)
	return err
}

// isStorable reports whether PostgreSQL's text can hold s.
func isStorable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
