package queue

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/db"
)

// What lies in a table already is put there directly, past the triggers: a million tasks in some seconds. Ids are v7, of
// the last hour.
const newRows = `
	SELECT i, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(i::text), 1, 3)
	               || '8' || substr(md5(i::text), 4, 15))::uuid AS id
	FROM generate_series(1, $1::int) AS i,
	     LATERAL (SELECT now() - interval '1 hour' + i * interval '1 hour' / $1::int AS at) AS moment`

const fillPending = `
	INSERT INTO tasks (id, task_type, created_at, run_at) SELECT id, 'NOOP', at, at FROM (` + newRows + `) n`

const fillScheduled = `
	INSERT INTO tasks (id, task_type, created_at, run_at) SELECT id, 'NOOP', at, at + interval '2 hours' FROM (` + newRows + `) n`

// fillBlocked has all wait for one, whose type nobody runs.
const fillBlocked = `
	WITH n AS MATERIALIZED (` + newRows + `),
	blocker AS (
	    INSERT INTO tasks (id, task_type) VALUES (gen_random_uuid(), 'BLOCKER') RETURNING id),
	blocked AS (
	    INSERT INTO tasks (id, task_type, created_at, run_at, blocked_by) SELECT id, 'NOOP', at, at, 1 FROM n)
	INSERT INTO task_dependencies (task_id, depends_on) SELECT n.id, blocker.id FROM n, blocker`

// fillCompleted adds the history too, since every transition adds to that table.
const fillCompleted = `
	WITH n AS MATERIALIZED (` + newRows + `),
	done AS (
	    INSERT INTO tasks (id, task_type, status, created_at, run_at, started_at, completed_at, progress, attempt, lease, version)
	    SELECT id, 'NOOP', 'COMPLETED', at, at, at, at, 100, 1, 1, 3 FROM n)
	INSERT INTO task_events (task_id, version, task_type, kind, from_status, to_status, attempt, actor, at)
	SELECT id, v, 'NOOP', 'TRANSITION', 'RUNNING', 'COMPLETED', 1, 'worker', at FROM n, generate_series(1, 3) AS v`

// fill runs one of these.
func (c *claimer) fill(ctx context.Context, statement string, rows int) error {
	database := c.peer.Database()
	err := db.WithTx(ctx, database.DB, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `ALTER TABLE tasks DISABLE TRIGGER USER`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, statement, rows); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `ALTER TABLE tasks ENABLE TRIGGER USER`)
		return err
	})
	if err != nil {
		return fmt.Errorf("filling the table: %w", err)
	}
	return database.Analyze(ctx)
}
