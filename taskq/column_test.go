package taskq_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

func TestListsReadTheColumnsThatAreAskedFor(t *testing.T) {
	b := setup(t)
	task := b.enqueue(taskq.NewTask{Type: typeA, Description: "one", Priority: 3, Metadata: json.RawMessage(`{"a": 1}`)})
	for _, c := range []struct {
		columns []string
		want    taskq.Task
	}{
		{nil, task},
		{[]string{}, taskq.Task{}},
		{[]string{"priority", "task_metadata"}, taskq.Task{Priority: 3, Metadata: task.Metadata}},
	} {
		page := taskq.Page{First: 1, Columns: c.columns}
		for _, order := range []taskq.OrderField{taskq.ByCreated, taskq.ByPriority, taskq.ByCompleted} {
			list, err := b.client.List(b.ctx, taskq.Filter{}, taskq.Order{Field: order}, page)
			require.NoError(t, err)
			require.Len(t, list.Items, 1)
			require.Equal(t, c.want.Description, list.Items[0].Description)
			require.Equal(t, c.want.Priority, list.Items[0].Priority)
			require.Equal(t, len(c.want.Metadata) > 0, len(list.Items[0].Metadata) > 0)
			require.Equal(t, task.ID, list.Items[0].ID)
		}
	}
	for _, unknown := range []string{"", "nothing", "id; DROP TABLE tasks", "lease, version"} {
		_, err := b.client.List(b.ctx, taskq.Filter{}, taskq.Order{}, taskq.Page{First: 1, Columns: []string{unknown}})
		invalid := (*taskq.InvalidError)(nil)
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, "columns", invalid.Field)
	}
}

// More lists are asked for than are kept prepared, and all of them by many at once.
func TestAnyNumberOfListsIsPrepared(t *testing.T) {
	b := setup(t)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	done := make(chan error)
	const readers = 4
	for range readers {
		go func() {
			var failed error
			for first := 1; first <= taskq.MaxPageSize && failed == nil; first++ {
				list, err := b.client.List(b.ctx, taskq.Filter{}, taskq.Order{}, taskq.Page{First: first})
				if failed = err; err == nil && (len(list.Items) != 1 || list.Items[0].ID != task.ID) {
					failed = taskq.ErrNotFound
				}
			}
			done <- failed
		}()
	}
	for range readers {
		require.NoError(t, <-done)
	}
}
