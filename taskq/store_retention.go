package taskq

import (
	"context"
	"fmt"
	"time"
)

// SKIP LOCKED: every process cleans up, and none waits for another.
const deleteEndedTasks = `
	WITH reason AS MATERIALIZED (
	    SELECT set_config('taskq.actor', 'taskwire', true), set_config('taskq.reason', 'retention', true)),
	old AS MATERIALIZED (
	    SELECT id FROM tasks, reason
	    WHERE status = $1 AND completed_at < now() - $2 * interval '1 second'
	    ORDER BY id LIMIT $3 FOR UPDATE OF tasks SKIP LOCKED)
	DELETE FROM tasks t USING old WHERE t.id = old.id`

// deleteEnded deletes up to limit tasks of a status that ended longer ago than age, the oldest first.
func (s store) deleteEnded(ctx context.Context, status Status, age time.Duration, limit int) (int, error) {
	result, err := s.db.ExecContext(ctx, deleteEndedTasks, status, age.Seconds(), limit)
	if err != nil {
		return 0, fmt.Errorf("deleting old tasks: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
