package taskq

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// MaxEnqueue limits the tasks of one call of [Client.EnqueueMany]. More go in several calls.
const MaxEnqueue = 10_000

// Enqueue stores a task. It is durable when Enqueue returns. Errors: [*InvalidError].
func (c *Client) Enqueue(ctx context.Context, n NewTask) (Enqueued, error) {
	many, err := c.EnqueueMany(ctx, []NewTask{n})
	return first(many), err
}

// EnqueueTx stores a task in the caller's transaction: it exists, and runs, only if that commits. Errors:
// [*InvalidError], after which the transaction can go on, unless it says that the id is another task's.
func (c *Client) EnqueueTx(ctx context.Context, tx *sqlx.Tx, n NewTask) (Enqueued, error) {
	many, err := c.EnqueueManyTx(ctx, tx, []NewTask{n})
	return first(many), err
}

// EnqueueMany stores tasks, all or none, in the order given. Errors: [*InvalidError].
func (c *Client) EnqueueMany(ctx context.Context, many []NewTask) ([]Enqueued, error) {
	rows, err := newRows(many)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	switch {
	case len(rows) == 1 && !hasDependencies(rows):
		enqueued, err := c.store.insertOne(ctx, &rows[0])
		return oneOrNone(enqueued, err)
	case !hasDependencies(rows):
		return c.store.insertMany(ctx, rows)
	}
	var enqueued []Enqueued
	err = c.store.inTx(ctx, func(tx *sqlx.Tx) (err error) {
		enqueued, err = c.store.insertDependentTasks(ctx, tx, rows)
		return err
	})
	return enqueued, err
}

// EnqueueManyTx is EnqueueMany in the caller's transaction.
func (c *Client) EnqueueManyTx(ctx context.Context, tx *sqlx.Tx, many []NewTask) ([]Enqueued, error) {
	rows, err := newRows(many)
	switch {
	case err != nil || len(rows) == 0:
		return nil, err
	case hasDependencies(rows):
		return c.store.insertDependentTasks(ctx, tx, rows)
	case len(rows) == 1:
		enqueued, err := c.store.insertOneTx(ctx, tx, &rows[0])
		return oneOrNone(enqueued, err)
	default:
		return c.store.insertTasks(ctx, tx, rows)
	}
}

func oneOrNone(e Enqueued, err error) ([]Enqueued, error) {
	if err != nil {
		return nil, err
	}
	return []Enqueued{e}, nil
}

func first(many []Enqueued) Enqueued {
	if len(many) == 0 {
		return Enqueued{}
	}
	return many[0]
}

// newRow is a new task, checked and encoded.
type newRow struct {
	Task
	dependsOn []Dependency
}

func newRows(many []NewTask) ([]newRow, error) {
	if len(many) > MaxEnqueue {
		return nil, invalid("tasks", fmt.Sprintf("must be at most %d", MaxEnqueue))
	}
	rows := make([]newRow, len(many))
	for i := range many {
		row, err := newRowOf(&many[i])
		if err != nil {
			return nil, &BatchError{i, err}
		}
		rows[i] = row
	}
	return rows, checkCycles(rows)
}

func newRowOf(n *NewTask) (newRow, error) {
	if err := n.validate(); err != nil {
		return newRow{}, err
	}
	metadata, err := encodeMetadata(n.Metadata)
	if err != nil {
		return newRow{}, err
	}
	id := n.ID
	if id == uuid.Nil {
		if id, err = uuid.NewV7(); err != nil {
			return newRow{}, fmt.Errorf("making an id: %w", err)
		}
	}
	row := newRow{Task: Task{
		ID: id, Type: n.Type, Status: Pending, Priority: n.Priority, Description: n.Description, Metadata: metadata,
		RunAt: n.RunAt, MaxAttempts: n.MaxAttempts, TimeoutSeconds: seconds(n.Timeout),
		IdempotencyKey: optional(n.IdempotencyKey), CreatedBy: optional(n.CreatedBy), Version: 1,
	}}
	if row.MaxAttempts == 0 {
		row.MaxAttempts = DefaultMaxAttempts
	}
	row.dependsOn, err = checkDependencies(id, n.DependsOn)
	row.BlockedBy = len(row.dependsOn)
	return row, err
}

// checkDependencies returns them with their defaults filled in and repetitions left out.
func checkDependencies(id uuid.UUID, list []Dependency) ([]Dependency, error) {
	var kept []Dependency
	seen := map[uuid.UUID]bool{}
	for _, d := range list {
		switch {
		case d.TaskID == id:
			return nil, invalid("dependsOn", "must not name the task itself")
		case d.OnFailure == "":
			d.OnFailure = CancelDependent
		case d.OnFailure != CancelDependent && d.OnFailure != RunDependent:
			return nil, invalid("dependsOn", "must have CANCEL or RUN as what to do on failure")
		}
		if !seen[d.TaskID] {
			seen[d.TaskID] = true
			kept = append(kept, d)
		}
	}
	return kept, nil
}

// checkCycles refuses a batch whose tasks wait for one another. Only new tasks can: an existing one depends on none of them.
func checkCycles(rows []newRow) error {
	if !hasDependencies(rows) {
		return nil
	}
	index, err := indexOf(rows)
	if err != nil {
		return err
	}
	dependents, waits := make([][]int, len(rows)), make([]int, len(rows))
	for i := range rows {
		for _, d := range rows[i].dependsOn {
			if on, ok := index[d.TaskID]; ok && index[rows[i].ID] == i {
				dependents[on] = append(dependents[on], i)
				waits[i]++
			}
		}
	}
	if sortedCount(dependents, waits) < len(rows) {
		return invalid("dependsOn", "must not form a cycle")
	}
	return nil
}

// indexOf returns which row of the batch each id stands for: where several have one idempotency key, the first one.
func indexOf(rows []newRow) (map[uuid.UUID]int, error) {
	type key struct{ of, name string }
	index, byKey := map[uuid.UUID]int{}, map[key]int{}
	for i := range rows {
		if _, known := index[rows[i].ID]; known {
			return nil, &BatchError{i, invalid("id", "must be unique in the batch")}
		}
		index[rows[i].ID] = i
		if rows[i].IdempotencyKey == nil {
			continue
		}
		k := key{string(rows[i].Type), *rows[i].IdempotencyKey}
		if first, known := byKey[k]; known {
			index[rows[i].ID] = first
		} else {
			byKey[k] = i
		}
	}
	return index, nil
}

// sortedCount returns how many rows a topological sort reaches (Kahn's algorithm): all, unless there is a cycle.
func sortedCount(dependents [][]int, waits []int) int {
	var ready []int
	for i, n := range waits {
		if n == 0 {
			ready = append(ready, i)
		}
	}
	reached := 0
	for ; len(ready) > 0; reached++ {
		next := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, i := range dependents[next] {
			if waits[i]--; waits[i] == 0 {
				ready = append(ready, i)
			}
		}
	}
	return reached
}

func hasDependencies(rows []newRow) bool {
	for i := range rows {
		if len(rows[i].dependsOn) > 0 {
			return true
		}
	}
	return false
}

func seconds(d time.Duration) *int {
	if d == 0 {
		return nil
	}
	n := int(math.Ceil(d.Seconds()))
	return &n
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
