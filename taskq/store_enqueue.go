package taskq

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// The values stand in arrays, one a column, so that one statement takes any number of tasks, and a conflict on an
// idempotency key skips one of them. The answer is one row, however many tasks: the time, and where there can be conflicts
// the ids without one.
const insertTasks = `
	WITH inserted AS (
	    INSERT INTO tasks (id, task_type, priority, description, task_metadata, run_at, max_attempts, timeout_seconds,
	                       idempotency_key, created_by, blocked_by)
	    SELECT id, task_type, priority, description, task_metadata, coalesce(run_at, now()), max_attempts, timeout_seconds,
	           idempotency_key, created_by, coalesce(blocked_by, 0)
	    FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::int[], $8::int[],
	                $9::text[], $10::text[], $11::int[])
	         AS n (id, task_type, priority, description, task_metadata, run_at, max_attempts, timeout_seconds,
	               idempotency_key, created_by, blocked_by)
	    ON CONFLICT (task_type, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
	    RETURNING id)
	SELECT now(), array_agg(id) FILTER (WHERE $12) FROM inserted`

// insertTasks stores rows without dependencies. Of a row whose idempotency key is taken, the task that has it is returned.
func (s store) insertTasks(ctx context.Context, q sqlx.QueryerContext, rows []newRow) ([]Enqueued, error) {
	inserted, err := insertRows(ctx, q, rows)
	if err != nil {
		return nil, err
	}
	enqueued := make([]Enqueued, len(rows))
	for i := range rows {
		t := &rows[i].Task
		if inserted.has(t) {
			t.CreatedAt, t.RunAt = inserted.at, storedRunAt(t, inserted.at)
			enqueued[i] = Enqueued{Task: *t}
			continue
		}
		existing, err := taskByKey(ctx, q, t.Type, *t.IdempotencyKey)
		if err != nil {
			return nil, err
		}
		enqueued[i] = Enqueued{Task: existing, Duplicate: true}
	}
	return enqueued, nil
}

// storedRunAt returns from when the database lets a new task run: it keeps microseconds.
func storedRunAt(t *Task, now time.Time) time.Time {
	return cmp.Or(t.RunAt.Round(time.Microsecond), now)
}

// insertion is what the database says of rows that it was given.
type insertion struct {
	at  time.Time
	ids map[uuid.UUID]bool // of the rows that it took; nil: of all
}

func (i insertion) has(t *Task) bool { return t.IdempotencyKey == nil || i.ids[t.ID] }

func insertRows(ctx context.Context, q sqlx.QueryerContext, rows []newRow) (insertion, error) {
	keyed := slices.ContainsFunc(rows, func(r newRow) bool { return r.IdempotencyKey != nil })
	var done insertion
	var ids pq.StringArray
	err := q.QueryRowxContext(ctx, insertTasks, append(insertArguments(rows), keyed)...).Scan(&done.at, &ids)
	if err != nil {
		return insertion{}, insertError(err)
	}
	done.ids = make(map[uuid.UUID]bool, len(ids))
	for _, text := range ids {
		id, err := uuid.Parse(text)
		if err != nil {
			return insertion{}, fmt.Errorf("inserting tasks: %w", err)
		}
		done.ids[id] = true
	}
	return done, nil
}

func insertError(err error) error {
	var refused *pq.Error
	if errors.As(err, &refused) && refused.Constraint == "tasks_pkey" {
		return invalid("id", "is another task's already")
	}
	return fmt.Errorf("inserting tasks: %w", err)
}

func insertArguments(rows []newRow) []any {
	n := len(rows)
	types, descriptions, metadata := make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n)
	priorities, attempts := make(pq.Int64Array, n), make(pq.Int64Array, n)
	ids, runAt, keys, creators := make(uuidArray, n), make(sparseArray, n), make(sparseArray, n), make(sparseArray, n)
	timeouts, blocked := make(sparseArray, n), make(sparseArray, n)
	for i := range rows {
		t := &rows[i].Task
		ids[i], types[i], descriptions[i], metadata[i] = t.ID, string(t.Type), t.Description, string(t.Metadata)
		priorities[i], attempts[i] = int64(t.Priority), int64(t.MaxAttempts)
		keys[i], creators[i] = t.IdempotencyKey, t.CreatedBy
		if !t.RunAt.IsZero() {
			runAt[i] = new(t.RunAt.UTC().Format(time.RFC3339Nano))
		}
		if t.TimeoutSeconds != nil {
			timeouts[i] = new(strconv.Itoa(*t.TimeoutSeconds))
		}
		if t.BlockedBy > 0 {
			blocked[i] = new(strconv.Itoa(t.BlockedBy))
		}
	}
	return []any{ids, types, priorities, descriptions, metadata, runAt, attempts, timeouts, keys, creators, blocked}
}

const selectTaskByKey = `SELECT ` + taskColumns + ` FROM tasks WHERE task_type = $1 AND idempotency_key = $2`

