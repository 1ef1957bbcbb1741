package product

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

const forgetEffects = `
DELETE FROM product_task_effects e
WHERE NOT EXISTS (
    SELECT 1
    FROM tasks t
    WHERE t.id = e.task_id
      AND t.status <> 'COMPLETED')`

// forgetEffects drops the records of tasks that can't run again.
func (s store) forgetEffects(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, forgetEffects); err != nil {
		return fmt.Errorf("forget completed tasks: %w", err)
	}
	return nil
}

const selectEffect = `
SELECT done, result
FROM product_task_effects
WHERE task_id = $1`

// loadEffect reads into result what earlier attempts at a task did, and returns how far they came; 0 when they did nothing.
func loadEffect(ctx context.Context, q sqlx.QueryerContext, taskID uuid.UUID, result any) (done int, err error) {
	var encoded []byte
	err = q.QueryRowxContext(ctx, selectEffect, taskID).Scan(&done, &encoded)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err == nil {
		err = json.Unmarshal(encoded, result)
	}
	if err != nil {
		return 0, fmt.Errorf("read what earlier attempts did: %w", err)
	}
	return done, nil
}

const upsertEffect = `
INSERT INTO product_task_effects (task_id, done, result)
VALUES ($1, $2, $3)
ON CONFLICT (task_id) DO UPDATE
SET done = EXCLUDED.done,
    result = EXCLUDED.result`

// saveEffect records, in the transaction of the work itself, how far a task is.
func saveEffect(ctx context.Context, tx *sqlx.Tx, taskID uuid.UUID, done int, result any) error {
	encoded, err := json.Marshal(result)
	if err == nil {
		_, err = tx.ExecContext(ctx, upsertEffect, taskID, done, encoded)
	}
	if err != nil {
		return fmt.Errorf("record what the task did: %w", err)
	}
	return nil
}
