package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/feedtest"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// replica is one of several servers of the API over one database, behind a load balancer.
type replica struct {
	*testing.T
	db  *dbtest.DB
	dsn string // of the feed

	tasks  *taskq.Client
	api    *graph.Handler
	server *httptest.Server
	url    atomic.Pointer[string]
}

func newReplica(t *testing.T, db *dbtest.DB, dsn string) *replica {
	r := &replica{T: t, db: db, dsn: dsn}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *replica) start() {
	r.Helper()
	log := slog.New(slog.NewTextHandler(r.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	r.tasks = taskq.New(r.db.DB, taskq.Config{DSN: r.dsn, Logger: log})
	require.NoError(r, r.tasks.Start(context.Background()))
	blobs, err := blob.OpenStore(r.TempDir())
	require.NoError(r, err)
	r.api, err = graph.NewHandler(graph.Options{
		Tasks:      access.NewTasks(r.tasks),
		Documents:  access.NewDocuments(document.NewService(r.db.DB, blobs, r.tasks, nil, nil, document.Config{})),
		Products:   access.NewProducts(product.NewService(r.db.DB, blobs, r.tasks, product.Config{})),
		Embeddings: access.NewEmbeddings(embedding.NewService(r.db.DB, embedding.NewHash(), r.tasks)),
		Uploads:    blobs,
		Logger:     log,
	})
	require.NoError(r, err)
	r.server = httptest.NewServer(r.api)
	url := "ws" + strings.TrimPrefix(r.server.URL, "http")
	r.url.Store(&url)
}

// stop ends it as the program does: the API before the feed.
func (r *replica) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = r.api.Shutdown(ctx) // some clients have gone without a word
	r.server.Close()
	r.tasks.Stop(ctx)
}

// visitor watches as a browser does: it comes and goes, to one replica or another, and resumes after its last cursor.
type visitor struct {
	ledger *feedtest.Ledger
	filter string // as an argument
	types  []string
}

// run visits until ctx ends.
func (v *visitor) run(ctx context.Context, replicas []*replica) {
	for stay := firstStay; ctx.Err() == nil; {
		url := *replicas[rand.IntN(len(replicas))].url.Load()
		visit, cancel := context.WithTimeout(ctx, 50*time.Millisecond+rand.N(stay))
		told, err := v.visit(visit, url)
		if err != nil {
			<-time.After(10 * time.Millisecond) // the server is down, or cannot reach the database
		}
		cancel()
		if stay = min(2*stay, patience); told { // a busy machine may need longer until it tells anything
			stay = firstStay
		}
	}
}

const firstStay = 1_500 * time.Millisecond // at most, of a visitor

var errUnavailable = errors.New("cannot watch now")

// visit watches until the server ends it, or ctx does, and reports whether it was told anything.
func (v *visitor) visit(ctx context.Context, url string) (told bool, err error) {
	dialer := websocket.Dialer{Subprotocols: []string{protocol}}
	conn, _, err := dialer.DialContext(ctx, url, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	after := "snapshot: true"
	if cursor := v.ledger.Visit(); cursor != "" {
		after = fmt.Sprintf("after: %q", cursor)
	}
	query := fmt.Sprintf(`subscription { taskUpdated(%s %s) { %s } }`, after, v.filter, feedtest.Fields)
	if err := conn.WriteJSON(map[string]any{"type": "connection_init"}); err != nil {
		return false, err
	}
	if err := conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": query}}); err != nil {
		return false, err
	}
	for {
		var m message
		if err := conn.ReadJSON(&m); err != nil {
			return told, nil // it was watched until the end
		}
		if err := v.hear(&m); err != nil {
			return told, err
		}
		told = told || m.Type == "next"
	}
}

func (v *visitor) hear(m *message) error {
	if m.Type != "next" && m.Type != "error" {
		return nil
	}
	var payload struct {
		Data   struct{ TaskUpdated json.RawMessage }
		Errors []any
	}
	if err := json.Unmarshal(m.Payload, &payload); err != nil || payload.Errors != nil {
		if !strings.Contains(string(m.Payload), `"INTERNAL"`) { // which is what a client hears while the database is down
			v.ledger.Fault("refused: %s", m.Payload)
		}
		return errUnavailable
	}
	v.ledger.Note(payload.Data.TaskUpdated)
	return nil
}

// whimsical is a handler that reports and ends at random.
func whimsical(ctx context.Context, task *taskq.Attempt) error {
	for i := range 5 {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Duration(rand.IntN(10)) * time.Millisecond):
			task.Progress(20*i, fmt.Sprint("step ", i))
		}
	}
	switch rand.IntN(10) {
	case 0:
		return taskq.Fail(errors.New("it can't be done"))
	case 1:
		return taskq.Snooze(20 * time.Millisecond)
	}
	return nil
}

