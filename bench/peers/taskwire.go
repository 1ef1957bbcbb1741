package peers

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/bench/harness"
	taskwiredb "github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/taskq"
)

// taskwire is this project's engine, with all that it has always on: history, triggers, doorbell.
type taskwire struct {
	database *harness.Database
	inserter *taskq.Client
	done     *sqlx.Stmt
}

// Noop is the type of task that does nothing.
const Noop taskq.Type = "NOOP"

type noopArgs struct {
	Number int `json:"number"`
}

// maxRunning is what drained fastest here.
const maxRunning = 4_000

// NewTaskwire sets the engine up in a new database.
func NewTaskwire(ctx context.Context, server *harness.Server, name string) (Peer, error) {
	database, err := server.Create(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := taskwiredb.Migrate(ctx, database.DB, taskwiredb.Engine); err != nil {
		return nil, err
	}
	t := &taskwire{database: database, inserter: taskq.New(database.DB, taskq.Config{})}
	t.done, err = database.PreparexContext(ctx, `SELECT status = 'COMPLETED' FROM tasks WHERE id = $1`)
	return local{t}, err
}

func (t *taskwire) name() string          { return "Taskwire" }
func (t *taskwire) db() *harness.Database { return t.database }
func (t *taskwire) batch() int            { return 5_000 }

func (t *taskwire) clear(ctx context.Context) error {
	return t.database.Clear(ctx, "tasks", "task_events", "task_dependencies", "workers")
}

func (t *taskwire) enqueue(ctx context.Context, number int) (any, error) {
	stored, err := t.inserter.Enqueue(ctx, taskq.NewTask{Type: Noop, Metadata: noopArgs{number}})
	return stored.Task.ID, err
}

func (t *taskwire) enqueueMany(ctx context.Context, n int) error {
	many := make([]taskq.NewTask, n)
	for i := range many {
		many[i] = taskq.NewTask{Type: Noop, Metadata: noopArgs{i}}
	}
	_, err := t.inserter.EnqueueMany(ctx, many)
	return err
}

func (t *taskwire) start(ctx context.Context, ran func(int)) (func(), error) {
	client := taskq.New(t.database.DB, taskq.Config{
		DSN: t.database.DSN, MaxRunning: maxRunning, Logger: slog.New(slog.DiscardHandler),
	})
	client.Handle(Noop, func(_ context.Context, task *taskq.Attempt) error {
		var args noopArgs
		if err := json.Unmarshal(task.Metadata, &args); err != nil {
			return err
		}
		ran(args.Number)
		return nil
	})
	return func() { client.Stop(context.WithoutCancel(ctx)) }, client.Start(ctx)
}

func (t *taskwire) unfinished(ctx context.Context) (bool, error) {
	var some bool
	err := t.database.GetContext(ctx, &some, `SELECT EXISTS (SELECT FROM tasks WHERE status IN ('PENDING', 'RUNNING'))`)
	return some, err
}

func (t *taskwire) isDone(ctx context.Context, key any) (bool, error) {
	var done bool
	err := t.done.GetContext(ctx, &done, key.(uuid.UUID))
	return done, err
}

func (t *taskwire) close(context.Context) {}
