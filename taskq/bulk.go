package taskq

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// BulkType is the type of the tasks that carry out a [Bulk] on more than [MaxSelection] tasks. Every client that runs
// tasks has its handler.
const BulkType = Type("BULK_OPERATION")

// Action is what a [Bulk] does to each task.
type Action string

// The actions; see the methods of [Client] of these names.
const (
	ActionCancel      Action = "CANCEL"
	ActionRetry       Action = "RETRY"
	ActionSetPriority Action = "SET_PRIORITY"
	ActionDelete      Action = "DELETE"
)

// Bulk is an action on all tasks that a filter selects.
type Bulk struct {
	Action   Action `json:"action"`
	Filter   Filter `json:"filter"`   // must select less than everything
	Priority int    `json:"priority"` // for SET_PRIORITY
	By       string `json:"by"`       // the principal
	Reason   string `json:"reason"`
}

// BulkOutcome is what became of a [Bulk]: of at most MaxSelection tasks the changes, of more the task that makes them.
type BulkOutcome struct {
	Changes []Change
	Task    *Task
}

// BulkResult is the result of a task of BulkType.
type BulkResult struct {
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
}

// Bulk acts on all tasks that the filter selects now. At most [MaxSelection] are changed before it returns; more are
// changed by a task of [BulkType], whose progress can be watched and which can be cancelled. [Client.Count] tells
// beforehand how many there are. Errors: [*InvalidError], for an empty filter too.
func (c *Client) Bulk(ctx context.Context, b Bulk) (BulkOutcome, error) {
	op, err := b.operation()
	if err != nil {
		return BulkOutcome{}, err
	}
	if err := validateReason(b.By, b.Reason); err != nil {
		return BulkOutcome{}, err
	}
	if b.Filter.IsEmpty() {
		return BulkOutcome{}, invalid("filter", "must not be empty: it would select every task")
	}
	if err := b.Filter.Validate(); err != nil {
		return BulkOutcome{}, err
	}
	ids, err := c.store.selectIDs(ctx, &b.Filter, uuid.Nil, uuid.Max, MaxSelection+1)
	switch {
	case err != nil:
		return BulkOutcome{}, err
	case len(ids) == 0:
		return BulkOutcome{Changes: []Change{}}, nil
	case len(ids) <= MaxSelection:
		changes, err := c.operate(ctx, ids, b.By, b.Reason, op)
		return BulkOutcome{Changes: changes}, err
	}
	return c.enqueueBulk(ctx, &b)
}

func (b *Bulk) operation() (operation, error) {
	switch b.Action {
	case ActionCancel:
		return cancelTasks, nil
	case ActionRetry:
		return retryTasks, nil
	case ActionDelete:
		return deleteTasks, nil
	case ActionSetPriority:
		return setPriority(b.Priority), validatePriority(b.Priority)
	default:
		return operation{}, invalid("action", "must be CANCEL, RETRY, SET_PRIORITY or DELETE")
	}
}

// bulkPlan is the metadata of a bulk task: what to do, on which of the tasks that were there when it was asked, and how
// far it is, written with each batch, so that a crash neither repeats nor loses count of any.
type bulkPlan struct {
	Bulk  Bulk       `json:"bulk"`
	Until uuid.UUID  `json:"until"` // the newest task that is meant
	Total int        `json:"total"` // how many there were; capped at maxBulkCount
	After uuid.UUID  `json:"after"` // done up to here
	Sofar BulkResult `json:"sofar"`
}

// maxBulkCount limits how far the tasks of a bulk are counted beforehand.
const maxBulkCount = 1_000_000

func (c *Client) enqueueBulk(ctx context.Context, b *Bulk) (BulkOutcome, error) {
	until, err := c.store.newestID(ctx)
	if err != nil {
		return BulkOutcome{}, err
	}
	total, err := c.Count(ctx, b.Filter, maxBulkCount)
	if err != nil {
		return BulkOutcome{}, err
	}
	enqueued, err := c.Enqueue(ctx, NewTask{
		Type: BulkType, Description: fmt.Sprintf("%s %d tasks", bulkVerbs[b.Action], total),
		Metadata: bulkPlan{Bulk: *b, Until: until, Total: total}, Priority: MaxPriority, CreatedBy: b.By,
	})
	if err != nil {
		return BulkOutcome{}, err
	}
	return BulkOutcome{Task: &enqueued.Task}, nil
}

var bulkVerbs = map[Action]string{
	ActionCancel: "Cancel", ActionRetry: "Retry", ActionSetPriority: "Change the priority of", ActionDelete: "Delete",
}

// runBulk is the handler of BulkType. Each batch is one transaction, fenced by the lease.
func (c *Client) runBulk(ctx context.Context, task *Attempt) error {
	var plan bulkPlan
	if err := json.Unmarshal(task.Metadata, &plan); err != nil {
		return Fail(fmt.Errorf("the plan of this operation cannot be read: %w", err))
	}
	op, err := plan.Bulk.operation()
	if err != nil {
		return Fail(err)
	}
	phases := task.Phases(Phase{Name: bulkVerbs[plan.Bulk.Action], Weight: 1})
	for {
		ids, err := c.store.selectIDs(ctx, &plan.Bulk.Filter, plan.After, plan.Until, MaxSelection)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return task.SetResult(plan.Sofar)
		}
		err = task.Tx(ctx, func(tx *sqlx.Tx) error { return c.bulkBatch(ctx, tx, task.ID, &plan, op, ids) })
		if err != nil {
			return err
		}
		phases.Report(int64(plan.Sofar.sum()), int64(plan.Total), "tasks")
	}
}

func (c *Client) bulkBatch(ctx context.Context, tx *sqlx.Tx, task uuid.UUID, plan *bulkPlan, op operation, ids []uuid.UUID) error {
	changes, err := operateTx(ctx, tx, ids, plan.Bulk.By, plan.Bulk.Reason, op)
	if err != nil {
		return err
	}
	next := *plan
	next.After = ids[len(ids)-1]
	for _, change := range changes {
		next.Sofar.count(change.Outcome)
	}
	if err := savePlan(ctx, tx, task, &next); err != nil {
		return err
	}
	*plan = next
	return nil
}

func (r *BulkResult) sum() int { return r.Changed + r.Unchanged + r.Refused }

func (r *BulkResult) count(o Outcome) {
	switch o {
	case Changed:
		r.Changed++
	case Unchanged:
		r.Unchanged++
	case Refused, Missing:
		r.Refused++
	}
}
