package embedding_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

const patience = 3 * time.Minute

// recorder is hash-v1 that remembers what it was asked, and can be made to refuse.
type recorder struct {
	embedding.Hash
	mu    sync.Mutex // protects the rest
	texts []string
	fail  func(call int) error
	calls int
}

func (r *recorder) Embed(ctx context.Context, texts []string, kind embedding.Kind) ([][]float32, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.fail != nil {
		if err := r.fail(r.calls); err != nil {
			return nil, err
		}
	}
	r.texts = append(r.texts, texts...)
	return r.Hash.Embed(ctx, texts, kind)
}

func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.texts)
}

// shelf is a Source over texts in memory.
type shelf struct {
	db   *sqlx.DB
	kind embedding.OwnerKind
	mu   sync.Mutex // protects items
	all  []embedding.Item
}

func newShelf(db *sqlx.DB, kind embedding.OwnerKind, texts ...string) *shelf {
	s := &shelf{db: db, kind: kind}
	for i, text := range texts {
		id := uuid.UUID{0: 1, 14: byte(i >> 8), 15: byte(i)}
		sum := sha256.Sum256([]byte(text))
		s.all = append(s.all, embedding.Item{OwnerID: id, Text: text, ContentSHA256: sum[:]})
	}
	return s
}

func (s *shelf) change(i int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256([]byte(text))
	s.all[i].Text, s.all[i].ContentSHA256 = text, sum[:]
}

func (s *shelf) Kind() embedding.OwnerKind { return s.kind }

func (s *shelf) Count(ctx context.Context, embedderID string, ids []uuid.UUID) (embedding.Count, error) {
	pending, err := s.Pending(ctx, embedding.Scope{EmbedderID: embedderID, IDs: ids, Limit: len(s.all)})
	total := len(s.all)
	if len(ids) > 0 {
		total = len(ids)
	}
	return embedding.Count{Total: total, Pending: len(pending)}, err
}

func (s *shelf) Pending(ctx context.Context, scope embedding.Scope) ([]embedding.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var items []embedding.Item
	for _, item := range s.all {
		if len(items) == scope.Limit || item.OwnerID.String() <= scope.After.String() || !wanted(scope.IDs, item.OwnerID) {
			continue
		}
		var current bool
		err := s.db.GetContext(ctx, &current, `SELECT EXISTS (SELECT FROM embeddings
			WHERE owner_kind = $1 AND owner_id = $2 AND embedder_id = $3 AND content_sha256 = $4)`,
			s.kind, item.OwnerID, scope.EmbedderID, item.ContentSHA256)
		if err != nil {
			return nil, err
		}
		if !current {
			items = append(items, item)
		}
	}
	return items, nil
}

func wanted(ids []uuid.UUID, id uuid.UUID) bool {
	for _, candidate := range ids {
		if candidate == id {
			return true
		}
	}
	return len(ids) == 0
}

// rig runs EMBEDDING_GENERATION tasks.
type rig struct {
	*testing.T
	ctx      context.Context
	db       *dbtest.DB
	client   *taskq.Client
	embedder *recorder
	service  *embedding.Service
}

func setup(t *testing.T, sources func(*sqlx.DB) []embedding.Source) *rig {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	db := dbtest.New(t)
	client := taskq.New(db.DB, taskq.Config{DSN: db.DSN, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	r := &rig{T: t, ctx: ctx, db: db, client: client, embedder: &recorder{}}
	r.service = embedding.NewService(db.DB, r.embedder, client, sources(db.DB)...)
	client.Handle(embedding.TaskType, r.service.Run, taskq.WithBackoff(func(int) time.Duration { return time.Millisecond }))
	require.NoError(t, client.Start(ctx))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		client.Stop(ctx)
	})
	return r
}

