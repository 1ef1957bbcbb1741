package taskq_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

func TestDepthsCountWhatHasNotEnded(t *testing.T) {
	b := setup(t)
	first := uuid.Must(uuid.NewV7())
	_, err := b.client.EnqueueMany(b.ctx, []taskq.NewTask{
		{ID: first, Type: typeA, RunAt: time.Now().Add(-time.Hour)},
		{Type: typeA, RunAt: time.Now().Add(time.Hour)},
		{Type: typeA, DependsOn: []taskq.Dependency{{TaskID: first}}},
		{Type: typeB},
	})
	require.NoError(t, err)
	// A worker that was last seen getting on two minutes ago, at a type whose steps take a second.
	b.db.MustExec(`SELECT taskq_heartbeat('00000000-0000-0000-0000-00000000000a', 'test', '', 1)`)
	b.db.MustExec(`INSERT INTO task_types (type, step_seconds) VALUES ($1, 1)`, typeB)
	b.db.MustExec(`SELECT taskq_claim('00000000-0000-0000-0000-00000000000a', '{TYPE_B}', 1)`)
	b.db.MustExec(`UPDATE tasks SET progress_at = now() - interval '2 minutes' WHERE status = 'RUNNING'`)

	depths, err := b.client.Depths(b.ctx)
	require.NoError(t, err)
	require.Len(t, depths, 2)
	require.InDelta(t, 3600, depths[0].OldestReady, 60)
	depths[0].OldestReady = 0
	require.Equal(t, taskq.Depth{Type: typeA, Ready: 1, Scheduled: 1, Blocked: 1}, depths[0])
	require.Equal(t, taskq.Depth{Type: typeB, Running: 1, Stalled: 1}, depths[1])
}
