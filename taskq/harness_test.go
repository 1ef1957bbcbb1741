package taskq_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const typeA, typeB = taskq.Type("TYPE_A"), taskq.Type("TYPE_B")

// patience is how long a test waits for what must happen. It is no measure of speed: what never happens fails by it.
const patience = 30 * time.Second

type bench struct {
	*testing.T
	ctx    context.Context
	db     *dbtest.DB
	client *taskq.Client // not started
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	database := dbtest.New(t, db.Engine) // the engine needs no table of the application
	return &bench{T: t, ctx: ctx, db: database, client: newClient(t, database)}
}

func newClient(t *testing.T, db *dbtest.DB) *taskq.Client {
	config := taskq.Config{DSN: db.DSN, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), StopGrace: 2 * time.Second}
	config.Hurry()
	return taskq.New(db.DB, config)
}

// start starts a client and stops it at the end of the test.
func (b *bench) start(c *taskq.Client) {
	b.Helper()
	require.NoError(b, c.Start(context.Background()))
	b.Cleanup(func() { b.stop(c) })
}

func (b *bench) stop(c *taskq.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c.Stop(ctx)
}

func (b *bench) enqueue(n taskq.NewTask) taskq.Task {
	b.Helper()
	e, err := b.client.Enqueue(b.ctx, n)
	require.NoError(b, err)
	return e.Task
}

// await watches a task until it has this status, and returns it as it was then.
func (b *bench) await(id uuid.UUID, status taskq.Status) taskq.Task {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		task, err := b.client.Get(ctx, id)
		require.NoError(b, err)
		if task.Status == status {
			return task
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.Failf(b, "wrong status", "the task is %s, not %s: %+v", task.Status, status, task)
		}
	}
}

// transitions returns a task's history as "FROM→TO: reason".
func (b *bench) transitions(id uuid.UUID) []string {
	b.Helper()
	history, err := b.client.History(b.ctx, id, taskq.Page{First: 100})
	require.NoError(b, err)
	var list []string
	for _, e := range history.Items {
		from, reason := "", ""
		if e.From != nil {
			from = string(*e.From)
		}
		if e.Reason != nil {
			reason = ": " + *e.Reason
		}
		list = append(list, from+"→"+string(e.To)+reason)
	}
	return list
}
