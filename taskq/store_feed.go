package taskq

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

const selectFeedPlace = `SELECT pg_current_snapshot()::text, (SELECT system_identifier::text FROM pg_control_system())`

// feedPlace returns where the stream of changes stands now, and which cluster it is of.
func feedPlace(ctx context.Context, s *session) (now snapshot, system string, err error) {
	var text string
	err = s.query(ctx, selectFeedPlace, func(rows *sql.Rows) error { return rows.Scan(&text, &system) })
	if err != nil {
		return snapshot{}, "", fmt.Errorf("reading the feed's place: %w", err)
	}
	now, err = parseSnapshot(text)
	return now, system, err
}

// Everything in one statement, and so of one snapshot: the transactions that ended since the last one, their events, and
// each task as it is now. Progress writes no event: RUNNING tasks are found by the transaction that wrote their row last
// (xmin; age() compares across the wrap-around of 32 bits). LATERAL … OFFSET 0 pins the look-up of a task to the primary
// key, whatever the statistics say. Of a task that is gone its first event tells who created it.
const selectChanges = `
	WITH s AS MATERIALIZED (SELECT pg_current_snapshot() AS now),
	seen AS (
	    SELECT task_id, version, kind, from_status, to_status, attempt, concat_ws(':', actor, worker_id) AS actor, reason, error, at
	    FROM task_events WHERE xid = ANY ($1::text[]::xid8[])
	    UNION ALL
	    (SELECT task_id, version, kind, from_status, to_status, attempt, concat_ws(':', actor, worker_id) AS actor, reason, error, at
	     FROM task_events WHERE xid >= $2::text::xid8 ORDER BY xid LIMIT $4)),
	changes AS (
	    SELECT e.task_id, e.version AS event_version, e.kind, e.from_status, e.to_status, e.attempt AS event_attempt,
	           e.actor, e.reason, e.error, e.at, t.*,
	           CASE WHEN t.id IS NULL THEN (
	               SELECT first.actor FROM task_events first WHERE first.task_id = e.task_id AND first.version = 1) END AS creator
	    FROM seen e LEFT JOIN LATERAL (
	        SELECT ` + taskColumns + ` FROM tasks WHERE id = e.task_id OFFSET 0) t ON true
	    UNION ALL
	    SELECT t.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ` + taskColumns + `, NULL
	    FROM tasks t WHERE $5 AND t.status = 'RUNNING' AND age(t.xmin) <= age($3::text::xid8::xid))
	SELECT s.now::text, c.* FROM s LEFT JOIN changes c ON true`

// change is one row of the feed: an event with the task as it is now, or the progress of a task. A deleted task is nil.
type feedChange struct {
	id      uuid.UUID
	event   *Event
	task    *Task
	creator *string // of a deleted task
}

// feedPass is what one look at the feed found.
type feedPass struct {
	now     snapshot
	changes []feedChange
}

// readChanges returns what happened since a snapshot, at most limit events of newer transactions, with the progress of
// running tasks if asked for.
func readChanges(ctx context.Context, s *session, since snapshot, limit int, progress bool) (feedPass, error) {
	inFlight := make([]string, len(since.inFlight))
	for i, xid := range since.inFlight {
		inFlight[i] = strconv.FormatUint(xid, 10)
	}
	var pass feedPass
	var now string
	err := s.query(ctx, selectChanges, func(rows *sql.Rows) error {
		c, ok, err := scanChange(rows, &now)
		if ok {
			pass.changes = append(pass.changes, c)
		}
		return err
	}, pq.StringArray(inFlight), strconv.FormatUint(since.xmax, 10), strconv.FormatUint(since.xmin, 10), limit, progress)
	if err != nil {
		return feedPass{}, fmt.Errorf("reading the feed: %w", err)
	}
	pass.now, err = parseSnapshot(now)
	return pass, err
}

