package taskq

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// The statements of a worker, on sessions of its own.

const claimLanes = `
	SELECT id, task_type, priority, description, task_metadata, created_at, created_by, run_at, started_at,
	       attempt, max_attempts, timeout_seconds, idempotency_key, lease, version
	FROM taskq_claim_lanes($1, $2, $3, $4, $5, $6)`

// claim takes up to limit due tasks of these lanes, and returns an attempt at each, those first that are to begin first.
func claim(ctx context.Context, s *session, worker uuid.UUID, lanes []lane, limit int) ([]*Attempt, error) {
	if len(lanes) == 0 {
		return []*Attempt{}, nil
	}
	types, priorities := make(pq.StringArray, len(lanes)), make(pq.Int64Array, len(lanes))
	floors, floorIDs := make(pq.StringArray, len(lanes)), make(uuidArray, len(lanes))
	for i := range lanes {
		l := &lanes[i]
		types[i], priorities[i] = string(l.Type), int64(l.Priority)
		floors[i], floorIDs[i] = l.Floor.RunAt.UTC().Format(time.RFC3339Nano), l.Floor.ID
	}
	claimed := make([]*Attempt, 0, min(limit, 64))
	err := s.query(ctx, claimLanes, func(rows *sql.Rows) error {
		p := &Attempt{Task: Task{Status: Running, WorkerID: &worker}}
		claimed = append(claimed, p)
		return rows.Scan(&p.ID, &p.Type, &p.Priority, &p.Description, &p.Metadata, &p.CreatedAt, &p.CreatedBy, &p.RunAt, &p.StartedAt,
			&p.Task.Attempt, &p.MaxAttempts, &p.TimeoutSeconds, &p.IdempotencyKey, &p.Lease, &p.Version)
	}, worker, types, priorities, floors, floorIDs, limit)
	if err != nil {
		return nil, fmt.Errorf("claiming tasks: %w", err)
	}
	slices.SortFunc(claimed, func(a, b *Attempt) int {
		return cmp.Or(b.Priority-a.Priority, a.RunAt.Compare(b.RunAt), compareIDs(a.ID, b.ID))
	})
	return claimed, nil
}

// How long it is until the next task is due, since our clock may differ from the database's.
const selectLanes = `
	SELECT task_type, priority, floor_at, floor_id, extract(epoch FROM least(next_at - clock_timestamp(), interval '1 day'))::float8
	FROM taskq_lanes($1)`

func readLanes(ctx context.Context, s *session, types []Type) ([]lane, error) {
	var lanes []lane
	err := s.query(ctx, selectLanes, func(rows *sql.Rows) error {
		var l lane
		var seconds *float64
		err := rows.Scan(&l.Type, &l.Priority, &l.Floor.RunAt, &l.Floor.ID, &seconds)
		if seconds != nil {
			l.NextAt = time.Now().Add(time.Duration(*seconds * float64(time.Second)))
		}
		lanes = append(lanes, l)
		return err
	}, pq.Array(types))
	if err != nil {
		return nil, fmt.Errorf("reading lanes: %w", err)
	}
	return lanes, nil
}

const releaseLostClaims = `
	SELECT count(taskq_release(t.id, t.lease, '0', 'claim lost')) FROM tasks t
	WHERE t.status = 'RUNNING' AND t.worker_id = $1 AND NOT EXISTS (
	    SELECT FROM unnest($2::uuid[], $3::bigint[]) AS known (id, lease) WHERE known.id = t.id AND known.lease = t.lease)`

// releaseLost hands back what a worker has claimed beside these leases, and returns how many tasks that were.
func releaseLost(ctx context.Context, s *session, worker uuid.UUID, ids []uuid.UUID, leases []int64) (int, error) {
	var n int
	err := s.query(ctx, releaseLostClaims, func(rows *sql.Rows) error { return rows.Scan(&n) },
		worker, pq.Array(ids), pq.Int64Array(leases))
	if err != nil {
		return 0, fmt.Errorf("looking for lost claims: %w", err)
	}
	return n, nil
}

// isUnknownWorker reports whether a claim was refused because its worker was taken for dead.
func isUnknownWorker(err error) bool {
	var refused *pq.Error
	return errors.As(err, &refused) && refused.Code == "TW001"
}

const completeTasks = `SELECT taskq_complete($1, $2, $3, $4)`

// complete completes those of these attempts of a worker that still own their task. The batch is sorted by id.
func complete(ctx context.Context, s *session, worker uuid.UUID, batch []*Attempt) error {
	ids, leases, results := make(uuidArray, len(batch)), make(pq.Int64Array, len(batch)), make(sparseArray, len(batch))
	for i, a := range batch {
		ids[i], leases[i] = a.ID, a.Lease
		if a.result != nil {
			results[i] = new(string(a.result))
		}
	}
	err := s.query(ctx, completeTasks, func(*sql.Rows) error { return nil }, worker, ids, leases, results)
	if err != nil {
		return fmt.Errorf("completing tasks: %w", err)
	}
	return nil
}

// Losing the progress of the last moments in a crash of the database is fine, so its commits do not wait for the disk.
const progressTasks = `
	SELECT p.task_id, p.cancel_requested
	FROM set_config('synchronous_commit', 'off', true), taskq_progress($1, $2, $3, $4) AS p`

