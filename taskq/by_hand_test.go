package taskq_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// The engine's batches keep the rules and the history themselves, and tell the trigger so. What the same transaction writes
// by hand after them is held to the rules, and told.
func TestBatchesLeaveTheRulesOnForWhatFollows(t *testing.T) {
	b := setup(t)
	one := b.enqueue(taskq.NewTask{Type: typeA}).ID
	worker := b.worker()
	for _, batch := range []string{
		`taskq_claim($1, '{TYPE_A}', 10)`,
		`taskq_progress(ARRAY[$2::uuid], '{1}', '{50}', '{half}')`,
		`taskq_complete($1, ARRAY[$2::uuid], '{1}', '{NULL}')`,
	} {
		tx, err := b.db.BeginTxx(b.ctx, nil)
		require.NoError(t, err)
		_, err = tx.ExecContext(b.ctx, `WITH known AS (SELECT $1::uuid, $2::uuid) SELECT `+batch, worker, one)
		require.NoError(t, err, batch)
		var told, version int64
		require.NoError(t, tx.GetContext(b.ctx, &version, `UPDATE tasks SET run_at = run_at - interval '1 s' WHERE id = $1 RETURNING version + 1`, one))
		require.NoError(t, tx.GetContext(b.ctx, &told, `SELECT version FROM task_events WHERE task_id = $1 AND kind = 'SCHEDULE'`, one))
		require.Equal(t, version, told, batch)
		_, err = tx.ExecContext(b.ctx, `UPDATE tasks SET result = '1', error_message = 'broken', version = version + 1 WHERE id = $1`, one)
		require.ErrorContains(t, err, "its columns do not fit", batch)
		require.NoError(t, tx.Rollback())
		b.exec(`WITH known AS (SELECT $1::uuid, $2::uuid) SELECT `+batch, worker, one)
	}
	require.Equal(t, taskq.Completed, b.await(one, taskq.Completed).Status)
}

// One statement ends a task and changes the one that waits for it, which the end changes again: each change has a version.
func TestChangesOfOneStatementHaveVersionsOfTheirOwn(t *testing.T) {
	b := setup(t)
	first := b.enqueue(taskq.NewTask{Type: typeA}).ID
	waiting := b.enqueue(taskq.NewTask{Type: typeB, DependsOn: []taskq.Dependency{{TaskID: first}}}).ID
	b.exec(claimByHand, first)
	for _, version := range []string{``, `, version = version + 1`} {
		b.exec(`UPDATE tasks SET description = description || '.'`+version+` WHERE id = $1 OR id = $2`, first, waiting)
	}
	before := get[int64](b, `SELECT version FROM tasks WHERE id = $1`, waiting)
	b.exec(`
		UPDATE tasks SET description = 'changed', status = CASE id WHEN $1 THEN 'COMPLETED' ELSE status END,
		    completed_at = CASE id WHEN $1 THEN now() END, worker_id = NULL, progress = CASE id WHEN $1 THEN 100 ELSE 0 END
		WHERE id = $1 OR id = $2`, first, waiting)
	require.Equal(t, before+2, get[int64](b, `SELECT version FROM tasks WHERE id = $1 AND blocked_by = 0`, waiting))
	require.ElementsMatch(t, []string{"UNBLOCKED", "UPDATED"},
		list[string](b, `SELECT kind FROM task_events WHERE task_id = $1 AND version > $2`, waiting, before))
	for _, id := range []uuid.UUID{first, waiting} {
		require.Equal(t, get[int64](b, `SELECT version FROM tasks WHERE id = $1`, id),
			get[int64](b, `SELECT max(version) FROM task_events WHERE task_id = $1`, id))
	}
}
