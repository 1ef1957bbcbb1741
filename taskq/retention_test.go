package taskq_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

func TestRetentionDeletesWhatEndedLongAgo(t *testing.T) {
	b := setup(t)
	enqueued := b.enqueueMany(4, taskq.NewTask{Type: typeB})
	ids := make([]uuid.UUID, len(enqueued))
	for i := range enqueued {
		ids[i] = enqueued[i].Task.ID
	}
	_, err := b.client.Cancel(b.ctx, ids[:3], "ann", "")
	require.NoError(t, err)
	b.db.MustExec(`UPDATE tasks SET completed_at = now() - interval '2 days' WHERE id = ANY ($1::uuid[])`, "{"+ids[0].String()+","+ids[1].String()+"}")

	config := taskq.Config{DSN: b.db.DSN, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Retention: taskq.Retention{taskq.Cancelled: 24 * time.Hour}}
	config.Hurry()
	runner := taskq.New(b.db.DB, config)
	runner.Handle(typeA, nil)
	b.start(runner)
	require.Eventually(t, func() bool { return b.count(taskq.Filter{}) == 2 }, patience, 10*time.Millisecond)
	require.Contains(t, b.transitions(ids[0]), "CANCELLED→CANCELLED: retention")
}

func TestRetentionOfRunningTasksIsAMistake(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() { taskq.New(nil, taskq.Config{Retention: taskq.Retention{taskq.Running: time.Hour}}) })
}
