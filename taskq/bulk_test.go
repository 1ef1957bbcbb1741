package taskq_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

func (b *bench) enqueueMany(n int, of taskq.NewTask) []taskq.Enqueued {
	b.Helper()
	many := make([]taskq.NewTask, n)
	for i := range many {
		many[i] = of
	}
	enqueued, err := b.client.EnqueueMany(b.ctx, many)
	require.NoError(b, err)
	return enqueued
}

func (b *bench) count(f taskq.Filter) int {
	b.Helper()
	n, err := b.client.Count(b.ctx, f, 100_000)
	require.NoError(b, err)
	return n
}

func TestBulkOfAFewIsDoneAtOnce(t *testing.T) {
	b := setup(t)
	b.enqueueMany(3, taskq.NewTask{Type: typeA})
	b.enqueue(taskq.NewTask{Type: typeB})
	outcome, err := b.client.Bulk(b.ctx, taskq.Bulk{Action: taskq.ActionCancel, Filter: taskq.Filter{Types: []taskq.Type{typeA}}, By: "ann"})
	require.NoError(t, err)
	require.Nil(t, outcome.Task)
	require.Len(t, outcome.Changes, 3)
	require.Equal(t, 1, b.count(taskq.Filter{Statuses: []taskq.Status{taskq.Pending}}))
}

func TestBulkOfManyIsATaskOfItsOwn(t *testing.T) {
	b := setup(t)
	b.enqueueMany(1_000, taskq.NewTask{Type: typeA})
	b.enqueue(taskq.NewTask{Type: typeB})
	outcome, err := b.client.Bulk(b.ctx, taskq.Bulk{Action: taskq.ActionSetPriority, Priority: 7, Filter: taskq.Filter{Types: []taskq.Type{typeA}}, By: "ann"})
	require.NoError(t, err)
	require.NotNil(t, outcome.Task)
	late := b.enqueue(taskq.NewTask{Type: typeA, Description: "asked for later"})

	runner := newClient(t, b.db)
	runner.Handle("OTHER", nil) // a client that runs tasks runs bulk operations too
	b.start(runner)
	done := b.await(outcome.Task.ID, taskq.Completed)
	var result taskq.BulkResult
	require.NoError(t, json.Unmarshal(*done.Result, &result))
	require.Equal(t, taskq.BulkResult{Changed: 1_000}, result)
	require.Equal(t, 1_000, b.count(taskq.Filter{MinPriority: new(7), MaxPriority: new(7)}))
	require.Equal(t, 0, b.await(late.ID, taskq.Pending).Priority)
}

func TestBulkRefusesToSelectEverything(t *testing.T) {
	b := setup(t)
	var invalid *taskq.InvalidError
	_, err := b.client.Bulk(b.ctx, taskq.Bulk{Action: taskq.ActionDelete})
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "filter", invalid.Field)
	_, err = b.client.Bulk(b.ctx, taskq.Bulk{Action: "FLY", Filter: taskq.Filter{Search: "x"}})
	require.ErrorAs(t, err, &invalid)
	_, err = b.client.Bulk(b.ctx, taskq.Bulk{Action: taskq.ActionCancel, Filter: taskq.Filter{Types: []taskq.Type{}}})
	require.NoError(t, err, "an empty list selects nothing, and that is fine")
}