func (r *rig) run(arguments embedding.Arguments) taskq.Task {
	r.Helper()
	enqueued, err := r.service.Generate(r.ctx, embedding.GenerateInput{Arguments: arguments})
	require.NoError(r, err)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		task, err := r.client.Get(r.ctx, enqueued.Task.ID)
		require.NoError(r, err)
		if task.Status.IsFinal() {
			return task
		}
		select {
		case <-ticker.C:
		case <-r.ctx.Done():
			require.Fail(r, "the task does not end", "%+v", task)
		}
	}
}

func (r *rig) result(arguments embedding.Arguments) embedding.Result {
	r.Helper()
	task := r.run(arguments)
	require.Equal(r, taskq.Completed, task.Status, "%+v", task)
	var result embedding.Result
	require.NoError(r, json.Unmarshal(*task.Result, &result))
	return result
}

func (r *rig) stored(kind embedding.OwnerKind, item embedding.Item) []float32 {
	r.Helper()
	var values pq.Float32Array
	require.NoError(r, r.db.GetContext(r.ctx, &values, `SELECT embedding FROM embeddings
		WHERE owner_kind = $1 AND owner_id = $2 AND content_sha256 = $3`, kind, item.OwnerID, item.ContentSHA256))
	return values
}

func TestEmbedsWhatHasNoCurrentVector(t *testing.T) {
	var products, chunks *shelf
	r := setup(t, func(db *sqlx.DB) []embedding.Source {
		products = newShelf(db, embedding.Product, "green tea", "black tea", "green tea")
		chunks = newShelf(db, embedding.Chunk, "a chapter on tea")
		return []embedding.Source{products, chunks}
	})
	require.Equal(t, embedding.Result{Embedder: "hash-v1:1024", Embedded: 2, Reused: 1}, r.result(embedding.Arguments{Target: embedding.TargetProducts}))
	require.Equal(t, embedding.Result{Embedder: "hash-v1:1024", Embedded: 1, Unchanged: 3}, r.result(embedding.Arguments{}))
	require.Equal(t, 3, r.embedder.count())

	want, err := r.embedder.Hash.Embed(r.ctx, []string{"green tea", "a chapter on tea"}, embedding.Passage)
	require.NoError(t, err)
	require.Equal(t, want[0], r.stored(embedding.Product, products.all[0]), "every bit comes back")
	require.Equal(t, want[0], r.stored(embedding.Product, products.all[2]))
	require.Equal(t, want[1], r.stored(embedding.Chunk, chunks.all[0]))

	products.change(1, "green tea")
	products.change(2, "white tea")
	require.Equal(t, embedding.Result{Embedder: "hash-v1:1024", Embedded: 1, Reused: 1, Unchanged: 1}, r.result(embedding.Arguments{Target: embedding.TargetProducts}))
	require.Equal(t, want[0], r.stored(embedding.Product, products.all[1]))
}

func TestEmbedsOnlyTheGivenIDs(t *testing.T) {
	var products *shelf
	r := setup(t, func(db *sqlx.DB) []embedding.Source {
		products = newShelf(db, embedding.Product, "one", "two", "three")
		return []embedding.Source{products}
	})
	ids := []uuid.UUID{products.all[2].OwnerID}
	require.Equal(t, 1, r.result(embedding.Arguments{Target: embedding.TargetProducts, IDs: ids}).Embedded)
	require.Equal(t, []string{"three"}, r.embedder.texts)
}

func TestGoesOnWhereAFailedAttemptWas(t *testing.T) {
	texts := make([]string, 600)
	for i := range texts {
		texts[i] = fmt.Sprintf("text number %d", i)
	}
	r := setup(t, func(db *sqlx.DB) []embedding.Source {
		return []embedding.Source{newShelf(db, embedding.Chunk, texts...)}
	})
	r.embedder.fail = func(call int) error {
		if call == 2 {
			return &embedding.ProviderError{Status: 503, Message: "busy"}
		}
		return nil
	}
	task := r.run(embedding.Arguments{})
	require.Equal(t, taskq.Completed, task.Status)
	require.Equal(t, 2, task.Attempt)
	require.Equal(t, 600, r.embedder.count(), "no text is embedded twice")
	require.JSONEq(t, `{"embedder":"hash-v1:1024","embedded":344,"reused":0,"unchanged":256}`, string(*task.Result))
}

