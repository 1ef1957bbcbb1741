package document

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/internal/keyset"
)

const matchingDocuments = `
FROM documents d
WHERE ($1::text[] IS NULL OR d.name || ' ' || COALESCE(d.title, '') ILIKE ALL ($1))
  AND ($2::text[] IS NULL OR d.format = ANY ($2))
  AND ($3::jsonb IS NULL OR d.metadata @> $3)
  AND %s
  AND ($5::text IS NULL OR d.created_by = $5)`

// Either stands in matchingDocuments. Behind an OR the planner could not begin with the tasks, of which few may have a status.
const (
	ofAnyStatus = `$4::text[] IS NULL`
	ofStatuses  = `EXISTS (
      SELECT 1
      FROM tasks t
      WHERE t.id = d.task_id
        AND t.status = ANY ($4::text[]))`
)

func (f *Filter) matching(format string) string {
	if f.Statuses == nil {
		return fmt.Sprintf(format, ofAnyStatus)
	}
	return fmt.Sprintf(format, ofStatuses)
}

const listNewestFirst = `
SELECT ` + documentColumns + matchingDocuments + `
  AND ($6::uuid IS NULL OR d.id < $6)
  AND ($7::uuid IS NULL OR d.id > $7)
ORDER BY d.id DESC
LIMIT $8`

const listOldestFirst = `
SELECT ` + documentColumns + matchingDocuments + `
  AND ($6::uuid IS NULL OR d.id < $6)
  AND ($7::uuid IS NULL OR d.id > $7)
ORDER BY d.id
LIMIT $8`

// list returns one document more than the window holds, if there is one, newest first.
func (s store) list(ctx context.Context, f Filter, w keyset.Window) ([]Document, error) {
	query := listNewestFirst
	if w.Backward {
		query = listOldestFirst
	}
	documents, err := s.documents(ctx, f.matching(query), append(f.arguments(), w.After, w.Before, w.Size+1)...)
	if w.Backward {
		slices.Reverse(documents)
	}
	return documents, err
}

const countDocuments = `
SELECT count(*)
FROM (SELECT` + matchingDocuments + `
    LIMIT $6) AS counted`

func (s store) count(ctx context.Context, f Filter, limit int) (int, error) {
	var n int
	if err := s.reads.GetContext(ctx, &n, f.matching(countDocuments), append(f.arguments(), limit)...); err != nil {
		return 0, fmt.Errorf("count documents: %w", err)
	}
	return n, nil
}

func (f *Filter) arguments() []any {
	var patterns, formats, metadata, statuses, createdBy any
	if words := strings.Fields(f.Search); len(words) > 0 {
		escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
		for i, word := range words {
			words[i] = "%" + escape.Replace(word) + "%"
		}
		patterns = pq.Array(words)
	}
	if f.Formats != nil {
		formats = pq.Array(f.Formats)
	}
	if f.Metadata != nil {
		metadata = string(f.Metadata)
	}
	if f.Statuses != nil {
		statuses = pq.Array(f.Statuses)
	}
	if f.CreatedBy != "" {
		createdBy = f.CreatedBy
	}
	return []any{patterns, formats, metadata, statuses, createdBy}
}

const chunkColumns = `id, document_id, ordinal, char_start, char_end, page_from, page_to, heading_path, kind, token_estimate, text`

// chunkRow is a Chunk with the types that only the driver knows.
type chunkRow struct {
	Chunk
	Headings pq.StringArray `db:"heading_path"`
}

const listChunksForward = `
SELECT ` + chunkColumns + `
FROM chunks
WHERE document_id = $1
  AND ($2::integer IS NULL OR ordinal > $2)
  AND ($3::integer IS NULL OR ordinal < $3)
ORDER BY ordinal
LIMIT $4`

const listChunksBackward = `
SELECT ` + chunkColumns + `
FROM chunks
WHERE document_id = $1
  AND ($2::integer IS NULL OR ordinal > $2)
  AND ($3::integer IS NULL OR ordinal < $3)
ORDER BY ordinal DESC
LIMIT $4`

// chunks returns one chunk more than the window holds, if there is one, in order.
func (s store) chunks(ctx context.Context, documentID uuid.UUID, w keyset.Window) ([]Chunk, error) {
	query := listChunksForward
	if w.Backward {
		query = listChunksBackward
	}
	chunks, err := s.selectChunks(ctx, query, documentID, w.After, w.Before, w.Size+1)
	if w.Backward {
		slices.Reverse(chunks)
	}
	return chunks, err
}

const selectChunksByID = `
SELECT ` + chunkColumns + `
FROM chunks
WHERE id = ANY($1)`

func (s store) chunksByID(ctx context.Context, ids []uuid.UUID) ([]Chunk, error) {
	return s.selectChunks(ctx, selectChunksByID, idArray(ids))
}

func (s store) selectChunks(ctx context.Context, query string, args ...any) ([]Chunk, error) {
	var rows []chunkRow
	if err := s.reads.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("read chunks: %w", err)
	}
	chunks := make([]Chunk, len(rows))
	for i, row := range rows {
		chunks[i] = row.Chunk
		chunks[i].Headings = row.Headings
	}
	return chunks, nil
}
