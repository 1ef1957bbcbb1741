package taskq

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// MaxPageSize limits First and Last of a [Page].
const MaxPageSize = 100

// OrderField is what a list is ordered by.
type OrderField string

// The fields a list can be ordered by. Ties are broken by id, so every order is total.
const (
	ByCreated   OrderField = "CREATED_AT" // the order of ids
	ByCompleted OrderField = "COMPLETED_AT"
	ByPriority  OrderField = "PRIORITY"
)

// Order is the order of a list. The zero value is newest first.
type Order struct {
	Field     OrderField // empty: ByCreated
	Ascending bool
}

// Page asks for a part of a list: First items after After, or Last items before Before. Cursors come from [Slice.Cursor].
type Page struct {
	First  int // 1 to MaxPageSize; 0 with Last set
	Last   int
	After  string
	Before string

	// Columns are what to read of each task beside its id, by the names in the table tasks; the other fields are zero.
	// nil: all. Lists of other things are read whole.
	Columns []string
}

func (p *Page) validate() error {
	switch {
	case p.First > 0 && p.Last > 0:
		return invalid("first", "and last cannot both be given")
	case p.First <= 0 && p.Last <= 0:
		return invalid("first", "or last must be positive")
	case p.First > MaxPageSize || p.Last > MaxPageSize:
		return invalid("first", fmt.Sprintf("and last must be at most %d", MaxPageSize))
	}
	return nil
}

// size returns how many items are asked for.
func (p *Page) size() int { return p.First + p.Last }

// Slice is the part of a list that a [Page] asked for, in the list's order.
type Slice[T any] struct {
	Items       []T
	Cursors     []string // one an item, bound to the list's order
	HasNext     bool
	HasPrevious bool
}

// List returns the tasks that f selects. Its cursors stay valid while tasks come and go. Errors: [*InvalidError].
func (c *Client) List(ctx context.Context, f Filter, o Order, p Page) (Slice[Task], error) {
	if err := f.Validate(); err != nil {
		return Slice[Task]{}, err
	}
	return c.store.listTasks(ctx, &f, o, &p)
}

// Count returns how many tasks f selects, counting no further than limit: a result of limit means "limit or more".
func (c *Client) Count(ctx context.Context, f Filter, limit int) (int, error) {
	if err := f.Validate(); err != nil {
		return 0, err
	}
	return c.store.countTasks(ctx, &f, limit)
}

// Get returns a task. Errors: [ErrNotFound].
func (c *Client) Get(ctx context.Context, id uuid.UUID) (Task, error) {
	return c.store.task(ctx, id)
}

// GetMany returns those of these tasks that exist, in no order.
func (c *Client) GetMany(ctx context.Context, ids []uuid.UUID) ([]Task, error) {
	return c.store.tasksByID(ctx, ids)
}

// History returns what happened to a task, oldest first. Empty for a task that never was: events outlive their task.
func (c *Client) History(ctx context.Context, id uuid.UUID, p Page) (Slice[Event], error) {
	return c.store.listEvents(ctx, id, &p)
}

// DependsOn returns those of the tasks that a task waits or waited for that f selects, oldest first. Errors:
// [*InvalidError].
func (c *Client) DependsOn(ctx context.Context, id uuid.UUID, f Filter, p Page) (Slice[Task], error) {
	return c.listRelated(ctx, id, f, p, selectDependencies)
}

// Dependents returns those of the tasks that wait or waited for a task that f selects, oldest first. Errors:
// [*InvalidError].
func (c *Client) Dependents(ctx context.Context, id uuid.UUID, f Filter, p Page) (Slice[Task], error) {
	return c.listRelated(ctx, id, f, p, selectDependents)
}

func (c *Client) listRelated(ctx context.Context, id uuid.UUID, f Filter, p Page, direction string) (Slice[Task], error) {
	if err := f.Validate(); err != nil {
		return Slice[Task]{}, err
	}
	return c.store.listRelated(ctx, id, &f, &p, direction)
}
