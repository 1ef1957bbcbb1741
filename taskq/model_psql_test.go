package taskq_test

import (
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/taskq"
)

// What psql does, and is refused.

// rawStatus writes a status as psql would, mending the columns that its status asks for, and only those.
func (m *modelRun) rawStatus() {
	task := m.pick(taskq.Statuses()...)
	to := rapid.SampledFrom(taskq.Statuses()).Draw(m.t, "to")
	columns := map[taskq.Status]string{
		taskq.Pending:   `max_attempts = greatest(max_attempts, attempt + 1), completed_at = NULL, worker_id = NULL, cancel_requested_at = NULL, result = NULL`,
		taskq.Running:   `completed_at = NULL, worker_id = coalesce(worker_id, gen_random_uuid()), started_at = now(), error_message = NULL, attempt = greatest(attempt, 1)`,
		taskq.Completed: `completed_at = now(), worker_id = NULL, error_message = NULL, progress = 100`,
		taskq.Failed:    `completed_at = now(), worker_id = NULL, error_message = 'by hand'`,
		taskq.Cancelled: `completed_at = now(), worker_id = NULL`,
	}
	_, err := m.db.ExecContext(m.ctx, `UPDATE tasks SET status = $2, `+columns[to]+` WHERE id = $1`, task.ID, to)
	if to == taskq.Running && task.Status != taskq.Running || to != task.Status && !task.Status.CanBecome(to) {
		require.Error(m.t, err, "%s → %s", task.Status, to) // a claim by hand takes no new lease
		return
	}
	if to == task.Status { // the model would have to know every column of it
		if err == nil {
			m.resync(task)
		}
		return
	}
	require.NoError(m.t, err, "%s → %s", task.Status, to)
	switch to {
	case taskq.Pending:
		task.Asked, task.HasResult, task.Max = false, false, max(task.Max, task.Attempt+1)
	case taskq.Completed:
		task.Progress, task.HasError = 100, false
	case taskq.Failed:
		task.HasError = true
	}
	m.change(task, taskq.EventTransition, to, m.psql, "")
}

// resync takes over a row, and the event that its change must have left unless it is RUNNING.
func (m *modelRun) resync(task *modelTask) {
	for _, row := range list[modelTask](m.bench, selectModel) {
		if row.ID == task.ID {
			kind := taskq.EventUpdated
			if row.Status == taskq.Running {
				kind = ""
			}
			m.change(task, kind, task.Status, m.psql, "")
			require.Equal(m.t, row.Version, task.Version)
			*task = row
		}
	}
}

// rawUpdate changes what may be changed by hand.
func (m *modelRun) rawUpdate() {
	task := m.pick(taskq.Statuses()...)
	kind := taskq.EventKind("")
	if task.Status != taskq.Running {
		kind = taskq.EventUpdated
	}
	switch rapid.IntRange(0, 3).Draw(m.t, "what") {
	case 0:
		m.exec(`UPDATE tasks SET description = description || '!' WHERE id = $1`, task.ID)
	case 1: // versions are the engine's
		m.exec(`UPDATE tasks SET description = description || '!', version = 999 WHERE id = $1`, task.ID)
	case 2:
		m.exec(`UPDATE tasks SET run_at = now() - interval '1 day' + random() * interval '1 hour' WHERE id = $1`, task.ID)
		kind, task.Due = taskq.EventSchedule, true
	default:
		m.exec(`UPDATE tasks SET priority = priority + 5 WHERE id = $1 AND priority < 90`, task.ID)
		if task.Priority >= 90 {
			return
		}
		kind, task.Priority = taskq.EventPriority, task.Priority+5
	}
	m.change(task, kind, task.Status, m.psql, "")
}

// rawRefused tries what the database refuses whoever writes.
func (m *modelRun) rawRefused() {
	task := m.pick(taskq.Statuses()...)
	refused := []string{
		`UPDATE tasks SET id = gen_random_uuid() WHERE id = $1`,
		`UPDATE tasks SET task_type = 'TYPE_C' WHERE id = $1`,
		`UPDATE tasks SET created_at = now() - interval '1 day' WHERE id = $1`,
		`UPDATE tasks SET lease = lease - 1 WHERE id = $1`,
		`UPDATE tasks SET status = 'DONE' WHERE id = $1`,
		`UPDATE tasks SET progress = 101 WHERE id = $1`,
		`UPDATE tasks SET priority = 101 WHERE id = $1`,
		`UPDATE tasks SET task_metadata = '[]' WHERE id = $1`,
		`INSERT INTO tasks (id, task_type, status, completed_at, progress) SELECT gen_random_uuid(), task_type, 'COMPLETED', now(), 100 FROM tasks WHERE id = $1`,
	}
	if !task.Status.IsFinal() {
		refused = append(refused,
			`DELETE FROM tasks WHERE id = $1`,
			`UPDATE tasks SET result = '1' WHERE id = $1`,
			`UPDATE tasks SET completed_at = now() WHERE id = $1`,
			`UPDATE tasks SET run_at = 'infinity' WHERE id = $1`)
	}
	if task.Status == taskq.Pending { // it could not be claimed
		refused = append(refused, `UPDATE tasks SET attempt = max_attempts WHERE id = $1`)
	}
	_, err := m.db.ExecContext(m.ctx, rapid.SampledFrom(refused).Draw(m.t, "statement"), task.ID)
	require.Error(m.t, err)
}
