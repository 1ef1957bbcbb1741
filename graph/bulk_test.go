package graph_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

type bulkPayload struct {
	AffectedCount int
	Results       []struct {
		ID, Outcome string
		Message     *string
		Task        *struct{ Status string }
	}
	UserErrors []userError
}

const bulkFields = `{ affectedCount results { id outcome message task { status } } userErrors { field message } }`

// operate runs a bulk mutation on these tasks, with more of its input.
func (b *bench) operate(field, input string, ids ...string) bulkPayload {
	b.Helper()
	return query[struct{ Bulk bulkPayload }](b, `mutation ($ids: [ID!]!) { bulk: `+field+`(input: {ids: $ids `+input+`}) `+bulkFields+` }`,
		map[string]any{"ids": append([]string{}, ids...)}).Bulk
}

// operateBy runs one on what the input says alone.
func (b *bench) operateBy(field, input string) bulkPayload {
	b.Helper()
	return query[struct{ Bulk bulkPayload }](b, `mutation { bulk: `+field+`(input: {`+input+`}) `+bulkFields+` }`, nil).Bulk
}

func TestTasksAreOperated(t *testing.T) {
	b := setup(t, map[taskq.Type]taskq.Handler{
		update: func(context.Context, *taskq.Attempt) error { return taskq.Fail(errors.New("no such product")) },
	})
	failed := b.create(map[string]any{"type": update})
	b.awaitStatus(failed, "FAILED")
	waiting := b.create(map[string]any{"type": embed})

	cancelled := b.operate("cancelTasks", `reason: "enough"`, waiting, "nonsense", failed, waiting)
	require.Equal(t, 1, cancelled.AffectedCount)
	require.Len(t, cancelled.Results, 3, "every task once")
	require.Equal(t, "CHANGED", cancelled.Results[0].Outcome)
	require.Equal(t, "CANCELLED", cancelled.Results[0].Task.Status)
	require.Equal(t, "MISSING", cancelled.Results[1].Outcome)
	require.Equal(t, "REFUSED", cancelled.Results[2].Outcome)
	require.Contains(t, *cancelled.Results[2].Message, "FAILED")

	require.Equal(t, "CHANGED", b.operate("retryTasks", ``, waiting).Results[0].Outcome)
	require.Equal(t, "CHANGED", b.operate("setTaskPriority", `priority: 9`, waiting).Results[0].Outcome)
	require.Equal(t, "UNCHANGED", b.operate("setTaskPriority", `priority: 9`, waiting).Results[0].Outcome)
	require.Equal(t, "REFUSED", b.operate("deleteTasks", ``, waiting).Results[0].Outcome)
	deleted := b.operate("deleteTasks", ``, failed)
	require.Equal(t, "CHANGED", deleted.Results[0].Outcome)
	require.Nil(t, deleted.Results[0].Task)
	require.Equal(t, "MISSING", b.operate("retryTasks", ``, failed, "also not there").Results[0].Outcome)

	require.Empty(t, b.operate("cancelTasks", ``).Results, "nothing is selected")
	require.Len(t, b.operate("setTaskPriority", `priority: 1000`, waiting).UserErrors, 1)
	require.Len(t, b.operate("cancelTasks", ``, manyIDs(300)...).UserErrors, 1)
	require.Len(t, b.operate("cancelTasks", `filter: {}`, waiting).UserErrors, 1, "ids and a filter")

	require.Len(t, b.operateBy("deleteTasks", `filter: {}`).UserErrors, 1, "that would be all")
	require.Len(t, b.operateBy("deleteTasks", `reason: "neither"`).UserErrors, 1)
	filtered := b.operateBy("cancelTasks", `filter: {types: [EMBEDDING_GENERATION]}`)
	require.Equal(t, 1, filtered.AffectedCount)
	require.Equal(t, waiting, filtered.Results[0].ID)
}

// manyIDs are ids of tasks that do not exist.
func manyIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	return ids
}
