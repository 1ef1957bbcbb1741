package taskq

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// operation changes tasks among $1, which are locked, and returns the ids that it changed.
type operation struct {
	query   string
	args    []any                         // from $2
	explain func(*Task) (Outcome, string) // says why a task that is there was not changed
}

var cancelTasks = operation{query: `SELECT taskq_cancel($1)`, explain: explainCancel}

// A dependency that completed meanwhile no longer blocks; one that failed and was to cancel this task still does, so
// that is refused. One that runs again will settle the edge when it ends.
var retryTasks = operation{query: `
	WITH wanted AS MATERIALIZED (
	    SELECT id FROM tasks WHERE id = ANY ($1::uuid[]) AND status IN ('FAILED', 'CANCELLED')),
	edges AS (
	    SELECT d.task_id, d.depends_on, t.status FROM wanted w
	    JOIN task_dependencies d ON d.task_id = w.id AND NOT d.settled
	    LEFT JOIN tasks t ON t.id = d.depends_on),
	settled AS (
	    UPDATE task_dependencies d SET settled = true FROM edges e
	    WHERE d.task_id = e.task_id AND d.depends_on = e.depends_on AND e.status = 'COMPLETED')
	UPDATE tasks t SET
	    status = 'PENDING', completed_at = NULL, cancel_requested_at = NULL, result = NULL, error_message = NULL,
	    progress = 0, progress_message = NULL, run_at = now(), max_attempts = greatest(t.max_attempts, t.attempt + 1),
	    blocked_by = (SELECT count(*) FROM edges e WHERE e.task_id = t.id AND e.status IN ('PENDING', 'RUNNING')),
	    version = t.version + 1
	FROM wanted w
	WHERE t.id = w.id
	  AND NOT EXISTS (SELECT FROM edges e WHERE e.task_id = t.id AND coalesce(e.status, 'FAILED') IN ('FAILED', 'CANCELLED'))
	RETURNING t.id`, explain: explainRetry}

func setPriority(priority int) operation {
	return operation{query: `
	UPDATE tasks t SET priority = $2, version = t.version + 1
	WHERE t.id = ANY ($1::uuid[]) AND t.status IN ('PENDING', 'RUNNING') AND t.priority <> $2
	RETURNING t.id`, args: []any{priority}, explain: explainPriority(priority)}
}

var deleteTasks = operation{query: `
	DELETE FROM tasks t
	WHERE t.id = ANY ($1::uuid[]) AND t.status IN ('COMPLETED', 'FAILED', 'CANCELLED')
	RETURNING t.id`, explain: explainDelete}

// Locked in a statement of its own, so that the next one sees what those did that it waited for; in the order of ids,
// like every other statement that locks several tasks.
const lockTasks = `SELECT FROM tasks WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`

const setActor = `SELECT set_config('taskq.actor', $1, true), set_config('taskq.reason', $2, true)`

// operate runs an operation and says what became of each task.
func (c *Client) operate(ctx context.Context, ids []uuid.UUID, by, reason string, op operation) ([]Change, error) {
	if len(ids) == 0 || len(ids) > MaxSelection {
		return nil, invalid("ids", fmt.Sprintf("must be 1 to %d", MaxSelection))
	}
	if err := validateReason(by, reason); err != nil {
		return nil, err
	}
	var changes []Change
	err := c.store.inTx(ctx, func(tx *sqlx.Tx) (err error) {
		changes, err = operateTx(ctx, tx, ids, by, reason, op)
		return err
	})
	return changes, err
}

func operateTx(ctx context.Context, tx *sqlx.Tx, ids []uuid.UUID, by, reason string, op operation) ([]Change, error) {
	changed, err := change(ctx, tx, ids, by, reason, op)
	if err != nil {
		return nil, err
	}
	now, err := selectTasksByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	return changesOf(ids, changed, now, op.explain), nil
}

func change(ctx context.Context, tx *sqlx.Tx, ids []uuid.UUID, by, reason string, op operation) ([]uuid.UUID, error) {
	if _, err := tx.ExecContext(ctx, setActor, by, reason); err != nil {
		return nil, fmt.Errorf("changing tasks: %w", err)
	}
	if _, err := tx.ExecContext(ctx, lockTasks, pq.Array(ids)); err != nil {
		return nil, fmt.Errorf("locking tasks: %w", err)
	}
	var changed []uuid.UUID
	if err := tx.SelectContext(ctx, &changed, op.query, append([]any{pq.Array(ids)}, op.args...)...); err != nil {
		return nil, fmt.Errorf("changing tasks: %w", err)
	}
	return changed, nil
}

func changesOf(ids, changed []uuid.UUID, now []Task, explain func(*Task) (Outcome, string)) []Change {
	done := make(map[uuid.UUID]bool, len(changed))
	for _, id := range changed {
		done[id] = true
	}
	tasks := make(map[uuid.UUID]*Task, len(now))
	for i := range now {
		tasks[now[i].ID] = &now[i]
	}
	changes := make([]Change, len(ids))
	for i, id := range ids {
		t := tasks[id]
		switch {
		case done[id]:
			changes[i] = Change{TaskID: id, Outcome: Changed, Task: t}
		case t == nil:
			changes[i] = Change{TaskID: id, Outcome: Missing, Message: "There is no such task."}
		default:
			outcome, message := explain(t)
			changes[i] = Change{TaskID: id, Outcome: outcome, Message: message, Task: t}
		}
	}
	return changes
}