// scanChange reports whether the row holds a change; the only row of an idle feed does not.
func scanChange(rows *sql.Rows, now *string) (feedChange, bool, error) {
	var id, taskID *uuid.UUID
	var e nullEvent
	var t nullTask
	var creator *string
	err := rows.Scan(slices.Concat([]any{now, &id}, e.fields(), t.fields(&taskID), []any{&creator})...)
	if err != nil || id == nil {
		return feedChange{}, false, err
	}
	c := feedChange{id: *id, creator: creator}
	if e.kind != nil {
		c.event = e.event(*id)
	}
	if taskID != nil {
		c.task = t.task(*taskID)
	}
	return c, true, nil
}

// nullEvent scans the event's columns, which are NULL in a row of mere progress.
type nullEvent struct {
	version    *int64
	kind       *EventKind
	from, to   *Status
	attempt    *int
	actor      *string
	reason, er *string
	at         sql.NullTime
}

func (e *nullEvent) fields() []any {
	return []any{&e.version, &e.kind, &e.from, &e.to, &e.attempt, &e.actor, &e.reason, &e.er, &e.at}
}

func (e *nullEvent) event(id uuid.UUID) *Event {
	return &Event{
		TaskID: id, Version: *e.version, Kind: *e.kind, From: e.from, To: *e.to, Attempt: *e.attempt,
		Actor: *e.actor, Reason: e.reason, Error: e.er, At: e.at.Time,
	}
}

// nullTask scans the columns of a task, which are NULL when it was deleted.
type nullTask struct {
	Task
	taskType                                          *Type
	status                                            *Status
	priority, progress, attempt, maxAttempts, blocked *int
	description                                       *string
	metadata                                          *[]byte
	createdAt, runAt                                  sql.NullTime
	lease, version                                    *int64
}

// fields are in the order of taskColumns.
func (t *nullTask) fields(id **uuid.UUID) []any {
	return []any{
		id, &t.taskType, &t.status, &t.priority, &t.description, &t.progress, &t.ProgressMessage, &t.ProgressAt, &t.ErrorMessage, &t.metadata,
		&t.Result, &t.createdAt, &t.CreatedBy, &t.runAt, &t.StartedAt, &t.CompletedAt, &t.CancelRequestedAt, &t.attempt,
		&t.maxAttempts, &t.TimeoutSeconds, &t.blocked, &t.IdempotencyKey, &t.lease, &t.WorkerID, &t.version,
	}
}

func (t *nullTask) task(id uuid.UUID) *Task {
	task := t.Task
	task.ID, task.Type, task.Status, task.Priority = id, *t.taskType, *t.status, *t.priority
	task.Description, task.Progress, task.Metadata = *t.description, *t.progress, *t.metadata
	task.CreatedAt, task.RunAt = t.createdAt.Time, t.runAt.Time
	task.Attempt, task.MaxAttempts, task.BlockedBy = *t.attempt, *t.maxAttempts, *t.blocked
	task.Lease, task.Version = *t.lease, *t.version
	return &task
}

// snapshotTasks returns the newest of the tasks that f selects, oldest first.
func (s store) snapshotTasks(ctx context.Context, f *Filter, limit int) ([]Task, error) {
	query, args := f.newest(limit)
	tasks := []Task{}
	if err := s.db.SelectContext(ctx, &tasks, query, args...); err != nil {
		return nil, fmt.Errorf("reading a snapshot: %w", err)
	}
	return tasks, nil
}

// newest reads the parts of a list: whoever subscribes to little must not walk over everything for it.
func (f *Filter) newest(limit int) (query string, args []any) {
	list, where := f.list(ByCreated, sortKey{}, true)
	selects := make([]string, len(list.parts))
	for i, part := range list.parts {
		selects[i] = list.read(part, taskColumns, where.clauses, "id DESC", limit)
	}
	return fmt.Sprintf(`SELECT * FROM (SELECT * FROM (%s) AS parts ORDER BY id DESC LIMIT %d) AS newest ORDER BY id`,
		strings.Join(selects, " UNION ALL "), limit), where.args
}
