package document_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

// childMark in the environment makes the test binary the extraction process.
const childMark = "TASKWIRE_TEST_CHILD"

func TestMain(m *testing.M) {
	if _, isChild := os.LookupEnv(childMark); isChild {
		os.Exit(extract.RunChild(context.Background(), os.Args[1:], os.Stdin, os.Stdout))
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must happen. It is no measure of speed.
const patience = 3 * time.Minute

// library is a document service whose tasks run.
type library struct {
	*testing.T
	ctx       context.Context
	db        *dbtest.DB
	client    *taskq.Client
	documents *document.Service
	texts     *document.Texts
	blobDir   string
	cfg       document.Config
	extractor *extractor
	embedder  *embedder

	makeService func() // of what the fields above hold
}

// extractor counts and, when a test sets do, replaces extractions.
type extractor struct {
	extract.Extractor
	calls atomic.Int32
	do    func(ctx context.Context, call int32, progress func(extract.Progress)) (extract.Document, error)
}

func (e *extractor) Extract(ctx context.Context, source extract.Source, progress func(extract.Progress)) (extract.Document, error) {
	call := e.calls.Add(1)
	if e.do != nil {
		return e.do(ctx, call, progress)
	}
	return e.Extractor.Extract(ctx, source, progress)
}

// embedder counts texts and fails when a test says so.
type embedder struct {
	embedding.Embedder
	calls, texts atomic.Int32
	fail         func(call int32) error
}

func (e *embedder) Embed(ctx context.Context, texts []string, kind embedding.Kind) ([][]float32, error) {
	call := e.calls.Add(1)
	if e.fail != nil {
		if err := e.fail(call); err != nil {
			return nil, err
		}
	}
	e.texts.Add(int32(len(texts)))
	return e.Embedder.Embed(ctx, texts, kind)
}

// setup makes a library; change may alter it before its tasks run.
func setup(t *testing.T, change func(*library)) *library {
	t.Helper()
	l := idle(t)
	if change != nil {
		change(l)
		l.makeService()
	}
	soon := taskq.WithBackoff(func(int) time.Duration { return time.Millisecond })
	l.client.Handle(document.TaskType, l.documents.Run, soon)
	require.NoError(t, l.client.Start(l.ctx))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		l.client.Stop(ctx)
	})
	return l
}

// idle makes a library whose tasks nobody runs.
func idle(t *testing.T) *library {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	l := &library{T: t, ctx: ctx, db: dbtest.New(t), blobDir: t.TempDir(), embedder: &embedder{Embedder: embedding.NewHash()}}
	l.extractor = &extractor{Extractor: extract.Extractor{
		Command: []string{os.Args[0]},
		Env:     []string{childMark + "="},
	}}
	blobs, err := blob.OpenStore(l.blobDir)
	require.NoError(t, err)
	l.client = taskq.New(l.db.DB, taskq.Config{DSN: l.db.DSN, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	l.texts = document.NewTexts(l.db.DB)
	l.cfg.MaxUploadBytes = 1 << 20
	l.makeService = func() {
		l.documents = document.NewService(l.db.DB, blobs, l.client, l.extractor, l.embedder, l.cfg)
	}
	l.makeService()
	return l
}

func (l *library) upload(name, content string) document.Uploaded {
	l.Helper()
	up, err := l.documents.Upload(l.ctx, document.UploadInput{Name: name, Reader: strings.NewReader(content)})
	require.NoError(l, err)
	return up
}

// process uploads a file and returns what became of it.
func (l *library) process(name, content string) (document.Document, document.Result) {
	l.Helper()
	up := l.upload(name, content)
	result := l.completed(up.Task.ID)
	d, err := l.documents.Get(l.ctx, up.Document.ID)
	require.NoError(l, err)
	return d, result
}

// completed waits until a task has completed and returns its result.
func (l *library) completed(id uuid.UUID) document.Result {
	l.Helper()
	task := l.await(id, func(t taskq.Task) bool { return t.Status.IsFinal() })
	require.Equal(l, taskq.Completed, task.Status, "%v", task.ErrorMessage)
	var result document.Result
	require.NoError(l, json.Unmarshal(*task.Result, &result))
	return result
}

// failed waits until a task has failed and returns its error.
func (l *library) failed(id uuid.UUID) string {
	l.Helper()
	task := l.await(id, func(t taskq.Task) bool { return t.Status.IsFinal() })
	require.Equal(l, taskq.Failed, task.Status)
	return *task.ErrorMessage
}

// await waits until a task is as wanted.
func (l *library) await(id uuid.UUID, isWanted func(taskq.Task) bool) taskq.Task {
	l.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		task, err := l.client.Get(l.ctx, id)
		require.NoError(l, err)
		if isWanted(task) {
			return task
		}
		select {
		case <-ticker.C:
		case <-l.ctx.Done():
			require.Fail(l, "the task does not become as wanted", "%+v", task)
		}
	}
}

// again enqueues another task for a document.
func (l *library) again(id uuid.UUID) document.Result {
	l.Helper()
	enqueued, err := l.client.Enqueue(l.ctx, taskq.NewTask{Type: document.TaskType, Metadata: map[string]any{"documentId": id}})
	require.NoError(l, err)
	return l.completed(enqueued.Task.ID)
}

// chunks returns all chunks of a document.
func (l *library) chunks(id uuid.UUID) []document.Chunk {
	l.Helper()
	var all []document.Chunk
	for page := (taskq.Page{First: 7}); ; {
		slice, err := l.documents.Chunks(l.ctx, id, page)
		require.NoError(l, err)
		all = append(all, slice.Items...)
		if !slice.HasNext {
			return all
		}
		page.After = slice.Cursors[len(slice.Cursors)-1]
	}
}

func (l *library) count(query string, args ...any) int {
	l.Helper()
	var n int
	require.NoError(l, l.db.GetContext(l.ctx, &n, query, args...))
	return n
}
