package feedtest

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/taskq"
)

// Writer changes tasks at random, in transactions of all lengths of which many are rolled back. What fails, since the
// database is down or refuses it, does not matter: what the database has is what has happened.
type Writer struct {
	tasks *taskq.Client
	db    *sqlx.DB
	types []taskq.Type
	known []uuid.UUID
}

// NewWriter returns one who enqueues tasks of these types.
func NewWriter(tasks *taskq.Client, db *sqlx.DB, types ...taskq.Type) *Writer {
	return &Writer{tasks: tasks, db: db, types: types}
}

// Adopt has w change these tasks, too.
func (w *Writer) Adopt(tasks ...uuid.UUID) { w.known = append(w.known, tasks...) }

// Run makes some hundred changes a second until ctx ends.
func (w *Writer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		w.Step(ctx)
		<-time.After(time.Duration(rand.IntN(10)) * time.Millisecond)
	}
}

// Step makes one change, or some.
func (w *Writer) Step(ctx context.Context) {
	some := w.some()
	switch rand.IntN(8) {
	case 0, 1:
		w.enqueue(ctx)
	case 2:
		w.inTransaction(ctx, time.Duration(rand.IntN(50))*time.Millisecond)
	case 3:
		if rand.IntN(10) == 0 {
			w.inTransaction(ctx, time.Duration(500+rand.IntN(1_000))*time.Millisecond)
		}
	case 4:
		_, _ = w.tasks.Cancel(ctx, some, "ann", "")
	case 5:
		_, _ = w.tasks.Retry(ctx, some, "ann", "")
	case 6:
		_, _ = w.tasks.SetPriority(ctx, some, rand.IntN(10), "ann", "")
	default:
		if rand.IntN(4) == 0 {
			_, _ = w.tasks.Delete(ctx, some, "ann", "")
		}
	}
}

func (w *Writer) some() []uuid.UUID {
	ids := []uuid.UUID{uuid.New()} // and one that nobody has
	for range 3 {
		if len(w.known) > 0 {
			ids = append(ids, w.known[rand.IntN(len(w.known))])
		}
	}
	return ids
}

// newTasks are due now or never, and some wait for others.
func (w *Writer) newTasks() []taskq.NewTask {
	many := make([]taskq.NewTask, 1+rand.IntN(4))
	for i := range many {
		many[i] = taskq.NewTask{ID: uuid.Must(uuid.NewV7()), Type: w.types[rand.IntN(len(w.types))]}
		if i > 0 && rand.IntN(2) == 0 {
			policy := []taskq.OnFailure{taskq.CancelDependent, taskq.RunDependent}[rand.IntN(2)]
			many[i].DependsOn = []taskq.Dependency{{TaskID: many[i-1].ID, OnFailure: policy}}
		} else if rand.IntN(3) == 0 {
			many[i].RunAt = time.Now().Add(time.Hour)
		}
	}
	return many
}

func (w *Writer) enqueue(ctx context.Context) {
	enqueued, err := w.tasks.EnqueueMany(ctx, w.newTasks())
	if err != nil {
		return
	}
	for _, e := range enqueued {
		w.known = append(w.known, e.Task.ID)
	}
}

// inTransaction enqueues and changes tasks in one transaction, which stays open for a while.
func (w *Writer) inTransaction(ctx context.Context, open time.Duration) {
	tx, err := w.db.BeginTxx(ctx, nil)
	if err != nil {
		return
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if _, err := w.tasks.EnqueueManyTx(ctx, tx, w.newTasks()); err != nil {
		return
	}
	_, _ = tx.ExecContext(ctx, `UPDATE tasks SET description = description || '.' WHERE id = ANY ($1::uuid[])`, uuidArray(w.some()))
	<-time.After(open)
	if rand.IntN(3) > 0 {
		_ = tx.Commit()
	}
}

// textArray is PostgreSQL's text form of an array, NULL for nil.
func textArray(values []string) *string {
	if values == nil {
		return nil
	}
	text := "{" + strings.Join(values, ",") + "}"
	return &text
}

func uuidArray(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return *textArray(texts)
}
