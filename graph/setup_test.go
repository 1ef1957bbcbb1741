package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

func TestMain(m *testing.M) {
	if order := os.Getenv(watchersEnv); order != "" {
		runWatchers(order)
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must happen. It is no measure of speed: what never happens fails by it.
const (
	patience     = 3 * time.Minute
	pollInterval = 20 * time.Millisecond
)

// bench is a server with an engine of its own.
type bench struct {
	*testing.T
	ctx    context.Context
	tasks  *taskq.Client
	server *httptest.Server
	api    *graph.Handler
	log    *lockedBuffer
	blobs  string // the directory of uploaded bytes
	keys   *auth.Keys

	products   *product.Service
	embeddings *embedding.Service
}

// setup starts an engine with the given handlers, and the API above it.
func setup(t *testing.T, handlers map[taskq.Type]taskq.Handler, change ...func(*graph.Options)) *bench {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	db := dbtest.New(t)
	b := &bench{T: t, ctx: ctx, log: &lockedBuffer{}}
	logger := slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), b.log), &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.tasks = taskq.New(db.DB, taskq.Config{DSN: db.DSN, Logger: logger})
	for taskType, handler := range handlers {
		b.tasks.Handle(taskType, handler)
	}
	require.NoError(t, b.tasks.Start(context.Background()))
	atOnce, cancelAtOnce := context.WithCancel(ctx)
	cancelAtOnce()
	t.Cleanup(func() { b.tasks.Stop(atOnce) }) // some handlers run for as long as they may
	b.blobs = t.TempDir()
	blobs, err := blob.OpenStore(b.blobs)
	require.NoError(t, err)
	b.keys = auth.NewKeys(db.DB)
	b.products = product.NewService(db.DB, blobs, b.tasks, product.Config{})
	b.embeddings = embedding.NewService(db.DB, embedding.NewHash(), b.tasks)
	options := graph.Options{
		Tasks:      access.NewTasks(b.tasks),
		Documents:  access.NewDocuments(document.NewService(db.DB, blobs, b.tasks, nil, nil, document.Config{})), // nothing is processed
		Products:   access.NewProducts(b.products),
		Embeddings: access.NewEmbeddings(b.embeddings),
		Uploads:    blobs,
		Keys:       b.keys,
		Logger:     logger,

		Introspection: true,
		// A test that reads one socket does not read another meanwhile, and on a busy machine that may be long.
		Websocket: transport.WebsocketOptions{InitTimeout: patience, PingInterval: patience, WriteTimeout: patience},
	}
	for _, change := range change {
		change(&options)
	}
	b.api, err = graph.NewHandler(options)
	require.NoError(t, err)
	b.server = httptest.NewServer(b.api)
	t.Cleanup(b.server.Close)
	t.Cleanup(func() { require.NoError(t, b.api.Shutdown(ctx)) })
	return b
}

// response is what the API answers.
type response struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
	Extensions map[string]any `json:"extensions"`
	status     int
}

// codes returns the codes of all errors.
func (r response) codes() []string {
	var codes []string
	for _, err := range r.Errors {
		code, _ := err.Extensions["code"].(string)
		codes = append(codes, code)
	}
	return codes
}

// post sends an operation and returns the answer as it is.
func (b *bench) post(query string, variables map[string]any) response {
	b.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(b, err)
	request, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.server.URL, bytes.NewReader(body))
	require.NoError(b, err)
	request.Header.Set("Content-Type", "application/json")
	return b.send(request)
}

func (b *bench) send(request *http.Request) response {
	b.Helper()
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer func() { require.NoError(b, answer.Body.Close()) }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(b, err)
	r := response{status: answer.StatusCode}
	require.NoError(b, json.Unmarshal(body, &r), "%s", body)
	return r
}

// query sends an operation that must succeed, and reads its data into T.
func query[T any](b *bench, text string, variables map[string]any) T {
	b.Helper()
	r := b.post(text, variables)
	require.Empty(b, r.Errors)
	var data T
	require.NoError(b, json.Unmarshal(r.Data, &data))
	return data
}

// userError is a mistake that a mutation reports.
type userError struct {
	Code    string
	Field   []string
	Message string
}

// create creates a task and returns its id.
func (b *bench) create(input map[string]any) string {
	b.Helper()
	created := query[struct {
		CreateTask struct {
			Task       struct{ ID string }
			UserErrors []userError
		}
	}](b, `mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } userErrors { field message } } }`,
		map[string]any{"input": input})
	require.Empty(b, created.CreateTask.UserErrors)
	return created.CreateTask.Task.ID
}

// lockedBuffer is a log that tests read.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder // guarded by mu
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
