package document

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/taskq"
)

const (
	maxNameRunes     = 255
	maxMetadataBytes = 256 << 10
	maxCharsetLength = 40
)

// What an upload may say of the length of its chunks.
const (
	MinChunkTokens = 50
	MaxChunkTokens = 2_000
)

// UploadInput is a file to take in.
type UploadInput struct {
	Name           string // of the file; only its last element is kept
	Reader         io.Reader
	Charset        string          // of a text, when the client knows it; empty: detected
	ChunkTokens    *int            // no chunk is longer: MinChunkTokens to MaxChunkTokens; nil: as the service is configured
	Metadata       json.RawMessage // a JSON object to find the document by; nil: {}
	Priority       int
	IdempotencyKey string // the same key returns the first document and its task
	CreatedBy      string
}

// Uploaded is a document and the task that processes it.
type Uploaded struct {
	Document  Document
	Task      taskq.Task
	Duplicate bool // of an earlier upload with this idempotency key
}

// arguments is the metadata of a DOCUMENT_PROCESSING task.
type arguments struct {
	DocumentID uuid.UUID `json:"documentId"`
	File       string    `json:"file,omitempty"` // for people
}

// Upload keeps a file and enqueues the task that processes it: both or neither.
// It returns when all is durable. Any format is taken; the task fails with an
// explanation when it can't be read. Errors: *taskq.InvalidError, the reader's.
func (s *Service) Upload(ctx context.Context, in UploadInput) (Uploaded, error) {
	if err := in.check(); err != nil {
		return Uploaded{}, err
	}
	stored, err := s.blobs.Put(ctx, in.Reader, s.cfg.MaxUploadBytes)
	if errors.Is(err, blob.ErrTooLarge) {
		return Uploaded{}, &taskq.InvalidError{Field: "file", Message: fmt.Sprintf("must be at most %d MB", s.cfg.MaxUploadBytes>>20)}
	}
	if err != nil {
		return Uploaded{}, fmt.Errorf("store the uploaded file: %w", err)
	}
	if stored.Size == 0 {
		return Uploaded{}, &taskq.InvalidError{Field: "file", Message: "must not be empty"}
	}
	mediaType, err := s.mediaType(ctx, stored.SHA256, in.Name)
	if err != nil {
		return Uploaded{}, err
	}
	var up Uploaded
	err = db.WithTx(ctx, s.store.db, func(tx *sqlx.Tx) error {
		up, err = s.enqueue(ctx, tx, in, stored, mediaType)
		return err
	})
	return up, err
}

func (s *Service) mediaType(ctx context.Context, sha, name string) (string, error) {
	file, err := s.blobs.Open(ctx, sha)
	if err != nil {
		return "", fmt.Errorf("open the uploaded file: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	head, err := io.ReadAll(io.LimitReader(file, extract.HeadBytes))
	if err != nil {
		return "", fmt.Errorf("read the uploaded file: %w", err)
	}
	return extract.MediaType(head, name), nil
}

// enqueue writes the task and the document, or finds those of an earlier upload.
func (s *Service) enqueue(ctx context.Context, tx *sqlx.Tx, in UploadInput, file blob.Blob, mediaType string) (Uploaded, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Uploaded{}, fmt.Errorf("make a document id: %w", err)
	}
	enqueued, err := s.tasks.EnqueueTx(ctx, tx, taskq.NewTask{
		Type: TaskType, Description: "Process " + in.Name, Metadata: arguments{DocumentID: id, File: in.Name},
		Priority: in.Priority, IdempotencyKey: in.IdempotencyKey, CreatedBy: in.CreatedBy,
	})
	if err != nil {
		return Uploaded{}, err
	}
	if enqueued.Duplicate {
		document, err := earlier(ctx, tx, enqueued.Task)
		return Uploaded{Document: document, Task: enqueued.Task, Duplicate: true}, err
	}
	document, err := insert(ctx, tx, newDocument{UploadInput: in, id: id, file: file, mediaType: mediaType, taskID: enqueued.Task.ID})
	return Uploaded{Document: document, Task: enqueued.Task}, err
}

// earlier returns the document of a task that was enqueued before. The key may
// belong to a task that names none.
func earlier(ctx context.Context, tx *sqlx.Tx, task taskq.Task) (Document, error) {
	var a arguments
	err := json.Unmarshal(task.Metadata, &a)
	if err != nil {
		return Document{}, errNoEarlier
	}
	document, err := get(ctx, tx, a.DocumentID)
	if errors.Is(err, ErrNotFound) {
		return Document{}, errNoEarlier
	}
	return document, err
}

var errNoEarlier = &taskq.InvalidError{Field: "idempotencyKey", Message: "belongs to a task whose document is not there"}

func (in *UploadInput) check() error {
	in.Name = cleanName(in.Name)
	in.Charset = strings.TrimSpace(in.Charset)
	if in.Metadata == nil {
		in.Metadata = json.RawMessage("{}")
	}
	var err error
	in.Metadata, err = storableObject("metadata", in.Metadata)
	switch {
	case err != nil:
		return err
	case in.Charset != "" && !extract.IsCharset(in.Charset) || len(in.Charset) > maxCharsetLength:
		return &taskq.InvalidError{Field: "charset", Message: "is not a known character set; leave it out to have it detected"}
	case in.ChunkTokens != nil && (*in.ChunkTokens < MinChunkTokens || *in.ChunkTokens > MaxChunkTokens):
		return &taskq.InvalidError{Field: "chunking.maxTokens", Message: fmt.Sprintf("must be %d to %d", MinChunkTokens, MaxChunkTokens)}
	default:
		return nil
	}
}

// storableObject returns a JSON object in a form that PostgreSQL's jsonb can
// hold: without broken escapes, which Go's decoder mends.
func storableObject(field string, raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) > maxMetadataBytes {
		return nil, &taskq.InvalidError{Field: field, Message: fmt.Sprintf("must be at most %d bytes of JSON", maxMetadataBytes)}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil || object == nil || decoder.More() {
		return nil, &taskq.InvalidError{Field: field, Message: "must be a JSON object"}
	}
	normal, err := json.Marshal(object) // writes \u only for control characters
	if err != nil || bytes.Contains(bytes.ReplaceAll(normal, []byte(`\\`), nil), []byte(`\u0000`)) {
		return nil, &taskq.InvalidError{Field: field, Message: "must not contain NUL characters"}
	}
	return normal, nil
}

// cleanName makes a client's file name fit to store and show.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	name = strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/")))
	if strings.Trim(name, "./") == "" {
		return "document"
	}
	if runes := []rune(name); len(runes) > maxNameRunes {
		ext := []rune(extract.Ext(name))
		return string(runes[:maxNameRunes-len(ext)]) + string(ext)
	}
	return name
}
