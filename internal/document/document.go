// Package document takes in documents and makes them searchable: it keeps an
// upload's bytes in a blob, its row and its DOCUMENT_PROCESSING task in one
// transaction, and the handler of that task reads the text (package extract, in
// a child process), cuts it (package chunk), stores it and embeds it. The API
// calls Service; internal/app registers Service.Run with the engine.
package document

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
)

// ErrNotFound reports that there is no such document.
var ErrNotFound = errors.New("document not found")

// Document is an uploaded file and what was found in it. How far its processing
// is, and why it failed, its task tells.
type Document struct {
	ID        uuid.UUID       `db:"id"`
	Name      string          `db:"name"`       // of the file
	MediaType string          `db:"media_type"` // by its content
	SizeBytes int64           `db:"size_bytes"`
	SHA256    string          `db:"sha256"`   // of the file, hexadecimal
	Metadata  json.RawMessage `db:"metadata"` // the client's own; a JSON object
	TaskID    uuid.UUID       `db:"task_id"`  // the latest task that processed it
	CreatedAt time.Time       `db:"created_at"`
	CreatedBy *string         `db:"created_by"`

	// The rest is nil until the document has been read.

	Format      *string    `db:"format"` // as which it was read: pdf, docx, html, …
	Title       *string    `db:"title"`
	Lang        *string    `db:"lang"` // BCP 47, when the document states it
	PageCount   *int       `db:"page_count"`
	CharCount   *int       `db:"char_count"`
	ChunkCount  *int       `db:"chunk_count"`
	Warnings    []string   `db:"-"`            // what could not be read, in sentences
	EmbedderID  *string    `db:"embedder_id"`  // by which its chunks have vectors
	ProcessedAt *time.Time `db:"processed_at"` // when all of it was done

	Charset          string  `db:"charset"`      // as the client states it; empty: detected
	ChunkTokens      *int    `db:"chunk_tokens"` // no chunk is longer; nil: as the service is configured
	ExtractorVersion *string `db:"extractor_version"`
	ChunkerVersion   *string `db:"chunker_version"`
}

// Chunk is a piece of a document's text.
type Chunk struct {
	ID         uuid.UUID `db:"id"`
	DocumentID uuid.UUID `db:"document_id"`
	Ordinal    int       `db:"ordinal"`    // from 0
	CharStart  int       `db:"char_start"` // in the document's text, in characters, from 0
	CharEnd    int       `db:"char_end"`   // behind the last
	PageFrom   *int      `db:"page_from"`  // from 1; nil when the format has no pages
	PageTo     *int      `db:"page_to"`
	Headings   []string  `db:"-"`    // above the chunk, outermost first
	Kind       string    `db:"kind"` // text, table or code
	Tokens     int       `db:"token_estimate"`
	Text       string    `db:"text"` // within a table with its header row before it
}