func taskByKey(ctx context.Context, q sqlx.QueryerContext, t Type, key string) (Task, error) {
	var task Task
	if err := sqlx.GetContext(ctx, q, &task, selectTaskByKey, t, key); err != nil {
		return Task{}, fmt.Errorf("reading the task with idempotency key %q: %w", key, err)
	}
	return task, nil
}

// insertDependentTasks stores rows that wait for others. They are inserted as blocked by all of their dependencies, and
// those that have ended already are settled at the end, just as if they ended now.
func (s store) insertDependentTasks(ctx context.Context, tx *sqlx.Tx, rows []newRow) ([]Enqueued, error) {
	if err := lockDependencies(ctx, tx, rows); err != nil {
		return nil, err
	}
	enqueued, err := s.insertTasks(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	if err := insertEdges(ctx, tx, rows, enqueued); err != nil {
		return nil, err
	}
	return refresh(ctx, tx, enqueued)
}

// A shared lock keeps a dependency from ending between the look at it and the commit of the edge.
const selectDependenciesForShare = `SELECT id FROM tasks WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE`

// lockDependencies refuses dependencies on tasks that are neither in the batch nor in the table.
func lockDependencies(ctx context.Context, tx *sqlx.Tx, rows []newRow) error {
	known := map[uuid.UUID]bool{}
	for i := range rows {
		known[rows[i].ID] = true
	}
	var outside []string
	firstTo := map[uuid.UUID]int{} // the row that names an outside task first
	for i := range rows {
		for _, d := range rows[i].dependsOn {
			if !known[d.TaskID] {
				known[d.TaskID], firstTo[d.TaskID] = true, i
				outside = append(outside, d.TaskID.String())
			}
		}
	}
	var found []uuid.UUID
	if err := tx.SelectContext(ctx, &found, selectDependenciesForShare, pq.Array(outside)); err != nil {
		return fmt.Errorf("locking dependencies: %w", err)
	}
	for _, id := range found {
		delete(firstTo, id)
	}
	if len(firstTo) > 0 {
		return &BatchError{slices.Min(slices.Collect(maps.Values(firstTo))), &InvalidError{"dependsOn", "names a task that does not exist", NotThere}}
	}
	return nil
}

const insertTaskEdges = `
	WITH edges AS (
	    INSERT INTO task_dependencies (task_id, depends_on, on_failure)
	    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
	    ON CONFLICT DO NOTHING
	    RETURNING task_id)
	UPDATE tasks t SET blocked_by = e.n, version = t.version + 1
	FROM (SELECT task_id, count(*)::int AS n FROM edges GROUP BY task_id) e
	WHERE t.id = e.task_id AND t.blocked_by <> e.n`

const settleEnded = `
	SELECT taskq_settle(ended, $2) FROM (
	    SELECT array_agg(id) AS ended FROM tasks
	    WHERE id = ANY ($1::uuid[]) AND status IN ('COMPLETED', 'FAILED', 'CANCELLED')) e
	WHERE ended IS NOT NULL`

func insertEdges(ctx context.Context, tx *sqlx.Tx, rows []newRow, enqueued []Enqueued) error {
	actual := map[uuid.UUID]uuid.UUID{} // where an idempotency key was taken, the task that has it stands for the new one
	for i := range rows {
		actual[rows[i].ID] = enqueued[i].Task.ID
	}
	var tasks, dependsOn, policies, taken []string
	for i := range rows {
		if enqueued[i].Duplicate {
			continue
		}
		for _, d := range rows[i].dependsOn {
			target, ok := actual[d.TaskID]
			if !ok {
				target = d.TaskID
			} else if target != d.TaskID {
				taken = append(taken, target.String())
			}
			tasks, dependsOn = append(tasks, rows[i].ID.String()), append(dependsOn, target.String())
			policies = append(policies, string(d.OnFailure))
		}
	}
	if _, err := tx.ExecContext(ctx, selectDependenciesForShare, pq.Array(taken)); err != nil {
		return fmt.Errorf("locking dependencies: %w", err)
	}
	if _, err := tx.ExecContext(ctx, insertTaskEdges, pq.Array(tasks), pq.Array(dependsOn), pq.Array(policies)); err != nil {
		return fmt.Errorf("inserting dependencies: %w", err)
	}
	if _, err := tx.ExecContext(ctx, settleEnded, pq.Array(dependsOn), pq.Array(tasks)); err != nil {
		return fmt.Errorf("settling dependencies: %w", err)
	}
	return nil
}

// refresh reads the tasks as they are after settling.
func refresh(ctx context.Context, tx *sqlx.Tx, enqueued []Enqueued) ([]Enqueued, error) {
	ids := make([]uuid.UUID, len(enqueued))
	for i := range enqueued {
		ids[i] = enqueued[i].Task.ID
	}
	now, err := selectTasksByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]Task, len(now))
	for _, t := range now {
		byID[t.ID] = t
	}
	for i := range enqueued {
		enqueued[i].Task = byID[enqueued[i].Task.ID]
	}
	return enqueued, nil
}
