package product

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/taskq"
)

// OnConflict says what an import does with a product that is there already.
type OnConflict string

// The choices.
const (
	ConflictUpdate OnConflict = "UPDATE" // the file's columns overwrite the product's; a blank cell clears
	ConflictSkip   OnConflict = "SKIP"   // the product stays as it is
)

// ImportInput is a file to import.
type ImportInput struct {
	Name           string // of the file, for people
	Reader         io.Reader
	DryRun         bool // checks and counts, changes nothing
	Mapping        []ColumnMapping
	OnConflict     OnConflict // empty: ConflictUpdate
	Priority       int
	IdempotencyKey string
	CreatedBy      string
}

// importArguments is the metadata of a DATA_IMPORT task.
type importArguments struct {
	File       string          `json:"file"`
	Blob       string          `json:"blob"` // SHA-256 of the file
	Size       int64           `json:"size"` // bytes
	DryRun     bool            `json:"dryRun"`
	OnConflict OnConflict      `json:"onConflict"`
	Mapping    []ColumnMapping `json:"mapping,omitempty"`
}

// Import keeps the file and enqueues a DATA_IMPORT task for it and, unless it is a dry run, an EMBEDDING_GENERATION task
// that waits for the first: both or none. It returns the first. A repeated idempotency key returns the task of the first
// call. Errors: *taskq.InvalidError, blob.ErrTooLarge, the reader's.
func (s *Service) Import(ctx context.Context, in ImportInput) (taskq.Enqueued, error) {
	if err := in.check(); err != nil {
		return taskq.Enqueued{}, err
	}
	stored, err := s.blobs.Put(ctx, in.Reader, s.cfg.MaxImportBytes)
	if errors.Is(err, blob.ErrTooLarge) {
		return taskq.Enqueued{}, &taskq.InvalidError{Field: "file", Message: fmt.Sprintf("must be at most %d MB", s.cfg.MaxImportBytes>>20)}
	}
	if err != nil {
		return taskq.Enqueued{}, fmt.Errorf("store the import file: %w", err)
	}
	if stored.Size == 0 {
		return taskq.Enqueued{}, &taskq.InvalidError{Field: "file", Message: "must not be empty"}
	}
	var enqueued taskq.Enqueued
	err = db.WithTx(ctx, s.store.db, func(tx *sqlx.Tx) error {
		enqueued, err = s.enqueueImport(ctx, tx, in, stored)
		return err
	})
	return enqueued, err
}

func (s *Service) enqueueImport(ctx context.Context, tx *sqlx.Tx, in ImportInput, file blob.Blob) (taskq.Enqueued, error) {
	enqueued, err := s.tasks.EnqueueTx(ctx, tx, taskq.NewTask{
		Type: TypeImport, Description: in.describe(), Priority: in.Priority, IdempotencyKey: in.IdempotencyKey, CreatedBy: in.CreatedBy,
		Metadata: importArguments{
			File: in.Name, Blob: file.SHA256, Size: file.Size, DryRun: in.DryRun, OnConflict: in.OnConflict, Mapping: in.Mapping,
		},
	})
	if err != nil || in.DryRun || enqueued.Duplicate {
		return enqueued, err
	}
	after := taskq.Dependency{TaskID: enqueued.Task.ID}
	_, err = s.tasks.EnqueueTx(ctx, tx, embedTask(after, in.Priority, "", in.CreatedBy))
	return enqueued, err
}

func (in *ImportInput) check() error {
	in.Name = fileName(in.Name)
	switch in.OnConflict {
	case "":
		in.OnConflict = ConflictUpdate
	case ConflictUpdate, ConflictSkip:
	default:
		return &taskq.InvalidError{Field: "onConflict", Message: "must be UPDATE or SKIP"}
	}
	return checkMapping(in.Mapping)
}

func (in *ImportInput) describe() string {
	if in.DryRun {
		return "Check the import of products from " + in.Name
	}
	return "Import products from " + in.Name
}

// fileName reduces what a client calls its file to a name that can be shown.
func fileName(name string) string {
	name = strings.NewReplacer("\\", "/", "\x00", "").Replace(strings.ToValidUTF8(name, ""))
	name = cut(path.Base(name), 255)
	if name == "." || name == "/" {
		return "products.csv"
	}
	return name
}
