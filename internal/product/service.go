package product

import (
	"cmp"
	"context"
	"io"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

// The types of the tasks that this package handles.
const (
	TypeImport taskq.Type = "DATA_IMPORT"
	TypeUpdate taskq.Type = "PRODUCT_UPDATE"
)

// DefaultMaxImportBytes limits an imported file unless Config says otherwise.
const DefaultMaxImportBytes = 200 << 20

// Blobs is the part of blob.Store that imports need.
type Blobs interface {
	Put(ctx context.Context, r io.Reader, limit int64) (blob.Blob, error)
	Open(ctx context.Context, sha string) (io.ReadSeekCloser, error)
}

// Enqueuer is the part of taskq.Client that this package needs.
type Enqueuer interface {
	Enqueue(ctx context.Context, n taskq.NewTask) (taskq.Enqueued, error)
	EnqueueTx(ctx context.Context, tx *sqlx.Tx, n taskq.NewTask) (taskq.Enqueued, error)
}

var (
	_ Blobs    = (*blob.Store)(nil)
	_ Enqueuer = (*taskq.Client)(nil)
)

// Config tunes a Service. The zero value works.
type Config struct {
	Reads          *sqlx.DB // a pool for lists and counts, which can be slow; nil means that of NewService
	MaxImportBytes int64    // of one file; 0 means DefaultMaxImportBytes
}

// Service is the catalogue. It is safe for concurrent use.
type Service struct {
	store store
	blobs Blobs
	tasks Enqueuer
	cfg   Config
}

// NewService returns the catalogue in db, whose imports keep their files in blobs.
func NewService(db *sqlx.DB, blobs Blobs, tasks Enqueuer, cfg Config) *Service {
	if cfg.MaxImportBytes <= 0 {
		cfg.MaxImportBytes = DefaultMaxImportBytes
	}
	return &Service{store: store{db, cmp.Or(cfg.Reads, db)}, blobs: blobs, tasks: tasks, cfg: cfg}
}

// embedTask is the EMBEDDING_GENERATION task that follows a change to products.
func embedTask(after taskq.Dependency, priority int, key, by string) taskq.NewTask {
	next := embedding.NewTask(embedding.GenerateInput{
		Arguments: embedding.Arguments{Target: embedding.TargetProducts},
		Priority:  priority, IdempotencyKey: key, CreatedBy: by,
	})
	next.DependsOn = []taskq.Dependency{after}
	return next
}
