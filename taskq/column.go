package taskq

import (
	"database/sql"
	"fmt"
	"strings"
)

// taskColumnNames are those of the table, in the order in which [Page.Columns] are read: a newer schema may have more.
var taskColumnNames = strings.Fields(strings.ReplaceAll(taskColumns, ",", " "))

// columns returns which columns of the tasks a page has.
func (p *Page) columns() ([]string, error) {
	if p.Columns == nil {
		return taskColumnNames, nil
	}
	wanted := map[string]bool{"id": true}
	for _, name := range p.Columns {
		wanted[name] = true
	}
	columns := make([]string, 0, len(wanted))
	for _, name := range taskColumnNames {
		if wanted[name] {
			columns = append(columns, name)
		}
	}
	if len(columns) < len(wanted) {
		return nil, invalid("columns", "has one that tasks do not have")
	}
	return columns, nil
}

// taskScanner reads rows of tasks without the reflection that an unknown struct takes: lists are read more than anything.
type taskScanner struct {
	row          taskRow // of which the destinations are parts
	destinations []any
}

func newTaskScanner(columns []string, keyed bool) *taskScanner {
	s := &taskScanner{}
	for _, name := range columns {
		s.destinations = append(s.destinations, s.row.destination(name))
	}
	if keyed {
		s.destinations = append(s.destinations, &s.row.SortKey)
	}
	return s
}

func (s *taskScanner) all(rows *sql.Rows) ([]taskRow, error) {
	list := []taskRow{}
	for rows.Next() {
		s.row = taskRow{}
		if err := rows.Scan(s.destinations...); err != nil {
			return nil, err
		}
		s.row.SortID = s.row.ID
		list = append(list, s.row)
	}
	return list, nil
}

// destination returns what a column is scanned into.
func (t *taskRow) destination(column string) any { //nolint:cyclop // one case a column
	switch column {
	case "id":
		return &t.ID
	case "task_type":
		return (*string)(&t.Type)
	case "status":
		return (*string)(&t.Status)
	case "priority":
		return number[int]{&t.Priority}
	case "description":
		return &t.Description
	case "progress":
		return number[int]{&t.Progress}
	case "progress_message":
		return &t.ProgressMessage
	case "progress_at":
		return &t.ProgressAt
	case "error_message":
		return &t.ErrorMessage
	case "task_metadata":
		return (*[]byte)(&t.Metadata)
	case "result":
		return &t.Result
	case "created_at":
		return &t.CreatedAt
	case "created_by":
		return &t.CreatedBy
	case "run_at":
		return &t.RunAt
	case "started_at":
		return &t.StartedAt
	case "completed_at":
		return &t.CompletedAt
	case "cancel_requested_at":
		return &t.CancelRequestedAt
	case "attempt":
		return number[int]{&t.Attempt}
	case "max_attempts":
		return number[int]{&t.MaxAttempts}
	case "timeout_seconds":
		return &t.TimeoutSeconds
	case "blocked_by":
		return number[int]{&t.BlockedBy}
	case "idempotency_key":
		return &t.IdempotencyKey
	case "lease":
		return number[int64]{&t.Lease}
	case "worker_id":
		return &t.WorkerID
	case "version":
		return number[int64]{&t.Version}
	}
	panic("taskq: nothing to scan the column " + column + " into") // a test scans them all
}

// number scans a whole number that is not NULL; database/sql itself would make a text of it in between.
type number[T int | int64] struct{ to *T }

// Scan implements [sql.Scanner].
func (n number[T]) Scan(from any) error {
	value, ok := from.(int64)
	if !ok {
		return fmt.Errorf("%T is not a whole number", from)
	}
	*n.to = T(value)
	return nil
}
