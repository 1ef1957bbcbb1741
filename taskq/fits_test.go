package taskq_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// reach are the writes by hand that take a new task to each status.
var reach = map[taskq.Status][]string{
	taskq.Pending: {},
	taskq.Running: {claimByHand},
	taskq.Completed: {
		claimByHand,
		`UPDATE tasks SET status = 'COMPLETED', completed_at = now(), worker_id = NULL, progress = 100 WHERE id = $1`,
	},
	taskq.Failed: {
		claimByHand,
		`UPDATE tasks SET status = 'FAILED', completed_at = now(), worker_id = NULL, error_message = 'broken' WHERE id = $1`,
	},
	taskq.Cancelled: {`UPDATE tasks SET status = 'CANCELLED', completed_at = now() WHERE id = $1`},
}

const claimByHand = `
	UPDATE tasks SET status = 'RUNNING', lease = lease + 1, attempt = 1, worker_id = gen_random_uuid(), started_at = now()
	WHERE id = $1`

// misfits are the columns that each status does not allow.
var misfits = map[taskq.Status][]string{
	taskq.Pending: {
		`completed_at = now()`, `worker_id = gen_random_uuid()`, `cancel_requested_at = now()`, `result = '1'`, `attempt = max_attempts`,
	},
	taskq.Running: {
		`completed_at = now()`, `worker_id = NULL`, `started_at = NULL`, `result = '1'`, `error_message = 'broken'`, `blocked_by = 1`,
		`attempt = 0`, `attempt = max_attempts + 1`,
	},
	taskq.Completed: {`completed_at = NULL`, `worker_id = gen_random_uuid()`, `error_message = 'broken'`, `progress = 99`},
	taskq.Failed:    {`completed_at = NULL`, `worker_id = gen_random_uuid()`, `error_message = NULL`},
	taskq.Cancelled: {`completed_at = NULL`, `worker_id = gen_random_uuid()`},
}

func TestTheDatabaseRefusesColumnsThatDoNotFitTheStatus(t *testing.T) {
	b := setup(t)
	for status, columns := range misfits {
		id := b.enqueue(taskq.NewTask{Type: typeA}).ID
		for _, write := range reach[status] {
			b.exec(write, id)
		}
		for _, misfit := range columns {
			b.refuses(`UPDATE tasks SET `+misfit+` WHERE id = $1`, id)
		}
		require.Equal(t, string(status), get[string](b, `SELECT status FROM tasks WHERE id = $1`, id))
	}
}

func TestTheDatabaseRefusesNewTasksThatHaveBegun(t *testing.T) {
	b := setup(t)
	for _, extra := range []string{
		`status) VALUES ($1, 'A', 'COMPLETED')`, `status) VALUES ($1, 'A', 'SLEEPING')`, `completed_at) VALUES ($1, 'A', now())`,
		`worker_id) VALUES ($1, 'A', gen_random_uuid())`, `result) VALUES ($1, 'A', '1')`, `attempt, max_attempts) VALUES ($1, 'A', 3, 3)`,
	} {
		b.refuses(`INSERT INTO tasks (id, task_type, `+extra, uuid.New())
	}
	require.Zero(t, get[int](b, `SELECT count(*) FROM tasks`)+get[int](b, `SELECT count(*) FROM task_events`))
}

// refuses holds that a write fails as one against a CHECK would.
func (b *bench) refuses(query string, args ...any) {
	b.Helper()
	_, err := b.db.ExecContext(b.ctx, query, args...)
	require.NotNil(b, pq.As(err, pqerror.CheckViolation), "%s: %v", query, err)
}