// writeProgress returns, for each task that is still owned, whether its cancel was asked.
func writeProgress(ctx context.Context, s *session, writes []progressWrite) (map[uuid.UUID]bool, error) {
	ids, leases, percents, messages := progressArrays(writes)
	answers := make(map[uuid.UUID]bool, len(writes))
	err := s.query(ctx, progressTasks, func(rows *sql.Rows) error {
		var id uuid.UUID
		var cancelled bool
		err := rows.Scan(&id, &cancelled)
		answers[id] = cancelled
		return err
	}, ids, leases, percents, messages)
	if err != nil {
		return nil, fmt.Errorf("writing progress: %w", err)
	}
	return answers, nil
}

func progressArrays(writes []progressWrite) (ids uuidArray, leases, percents pq.Int64Array, messages sparseArray) {
	for i := range writes {
		w := &writes[i]
		ids, leases = append(ids, w.attempt.ID), append(leases, w.attempt.Lease)
		percents = append(percents, int64(w.state.percent))
		var message *string
		if w.state.message != "" {
			message = &w.state.message
		}
		messages = append(messages, message)
	}
	return ids, leases, percents, messages
}

const sendHeartbeat = `SELECT taskq_heartbeat($1, $2, $3, $4)`

// beat reports whether the database knew this worker.
func beat(ctx context.Context, s *session, id uuid.UUID, host, version string, running int) (bool, error) {
	var known bool
	err := s.query(ctx, sendHeartbeat, func(rows *sql.Rows) error { return rows.Scan(&known) }, id, host, version, running)
	if err != nil {
		return false, fmt.Errorf("sending the heartbeat: %w", err)
	}
	return known, nil
}

const maintainTasks = `SELECT taskq_maintain($1 * interval '1 second', $2 * interval '1 second')`

func maintain(ctx context.Context, s *session, deadAfter, cancelGrace time.Duration) (int, error) {
	var n int
	err := s.query(ctx, maintainTasks, func(rows *sql.Rows) error { return rows.Scan(&n) },
		deadAfter.Seconds(), cancelGrace.Seconds())
	if err != nil {
		return 0, fmt.Errorf("maintaining tasks: %w", err)
	}
	return n, nil
}

const selectCancels = `
	SELECT id FROM tasks
	WHERE status = 'RUNNING' AND cancel_requested_at IS NOT NULL AND worker_id = $1`

func readCancels(ctx context.Context, s *session, worker uuid.UUID) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.query(ctx, selectCancels, func(rows *sql.Rows) error {
		var id uuid.UUID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, worker)
	if err != nil {
		return nil, fmt.Errorf("reading cancel requests: %w", err)
	}
	return ids, nil
}

const failTask = `SELECT taskq_fail($1, $2, $3, $4, $5 * interval '1 second')`

// fail ends an attempt that failed; retryIn nil: for good. Errors: ErrLeaseLost.
func fail(ctx context.Context, s *session, a *Attempt, message, detail string, retryIn *time.Duration) error {
	var seconds *float64
	if retryIn != nil {
		v := retryIn.Seconds()
		seconds = &v
	}
	return end(ctx, s, failTask, a.ID, a.Lease, message, detail, seconds)
}

const releaseTask = `SELECT taskq_release($1, $2, $3 * interval '1 second', $4)`

// release puts a task back without using up the attempt. Errors: ErrLeaseLost.
func release(ctx context.Context, s *session, a *Attempt, delay time.Duration, reason string) error {
	return end(ctx, s, releaseTask, a.ID, a.Lease, delay.Seconds(), reason)
}

const cancelledTask = `SELECT CASE WHEN taskq_cancelled($1, $2, nullif($3, '')) THEN 'CANCELLED' END`

// cancelled ends an attempt as CANCELLED. Errors: ErrLeaseLost.
func cancelled(ctx context.Context, s *session, a *Attempt, message string) error {
	return end(ctx, s, cancelledTask, a.ID, a.Lease, message)
}

// end runs a statement that returns the task's new status, or NULL when the lease was lost.
func end(ctx context.Context, s *session, query string, args ...any) error {
	var status *string
	if err := s.query(ctx, query, func(rows *sql.Rows) error { return rows.Scan(&status) }, args...); err != nil {
		return fmt.Errorf("ending an attempt: %w", err)
	}
	if status == nil {
		return ErrLeaseLost
	}
	return nil
}

const holdTask = `SELECT taskq_hold($1, $2)`

// fencedTx commits what fn writes only while the lease holds. The task's row is locked at the end, not at the start: a
// long transaction must not hold up progress.
func (s store) fencedTx(ctx context.Context, id uuid.UUID, lease int64, fn func(*sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a fenced transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit; ends the transaction when fn panics
	if err := fn(tx); err != nil {
		return err
	}
	var held bool
	if err := tx.GetContext(ctx, &held, holdTask, id, lease); err != nil {
		return fmt.Errorf("checking the lease: %w", err)
	}
	if !held {
		return ErrLeaseLost
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing a fenced transaction: %w", err)
	}
	return nil
}

const strikeOffWorker = `DELETE FROM workers WHERE id = $1`

// strikeOff removes a worker. Upkeep gives what it may have left behind to others.
func strikeOff(ctx context.Context, s *session, id uuid.UUID) error {
	return s.query(ctx, strikeOffWorker, func(*sql.Rows) error { return nil }, id)
}

const registerTaskTypes = `INSERT INTO task_types (type) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`

func (s store) registerTypes(ctx context.Context, types []Type) error {
	_, err := s.db.ExecContext(ctx, registerTaskTypes, pq.Array(types))
	return err
}
