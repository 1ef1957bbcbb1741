package taskq

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// conditions gathers the WHERE clause of a list together with its arguments.
type conditions struct {
	clauses []string
	args    []any
}

// add appends a clause in which %s stands for the argument.
func (c *conditions) add(clause string, arg any) {
	c.args = append(c.args, arg)
	c.clauses = append(c.clauses, fmt.Sprintf(clause, fmt.Sprintf("$%d", len(c.args))))
}

func (c *conditions) String() string {
	if len(c.clauses) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.clauses, " AND ")
}

// where says in SQL what matches says in Go.
func (f *Filter) where() *conditions {
	c := &conditions{}
	if f.IDs != nil {
		c.add("id = ANY (%s::uuid[])", pq.Array(f.IDs))
	}
	if f.Types != nil {
		c.add("task_type = ANY (%s::text[])", pq.Array(f.Types))
	}
	if f.Statuses != nil {
		c.add("status = ANY (%s::text[])", pq.Array(f.Statuses))
	}
	if f.MinPriority != nil {
		c.add("priority >= %s::bigint", *f.MinPriority)
	}
	if f.MaxPriority != nil {
		c.add("priority <= %s::bigint", *f.MaxPriority)
	}
	f.whereTimes(c)
	if words := f.words(); len(words) > 0 {
		c.add("description ILIKE ALL (%s::text[])", pq.Array(patterns(words)))
	}
	if f.Metadata != nil {
		c.add("task_metadata @> %s::jsonb", string(f.Metadata))
	}
	if f.CreatedBy != "" {
		c.add("created_by = %s", f.CreatedBy)
	}
	return c
}

func (f *Filter) whereTimes(c *conditions) {
	for _, bound := range []struct {
		clause string
		at     *time.Time
	}{
		{"created_at >= %s", f.CreatedFrom},
		{"created_at < %s", f.CreatedUntil},
		{"completed_at >= %s", f.CompletedFrom},
		{"completed_at < %s", f.CompletedUntil},
	} {
		if bound.at != nil {
			c.add(bound.clause, bound.at.Truncate(time.Microsecond))
		}
	}
}

// patterns turns words into LIKE patterns that find them anywhere.
func patterns(words []string) []string {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	escaped := make([]string, len(words))
	for i, word := range words {
		escaped[i] = "%" + escape.Replace(word) + "%"
	}
	return escaped
}

// orderKeys are what a list is ordered by, before the id. A task that has not ended comes after all that have.
var orderKeys = map[OrderField]string{
	ByCreated:   ``,
	ByCompleted: `coalesce(completed_at, 'infinity')`,
	ByPriority:  `priority::int`,
}

func (s store) listTasks(ctx context.Context, f *Filter, o Order, p *Page) (Slice[Task], error) {
	field := o.Field
	if field == "" {
		field = ByCreated
	}
	key, known := orderKeys[field]
	if !known {
		return Slice[Task]{}, invalid("orderBy", "has an unknown field")
	}
	list := keyset{table: "tasks", columns: taskColumns, key: key, id: "id", name: string(field), descending: !o.Ascending}
	rows, err := selectPage[taskRow](ctx, s, list, f.where(), p)
	return mapSlice(rows, func(r taskRow) Task { return r.Task }), err
}

// taskRow is a task with the value that its list is ordered by.
type taskRow struct {
	Task
	keyedRow
}

const countTasks = `SELECT count(*) FROM (SELECT FROM tasks%s LIMIT $%d) AS counted`

func (s store) countTasks(ctx context.Context, f *Filter, limit int) (int, error) {
	where := f.where()
	var n int
	query := fmt.Sprintf(countTasks, where, len(where.args)+1)
	if err := s.db.GetContext(ctx, &n, query, append(slices.Clone(where.args), limit)...); err != nil {
		return 0, fmt.Errorf("counting tasks: %w", err)
	}
	return n, nil
}

const eventColumns = `task_id, version, kind, from_status, to_status, attempt, actor, reason, error, at`

type eventRow struct {
	Event
	keyedRow
}

func (s store) listEvents(ctx context.Context, id uuid.UUID, p *Page) (Slice[Event], error) {
	where := &conditions{}
	where.add("task_id = %s", id)
	list := keyset{table: "task_events", columns: eventColumns, key: "version", id: "task_id", name: "VERSION"}
	rows, err := selectPage[eventRow](ctx, s, list, where, p)
	return mapSlice(rows, func(r eventRow) Event { return r.Event }), err
}

// The two directions of a dependency.
const (
	selectDependencies = "id IN (SELECT depends_on FROM task_dependencies WHERE task_id = %s)"
	selectDependents   = "id IN (SELECT task_id FROM task_dependencies WHERE depends_on = %s)"
)

func (s store) listRelated(ctx context.Context, id uuid.UUID, p *Page, direction string) (Slice[Task], error) {
	where := &conditions{}
	where.add(direction, id)
	list := keyset{table: "tasks", columns: taskColumns, id: "id", name: string(ByCreated)}
	rows, err := selectPage[taskRow](ctx, s, list, where, p)
	return mapSlice(rows, func(r taskRow) Task { return r.Task }), err
}
