package taskq

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// selectIDs returns the next of the tasks that f selects after one id, up to another, in the order of ids.
func (s store) selectIDs(ctx context.Context, f *Filter, after, until uuid.UUID, limit int) ([]uuid.UUID, error) {
	where := f.where()
	where.add("id > %s", after)
	where.add("id <= %s", until)
	query := fmt.Sprintf(`SELECT id FROM tasks%s ORDER BY id LIMIT %d`, where, limit)
	var ids []uuid.UUID
	if err := s.db.SelectContext(ctx, &ids, query, where.args...); err != nil {
		return nil, fmt.Errorf("selecting tasks: %w", err)
	}
	return ids, nil
}

const selectNewestID = `SELECT id FROM tasks ORDER BY id DESC LIMIT 1`

func (s store) newestID(ctx context.Context) (uuid.UUID, error) {
	var id uuid.UUID
	if err := s.db.GetContext(ctx, &id, selectNewestID); err != nil {
		return uuid.Nil, fmt.Errorf("reading the newest task: %w", err)
	}
	return id, nil
}

const updatePlan = `UPDATE tasks SET task_metadata = $2, version = version + 1 WHERE id = $1`

// savePlan notes how far a bulk task is, in the transaction of its batch.
func savePlan(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, plan *bulkPlan) error {
	encoded, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("encoding the plan: %w", err)
	}
	if _, err := tx.ExecContext(ctx, updatePlan, id, string(encoded)); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}
