package taskq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/jmoiron/sqlx"
)

// One task at a time is how most programs enqueue: prepared, it is one round trip, and PostgreSQL plans it once a
// connection.
const insertTask = `
	INSERT INTO tasks (id, task_type, priority, description, task_metadata, run_at, max_attempts, timeout_seconds,
	                   idempotency_key, created_by)
	VALUES ($1, $2, $3, $4, $5, coalesce($6, now()), $7, $8, $9, $10)
	ON CONFLICT (task_type, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
	RETURNING created_at, run_at`

// preparedInsert prepares insertTask when it is first used. database/sql prepares it anew on each connection, and closes it
// with the pool.
type preparedInsert struct {
	mu        sync.Mutex // protects statement
	statement *sqlx.Stmt
}

func (p *preparedInsert) on(ctx context.Context, db *sqlx.DB) (*sqlx.Stmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.statement == nil {
		statement, err := db.PreparexContext(ctx, insertTask)
		if err != nil {
			return nil, fmt.Errorf("preparing to insert a task: %w", err)
		}
		p.statement = statement
	}
	return p.statement, nil
}

// insertOne stores a row without dependencies.
func (s store) insertOne(ctx context.Context, row *newRow) (Enqueued, error) {
	statement, err := s.insert.on(ctx, s.db) //nolint:sqlclosecheck // kept for the next task; the pool's end closes it
	if err != nil {
		return Enqueued{}, err
	}
	return inserted(ctx, s.db, row, statement.QueryRowxContext(ctx, insertTaskArguments(&row.Task)...))
}

// insertOneTx does so in a transaction, unprepared: database/sql would prepare for each transaction anew.
func (s store) insertOneTx(ctx context.Context, tx *sqlx.Tx, row *newRow) (Enqueued, error) {
	return inserted(ctx, tx, row, tx.QueryRowxContext(ctx, insertTask, insertTaskArguments(&row.Task)...))
}

func insertTaskArguments(t *Task) []any {
	runAt := sql.NullTime{Time: t.RunAt, Valid: !t.RunAt.IsZero()}
	return []any{
		t.ID, string(t.Type), t.Priority, t.Description, string(t.Metadata), runAt,
		t.MaxAttempts, t.TimeoutSeconds, t.IdempotencyKey, t.CreatedBy,
	}
}

// inserted reads the answer of insertTask; there is none when the idempotency key is taken.
func inserted(ctx context.Context, q sqlx.QueryerContext, row *newRow, answer *sqlx.Row) (Enqueued, error) {
	t := &row.Task
	err := answer.Scan(&t.CreatedAt, &t.RunAt)
	switch {
	case err == nil:
		return Enqueued{Task: *t}, nil
	case !errors.Is(err, sql.ErrNoRows):
		return Enqueued{}, insertError(err)
	}
	existing, err := taskByKey(ctx, q, t.Type, *t.IdempotencyKey)
	return Enqueued{Task: existing, Duplicate: true}, err
}