func TestWebsocketsTellExactlyWhatHappened(t *testing.T) {
	t.Parallel()
	postgres := dbtest.StartServer(t)
	database := postgres.New()
	worker := taskq.New(database.DB, taskq.Config{DSN: database.DSN, Logger: slog.New(slog.DiscardHandler)})
	worker.Handle(embed, whimsical)
	worker.Handle(update, whimsical)
	require.NoError(t, worker.Start(context.Background()))
	t.Cleanup(func() { worker.Stop(context.Background()) })
	proxy, proxied := dbtest.NewProxy(t, database.DSN)
	fragile := newReplica(t, database, proxied)
	replicas := []*replica{fragile, newReplica(t, database, database.DSN)}

	for _, kind := range []taskq.Type{embed, update} { // so that each visitor gets its first cursor
		_, err := worker.Enqueue(t.Context(), taskq.NewTask{Type: kind, RunAt: time.Now().Add(time.Hour)})
		require.NoError(t, err)
	}
	before := feedtest.Happened(t, database.DB, nil)
	visitors := map[string]*visitor{
		"all":     {ledger: feedtest.NewLedger()},
		"all too": {ledger: feedtest.NewLedger()},
		"embed":   {ledger: feedtest.NewLedger(), types: []string{string(embed)}, filter: `filter: {types: [` + string(embed) + `]}`},
		"update":  {ledger: feedtest.NewLedger(), types: []string{string(update)}, filter: `filter: {types: [` + string(update) + `]}`},
	}
	watching, stopWatching := context.WithCancel(t.Context())
	var watchers, writers sync.WaitGroup
	for name, v := range visitors {
		watchers.Go(func() { v.run(watching, replicas) })
		require.Eventually(t, v.ledger.IsBegun, patience, pollInterval, name)
	}

	writing, stopWriting := context.WithCancel(t.Context())
	for range 4 {
		w := feedtest.NewWriter(worker, database.DB, embed, update)
		writers.Go(func() { w.Run(writing) })
	}
	rounds := 14
	if os.Getenv("TASKWIRE_LONG_TESTS") != "" {
		rounds = 600
	}
	ticker := time.NewTicker(700 * time.Millisecond)
	defer ticker.Stop()
	for round := range rounds {
		<-ticker.C
		_, _ = database.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'taskq listener' AND datname = current_database()`)
		switch round % 14 {
		case 2: // a network that forwards no more
			proxy.Strand("")
		case 5: // PostgreSQL is restarted
			postgres.Restart()
		case 8: // a deployment
			replicas[1].stop()
			replicas[1].start()
		case 11: // PostgreSQL crashes
			postgres.Kill()
			postgres.Start()
		}
	}
	stopWriting()
	writers.Wait()
	requireAllTold(t, database, visitors, before)

	fragile.stop() // half-open connections included
	fragile.start()
	_, err := worker.Enqueue(t.Context(), taskq.NewTask{Type: embed})
	require.NoError(t, err)
	requireAllTold(t, database, visitors, before)
	stopWatching()
	watchers.Wait()
	for name, v := range visitors {
		v.ledger.RequireTrue(t, database.DB, name)
	}
}

// requireAllTold waits until all work is done, and all visitors know what happened to tasks that they watch.
func requireAllTold(t *testing.T, database *dbtest.DB, visitors map[string]*visitor, before []feedtest.Event) {
	t.Helper()
	feedtest.UntilQuiet(t, database.DB, 2*patience)
	done := time.Now()
	for name, v := range visitors {
		happened := feedtest.Without(feedtest.Happened(t, database.DB, v.types), before)
		require.NotEmpty(t, happened)
		require.Eventually(t, func() bool { return v.ledger.Knows(happened) }, patience, pollInterval, "%s was not told all", name)
	}
	t.Logf("all were told %s after the last task was done", time.Since(done).Round(time.Millisecond))
}
