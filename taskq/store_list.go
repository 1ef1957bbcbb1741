package taskq

import (
	"context"
	"fmt"
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
	c.clauses = append(c.clauses, fmt.Sprintf(clause, c.arg(arg)))
}

// arg returns what stands for an argument.
func (c *conditions) arg(arg any) string {
	c.args = append(c.args, arg)
	return fmt.Sprintf("$%d", len(c.args))
}

func (c *conditions) String() string {
	return whereAll(c.clauses)
}

func whereAll(clauses []string) string {
	if len(clauses) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(clauses, " AND ")
}

// where says in SQL what matches says in Go.
func (f *Filter) where() *conditions {
	c := f.whereOthers()
	c.clauses = append(c.clauses, f.whereType(c)...)
	if f.Statuses != nil {
		c.add("status = ANY (%s::text[])", pq.Array(f.Statuses))
	}
	return c
}

// whereType says which types are selected.
func (f *Filter) whereType(c *conditions) []string {
	if f.Types == nil {
		return nil
	}
	return []string{"task_type = ANY (" + c.arg(pq.Array(f.Types)) + "::text[])"}
}

// whereStatus names the statuses, which are known words, so that the planner can tell which index has them.
func whereStatus(statuses []Status) string {
	words := make([]string, len(statuses))
	for i, status := range statuses {
		words[i] = pq.QuoteLiteral(string(status))
	}
	if len(words) == 0 {
		return "false"
	}
	return "status IN (" + strings.Join(words, ", ") + ")"
}

// whereOthers says the rest.
func (f *Filter) whereOthers() *conditions {
	c := &conditions{}
	if f.IDs != nil {
		c.add("id = ANY (%s::uuid[])", pq.Array(f.IDs))
	}
	if f.MinPriority != nil {
		c.add("priority >= %s::bigint", *f.MinPriority)
	}
	if f.MaxPriority != nil {
		c.add("priority <= %s::bigint", *f.MaxPriority)
	}
	f.whereTimes(c)
	for _, pattern := range patterns(f.words()) { // each by itself: an index that the operator adds finds no array of them
		c.add("description ILIKE %s", pattern)
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

// orderKeys are what a list is ordered by, before the id. Most tasks have no priority of their own, and one that has not
// ended comes after all that have.
var orderKeys = map[OrderField]sortKey{
	ByCreated:   {},
	ByCompleted: {sql: `coalesce(completed_at, 'infinity')`, column: `completed_at`, cast: `timestamptz`, otherwise: `infinity`},
	ByPriority:  {sql: `priority`, column: `priority`, cast: `smallint`, otherwise: `0`},
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
	list, where := f.list(field, key, !o.Ascending)
	return s.selectTasks(ctx, list, where, p)
}

func (s store) selectTasks(ctx context.Context, list keyset, where *conditions, p *Page) (Slice[Task], error) {
	columns, err := p.columns()
	if err != nil {
		return Slice[Task]{}, err
	}
	list.columns = strings.Join(columns, ", ")
	rows, err := selectPage(ctx, s, list, where, p, newTaskScanner(columns, list.key.sql != "").all)
	return mapSlice(rows, func(r taskRow) Task { return r.Task }), err
}

func (f *Filter) list(field OrderField, key sortKey, descending bool) (keyset, *conditions) {
	where := f.whereOthers()
	return keyset{
		table: "tasks", columns: taskColumns, key: key, id: "id", name: string(field), descending: descending,
		scope: f.fingerprint(), parts: f.parts(field, where),
	}, where
}

// taskRow is a task with the value that its list is ordered by.
type taskRow struct {
	Task
	keyedRow
}

const countFormat = `SELECT count(*) FROM (SELECT FROM (%s) AS parts LIMIT %d) AS counted`

func (s store) countTasks(ctx context.Context, f *Filter, limit int) (int, error) {
	query, args := f.count(limit)
	var n int
	if err := s.reads.GetContext(ctx, &n, query, args...); err != nil {
		return 0, fmt.Errorf("counting tasks: %w", err)
	}
	return n, nil
}

func (f *Filter) count(limit int) (query string, args []any) {
	list, where := f.list(ByCreated, sortKey{}, false)
	selects := make([]string, len(list.parts))
	for i, part := range list.parts {
		selects[i] = list.read(part, "1", where.clauses, "", limit)
	}
	return fmt.Sprintf(countFormat, strings.Join(selects, " UNION ALL "), limit), where.args
}

const eventColumns = `task_id, version, kind, from_status, to_status, attempt, concat_ws(':', actor, worker_id) AS actor, reason, error, at`

type eventRow struct {
	Event
	keyedRow
}

func (s store) listEvents(ctx context.Context, id uuid.UUID, p *Page) (Slice[Event], error) {
	where := &conditions{}
	where.add("task_id = %s", id)
	list := keyset{table: "task_events", columns: eventColumns + ", task_id AS sort_id", key: sortKey{sql: "version", column: "version", cast: "bigint"}, id: "task_id", name: "VERSION", scope: id.String()}
	rows, err := selectPage(ctx, s, list, where, p, scanAll[eventRow])
	return mapSlice(rows, func(r eventRow) Event { return r.Event }), err
}

// The two directions of a dependency.
const (
	selectDependencies = "id IN (SELECT depends_on FROM task_dependencies WHERE task_id = %s)"
	selectDependents   = "id IN (SELECT task_id FROM task_dependencies WHERE depends_on = %s)"
)

func (s store) listRelated(ctx context.Context, id uuid.UUID, f *Filter, p *Page, direction string) (Slice[Task], error) {
	where := f.where()
	where.add(direction, id)
	list := keyset{table: "tasks", columns: taskColumns, id: "id", name: string(ByCreated), scope: direction + id.String()}
	return s.selectTasks(ctx, list, where, p)
}
