package document

import (
	"cmp"
	"context"
	"io"
	"runtime"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document/chunk"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

// TaskType is the type of the tasks that Service.Run handles.
const TaskType taskq.Type = "DOCUMENT_PROCESSING"

// DefaultMaxUploadBytes limits an uploaded file unless Config says otherwise.
const DefaultMaxUploadBytes = 100 << 20

// Blobs is the part of blob.Store that documents need.
type Blobs interface {
	Put(ctx context.Context, r io.Reader, limit int64) (blob.Blob, error)
	Open(ctx context.Context, sha string) (io.ReadSeekCloser, error)
}

// Enqueuer is the part of taskq.Client that this package needs.
type Enqueuer interface {
	EnqueueTx(ctx context.Context, tx *sqlx.Tx, n taskq.NewTask) (taskq.Enqueued, error)
}

// Extractor is the part of extract.Extractor that this package needs.
type Extractor interface {
	Extract(ctx context.Context, source extract.Source, progress func(extract.Progress)) (extract.Document, error)
}

// Embedder is the part of embedding.Embedder that this package needs.
type Embedder interface {
	ID() string
	Embed(ctx context.Context, texts []string, kind embedding.Kind) ([][]float32, error)
}

var (
	_ Blobs     = (*blob.Store)(nil)
	_ Enqueuer  = (*taskq.Client)(nil)
	_ Extractor = (*extract.Extractor)(nil)
	_ Embedder  = embedding.Embedder(nil)
)

// Config tunes a Service. The zero value works.
type Config struct {
	Reads          *sqlx.DB      // a pool for lists and counts, which can be slow; nil means that of NewService
	MaxUploadBytes int64         // of one file; 0 means DefaultMaxUploadBytes
	Extractions    int           // child processes at once, each of up to 1 GB; 0 means one a processor
	Chunks         chunk.Options // zero means chunk.DefaultOptions
}

// Service is the library of documents. It is safe for concurrent use.
type Service struct {
	store     store
	blobs     Blobs
	tasks     Enqueuer
	extractor Extractor
	embedder  Embedder
	slots     chan struct{} // one for each extraction that may run
	cfg       Config
}

// NewService returns the library in db, whose files are kept in blobs.
func NewService(db *sqlx.DB, blobs Blobs, tasks Enqueuer, extractor Extractor, embedder Embedder, cfg Config) *Service {
	cfg.MaxUploadBytes = cmp.Or(cfg.MaxUploadBytes, DefaultMaxUploadBytes)
	cfg.Extractions = cmp.Or(cfg.Extractions, runtime.GOMAXPROCS(0))
	cfg.Chunks = cmp.Or(cfg.Chunks, chunk.DefaultOptions())
	return &Service{
		store: store{db, cmp.Or(cfg.Reads, db)}, blobs: blobs, tasks: tasks, extractor: extractor, embedder: embedder,
		slots: make(chan struct{}, cfg.Extractions), cfg: cfg,
	}
}
