// Package taskqtest helps programs that use taskq to test their handlers: on a real database, with real claims, leases
// and progress, and without waiting for anything but the handler.
package taskqtest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/taskq"
)

// Result is what one attempt at a task left behind.
type Result struct {
	Task    taskq.Task     // as it is after the attempt
	Updates []taskq.Update // what a watcher saw, in order: the progress among it
}

// Run enqueues a task, has handler make one attempt at it, and returns when that has ended: the task is final, or PENDING
// again to be retried or because it was snoozed. db has the engine's tables (db.Migrate); dsn leads to the same database.
// Ends the test when the engine cannot be used; ends with the test's deadline at the latest.
func Run(t testing.TB, db *sqlx.DB, dsn string, handler taskq.Handler, n taskq.NewTask, options ...taskq.HandlerOption) Result {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client := taskq.New(db, taskq.Config{DSN: dsn, MaxRunning: 1, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	client.Handle(n.Type, once(handler), options...)
	if err := client.Start(ctx); err != nil {
		t.Fatalf("taskqtest: %v", err)
	}
	defer stop(client)
	n.ID = newID(t, n.ID)
	updates, err := client.Watch(ctx, taskq.Filter{IDs: []uuid.UUID{n.ID}}, taskq.WatchOptions{})
	if err != nil {
		t.Fatalf("taskqtest: %v", err)
	}
	if _, err := client.Enqueue(ctx, n); err != nil {
		t.Fatalf("taskqtest: enqueueing the task: %v", err)
	}
	return collect(t, updates)
}

// stop waits for no handler: what runs now is the second attempt.
func stop(client *taskq.Client) {
	expired, cancel := context.WithCancel(context.Background())
	cancel()
	client.Stop(expired)
}

// once keeps a task that is to be retried at once from being retried here.
func once(handler taskq.Handler) taskq.Handler {
	ran := false // a single slot runs one attempt after the other
	return func(ctx context.Context, task *taskq.Attempt) error {
		if ran {
			<-ctx.Done()
			return context.Cause(ctx)
		}
		ran = true
		return handler(ctx, task)
	}
}

func newID(t testing.TB, id uuid.UUID) uuid.UUID {
	t.Helper()
	if id != uuid.Nil {
		return id
	}
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatalf("taskqtest: %v", err)
	}
	return id
}

// collect reads until the first attempt has ended.
func collect(t testing.TB, updates <-chan taskq.Update) Result {
	t.Helper()
	var result Result
	for u := range updates {
		if u.Task == nil {
			t.Fatalf("taskqtest: the task was deleted")
		}
		result.Updates, result.Task = append(result.Updates, u), *u.Task
		began := len(result.Updates) > 1 && u.Event != nil && u.Event.From != nil && *u.Event.From == taskq.Running
		if began && u.Event.Kind == taskq.EventTransition {
			return result
		}
	}
	t.Fatalf("taskqtest: the feed ended before the attempt did")
	return result
}