// A text that changes while it is being embedded must not be left with the vector of what it was.
func TestLooksAgainAtWhatChangedMeanwhile(t *testing.T) {
	var products *shelf
	r := setup(t, func(db *sqlx.DB) []embedding.Source {
		products = newShelf(db, embedding.Product, "before", "other")
		return []embedding.Source{products}
	})
	r.embedder.fail = func(call int) error {
		if call == 1 {
			products.change(0, "after")
		}
		return nil
	}
	require.Equal(t, 3, r.result(embedding.Arguments{}).Embedded)
	want, err := r.embedder.Hash.Embed(r.ctx, []string{"after"}, embedding.Passage)
	require.NoError(t, err)
	require.Equal(t, want[0], r.stored(embedding.Product, products.all[0]))
}

func TestARefusalDecidesWhatBecomesOfTheTask(t *testing.T) {
	r := setup(t, func(db *sqlx.DB) []embedding.Source { return []embedding.Source{newShelf(db, embedding.Chunk, "text")} })
	r.embedder.fail = func(int) error { return refusal(r.ctx) }
	task := r.run(embedding.Arguments{})
	require.Equal(t, taskq.Failed, task.Status)
	require.Equal(t, 1, task.Attempt)
	require.Equal(t, "The embedding endpoint refused the key. Check EMBEDDING_API_KEY. It said: no.", *task.ErrorMessage)
}

func TestSnoozesAsLongAsTheEndpointAsks(t *testing.T) {
	r := setup(t, func(db *sqlx.DB) []embedding.Source { return []embedding.Source{newShelf(db, embedding.Chunk, "text")} })
	r.embedder.fail = func(call int) error {
		if call == 1 {
			return &embedding.ProviderError{Status: 429, RetryAfter: time.Second}
		}
		return nil
	}
	task := r.run(embedding.Arguments{})
	require.Equal(t, taskq.Completed, task.Status)
	require.Equal(t, 1, task.Attempt, "a wait uses up no attempt")
}

func TestArgumentsAreChecked(t *testing.T) {
	t.Parallel()
	service := embedding.NewService(nil, embedding.NewHash(), nil)
	for field, arguments := range map[string]embedding.Arguments{
		"target": {Target: "EVERYTHING"},
		"ids":    {Target: embedding.TargetAll, IDs: []uuid.UUID{uuid.New()}},
	} {
		_, err := service.Generate(t.Context(), embedding.GenerateInput{Arguments: arguments})
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, field, invalid.Field)
	}
	_, err := service.Generate(t.Context(), embedding.GenerateInput{Arguments: embedding.Arguments{Target: embedding.TargetChunks, IDs: make([]uuid.UUID, 5001)}})
	require.ErrorContains(t, err, "at most 5000")
}

func TestTasksMadeByHandAreChecked(t *testing.T) {
	r := setup(t, func(*sqlx.DB) []embedding.Source { return nil })
	for metadata, want := range map[string]string{
		`{"target":"X"}`:   "target must be PRODUCTS, CHUNKS or ALL",
		`{"ids":["nope"]}`: "metadata must hold a target",
	} {
		enqueued, err := r.client.Enqueue(r.ctx, taskq.NewTask{Type: embedding.TaskType, Metadata: json.RawMessage(metadata)})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			task, err := r.client.Get(r.ctx, enqueued.Task.ID)
			return err == nil && task.Status == taskq.Failed && strings.Contains(*task.ErrorMessage, want)
		}, patience, 5*time.Millisecond)
	}
}

// refusal is what a client makes of an endpoint that knows no such key.
func refusal(ctx context.Context) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no.", http.StatusUnauthorized)
	}))
	defer server.Close()
	client, err := embedding.NewOpenAI(embedding.Config{URL: server.URL, Model: "m"})
	if err != nil {
		return errors.New("no client")
	}
	_, err = client.Embed(ctx, []string{"text"}, embedding.Passage)
	return err
}
