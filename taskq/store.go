package taskq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// store is the engine's SQL, but for what the hot loops run on sessions of their own.
type store struct {
	db     *sqlx.DB
	reads  *sqlx.DB // for lists and counts
	insert *preparedInsert

	prepared *preparedReads // of reads
}

// maxDeadlocks is how often a transaction is begun again.
const maxDeadlocks = 10

// inTx commits what fn does, and does it again when PostgreSQL has chosen it as the victim of a deadlock: tasks that
// depend on one another are locked along the graph by some and in the order of ids by others, so that one is possible.
func (s store) inTx(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	for tries := 1; ; tries++ {
		err := s.tryTx(ctx, fn)
		var refused *pq.Error
		if tries == maxDeadlocks || !errors.As(err, &refused) || refused.Code != "40P01" {
			return err
		}
	}
}

func (s store) tryTx(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing a transaction: %w", err)
	}
	return nil
}

// taskColumns are named one by one: a newer schema may have more.
const taskColumns = `id, task_type, status, priority, description, progress, progress_message, progress_at, error_message, task_metadata,
	result, created_at, created_by, run_at, started_at, completed_at, cancel_requested_at, attempt, max_attempts,
	timeout_seconds, blocked_by, idempotency_key, lease, worker_id, version`

const selectTask = `SELECT ` + taskColumns + ` FROM tasks WHERE id = $1`

func (s store) task(ctx context.Context, id uuid.UUID) (Task, error) {
	var t Task
	err := s.db.GetContext(ctx, &t, selectTask, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Task{}, ErrNotFound
	}
	if err != nil {
		return Task{}, fmt.Errorf("reading a task: %w", err)
	}
	return t, nil
}

const selectTasks = `SELECT ` + taskColumns + ` FROM tasks WHERE id = ANY ($1::uuid[])`

func selectTasksByID(ctx context.Context, q sqlx.QueryerContext, ids []uuid.UUID) ([]Task, error) {
	tasks := []Task{}
	if err := sqlx.SelectContext(ctx, q, &tasks, selectTasks, pq.Array(ids)); err != nil {
		return nil, fmt.Errorf("reading tasks: %w", err)
	}
	return tasks, nil
}

func (s store) tasksByID(ctx context.Context, ids []uuid.UUID) ([]Task, error) {
	return selectTasksByID(ctx, s.db, ids)
}

const selectWorkers = `SELECT id, host, version, started_at, heartbeat_at, running FROM workers ORDER BY host, id LIMIT 10000`

func (s store) workers(ctx context.Context) ([]Worker, error) {
	workers := []Worker{}
	if err := s.db.SelectContext(ctx, &workers, selectWorkers); err != nil {
		return nil, fmt.Errorf("reading workers: %w", err)
	}
	return workers, nil
}

const selectTypes = `SELECT type, paused, max_running, run_seconds, step_seconds FROM task_types ORDER BY type`

func (s store) types(ctx context.Context) ([]TypeState, error) {
	types := []TypeState{}
	if err := s.db.SelectContext(ctx, &types, selectTypes); err != nil {
		return nil, fmt.Errorf("reading task types: %w", err)
	}
	return types, nil
}

const upsertType = `
	INSERT INTO task_types (type, paused, max_running) VALUES ($1, coalesce($2, false), nullif($3, 0))
	ON CONFLICT (type) DO UPDATE SET
	    paused = coalesce($2, task_types.paused),
	    max_running = CASE WHEN $3::int IS NULL THEN task_types.max_running ELSE nullif($3, 0) END
	RETURNING type, paused, max_running, run_seconds, step_seconds`

// setType changes what is given: paused if not nil, maxRunning if not nil (0: no limit).
func (s store) setType(ctx context.Context, t Type, paused *bool, maxRunning *int) (TypeState, error) {
	var state TypeState
	if err := s.db.GetContext(ctx, &state, upsertType, t, paused, maxRunning); err != nil {
		return TypeState{}, fmt.Errorf("changing a task type: %w", err)
	}
	return state, nil
}

// Several workers tell of one type: what each says moves the value a little.
const blendPace = `
	UPDATE task_types SET
	    run_seconds = coalesce(0.7 * run_seconds + 0.3 * $2, $2, run_seconds),
	    step_seconds = coalesce(0.7 * step_seconds + 0.3 * $3, $3, step_seconds)
	WHERE type = $1`

func writePace(ctx context.Context, s *session, p typePace) error {
	return s.query(ctx, blendPace, func(*sql.Rows) error { return nil }, p.Type, p.run, p.step)
}

// The three parts each read one partial index. Stalled is what IsStalled says.
const selectDepths = `
	WITH parts AS (
	    SELECT task_type, count(*) FILTER (WHERE run_at <= now()) AS ready, count(*) FILTER (WHERE run_at > now()) AS scheduled,
	           0 AS blocked, 0 AS running, 0 AS stalled, extract(epoch FROM now() - min(run_at)) AS oldest_ready
	    FROM tasks WHERE status = 'PENDING' AND blocked_by = 0 GROUP BY task_type
	    UNION ALL
	    SELECT task_type, 0, 0, count(*), 0, 0, 0 FROM tasks WHERE status = 'PENDING' AND blocked_by > 0 GROUP BY task_type
	    UNION ALL
	    SELECT t.task_type, 0, 0, 0, count(*),
	           count(*) FILTER (WHERE now() - t.progress_at > greatest($1 * k.step_seconds, $2) * interval '1 second'), 0
	    FROM tasks t LEFT JOIN task_types k ON k.type = t.task_type
	    WHERE t.status = 'RUNNING' GROUP BY t.task_type)
	SELECT task_type, sum(ready) AS ready, sum(scheduled) AS scheduled, sum(blocked) AS blocked, sum(running) AS running,
	       sum(stalled) AS stalled, greatest(max(oldest_ready), 0)::float8 AS oldest_ready
	FROM parts GROUP BY task_type ORDER BY task_type`

func (s store) depths(ctx context.Context) ([]Depth, error) {
	depths := []Depth{}
	if err := s.db.SelectContext(ctx, &depths, selectDepths, stalledFactor, leastStall.Seconds()); err != nil {
		return nil, fmt.Errorf("reading the depth of types: %w", err)
	}
	return depths, nil
}
