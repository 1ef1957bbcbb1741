package product_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen. It is no measure of speed.
const patience = 3 * time.Minute

// shop is a catalogue whose tasks run.
type shop struct {
	*testing.T
	ctx      context.Context
	db       *dbtest.DB
	client   *taskq.Client
	products *product.Service
	texts    *product.Texts
}

func setup(t *testing.T) *shop {
	t.Helper()
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	s.client.Handle(product.TypeImport, s.products.RunImport)
	s.client.Handle(product.TypeUpdate, s.products.RunUpdate)
	s.client.Handle(embedding.TaskType, embedding.NewService(s.db.DB, embedding.NewHash(), s.client, s.texts).Run)
	s.start()
	return s
}

// newShop makes a catalogue whose tasks nobody runs yet.
func newShop(t *testing.T, db *dbtest.DB) *shop {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	blobs, err := blob.OpenStore(t.TempDir())
	require.NoError(t, err)
	client := taskq.New(db.DB, taskq.Config{DSN: db.DSN, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	return &shop{
		T: t, ctx: ctx, db: db, client: client, texts: product.NewTexts(db.DB),
		products: product.NewService(db.DB, blobs, client, product.Config{MaxImportBytes: 1 << 20}),
	}
}

func (s *shop) start() {
	s.Helper()
	require.NoError(s, s.client.Start(s.ctx))
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s.client.Stop(ctx)
	})
}

func (s *shop) enqueueImport(csv string, change func(*product.ImportInput)) taskq.Task {
	s.Helper()
	in := product.ImportInput{Name: "test.csv", Reader: strings.NewReader(csv)}
	if change != nil {
		change(&in)
	}
	enqueued, err := s.products.Import(s.ctx, in)
	require.NoError(s, err)
	return enqueued.Task
}

// importCSV imports a file and returns what its task did.
func (s *shop) importCSV(csv string, change func(*product.ImportInput)) product.ImportResult {
	s.Helper()
	var result product.ImportResult
	s.finish(s.enqueueImport(csv, change).ID, &result)
	return result
}

// update makes an update and returns what its task did.
func (s *shop) update(in product.UpdateInput) product.UpdateResult {
	s.Helper()
	enqueued, err := s.products.Update(s.ctx, in)
	require.NoError(s, err)
	var result product.UpdateResult
	s.finish(enqueued.Task.ID, &result)
	return result
}

// finish waits until a task has completed and reads its result.
func (s *shop) finish(id uuid.UUID, result any) {
	s.Helper()
	task := s.await(id)
	require.Equal(s, taskq.Completed, task.Status, "%s", value(task.ErrorMessage))
	require.NotNil(s, task.Result)
	require.NoError(s, json.Unmarshal(*task.Result, result))
}

// failure waits until a task has failed and returns its error.
func (s *shop) failure(id uuid.UUID) string {
	s.Helper()
	task := s.await(id)
	require.Equal(s, taskq.Failed, task.Status)
	return value(task.ErrorMessage)
}

// await waits until a task has ended.
func (s *shop) await(id uuid.UUID) taskq.Task {
	s.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		task, err := s.client.Get(s.ctx, id)
		require.NoError(s, err)
		if task.Status.IsFinal() {
			return task
		}
		select {
		case <-ticker.C:
		case <-s.ctx.Done():
			require.Fail(s, "the task does not end", "%+v", task)
		}
	}
}

// dependents waits until the tasks that wait for one have ended, and returns them.
func (s *shop) dependents(id uuid.UUID) []taskq.Task {
	s.Helper()
	found, err := s.client.Dependents(s.ctx, id, taskq.Filter{}, taskq.Page{First: 10})
	require.NoError(s, err)
	for i, task := range found.Items {
		found.Items[i] = s.await(task.ID)
	}
	return found.Items
}

func (s *shop) get(sku string) product.Product {
	s.Helper()
	p, err := s.products.GetBySKU(s.ctx, sku)
	require.NoError(s, err)
	return p
}

func (s *shop) pending() embedding.Count {
	s.Helper()
	count, err := s.texts.Count(s.ctx, embedding.NewHash().ID(), nil)
	require.NoError(s, err)
	return count
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
