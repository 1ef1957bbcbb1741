package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type batchPayload struct {
	Tasks []struct {
		ID, Description string
		WaitingFor      *string
		DependsOn       page
		Dependents      page
	}
	UserErrors []userError
}

func (b *bench) createBatch(tasks ...map[string]any) batchPayload {
	b.Helper()
	return query[struct{ CreateTasks batchPayload }](b, `mutation ($input: CreateTasksInput!) { createTasks(input: $input) {
		tasks { id description waitingFor dependsOn `+pageFields+` dependents `+pageFields+` }
		userErrors { code field message } } }`, map[string]any{"input": map[string]any{"tasks": tasks}}).CreateTasks
}

// after are dependencies on tasks of the same batch.
func after(refs ...string) []map[string]any {
	var list []map[string]any
	for _, ref := range refs {
		list = append(list, map[string]any{"clientRef": ref})
	}
	return list
}

func TestBatchOfTasksThatDependOnEachOther(t *testing.T) {
	b := setup(t, nil)
	made := b.createBatch(
		map[string]any{"type": embed, "description": "last", "clientRef": "c", "dependsOn": after("a", "b")},
		map[string]any{"type": embed, "description": "one", "clientRef": "a"},
		map[string]any{"type": embed, "description": "two", "clientRef": "b"},
	)
	require.Empty(t, made.UserErrors)
	require.Equal(t, "BLOCKED", *made.Tasks[0].WaitingFor)
	require.Equal(t, "READY", *made.Tasks[1].WaitingFor)
	require.Equal(t, []string{"one", "two"}, made.Tasks[0].DependsOn.descriptions())
	require.Equal(t, 2, made.Tasks[0].DependsOn.TotalCount)
	require.Equal(t, []string{"last"}, made.Tasks[2].Dependents.descriptions())
}

func TestBatchesThatCannotBeAreRefused(t *testing.T) {
	b := setup(t, nil)
	b.createBatch(map[string]any{"type": embed}, map[string]any{"type": embed}, map[string]any{"type": embed})
	type batch []map[string]any
	for name, refused := range map[string]struct {
		tasks batch
		field string
		found bool
	}{
		"a cycle": {
			batch{{"type": embed, "clientRef": "a", "dependsOn": after("b")}, {"type": embed, "clientRef": "b", "dependsOn": after("a")}},
			"dependsOn", true,
		},
		"an unknown reference":     {batch{{"type": embed, "dependsOn": after("z")}}, "clientRef", false},
		"a reference used twice":   {batch{{"type": embed, "clientRef": "a"}, {"type": embed, "clientRef": "a"}}, "clientRef", true},
		"neither id nor reference": {batch{{"type": embed, "dependsOn": []map[string]any{{}}}}, "0", true},
		"a task that is not there": {batch{{"type": embed, "dependsOn": []map[string]any{{"id": "VAAAAAAAAAAAAAAAAAAAAAA"}}}}, "dependsOn", false},
		"a priority out of range":  {batch{{"type": embed, "priority": 101}}, "priority", true},
	} {
		got := b.createBatch(refused.tasks...)
		require.Empty(t, got.Tasks, name)
		require.Len(t, got.UserErrors, 1, name)
		require.Equal(t, refused.found, got.UserErrors[0].Code != "NOT_FOUND", name)
		require.Equal(t, "input", got.UserErrors[0].Field[0], name)
		require.Equal(t, refused.field, got.UserErrors[0].Field[len(got.UserErrors[0].Field)-1], name)
	}
	require.Equal(t, 3, b.page(`first: 1`).TotalCount, "a refused batch leaves nothing behind")
}

func TestFaultyTaskOfABatchIsNamed(t *testing.T) {
	b := setup(t, nil)
	good := map[string]any{"type": embed, "description": "good"}
	for field, faulty := range map[string]map[string]any{
		"priority":       {"type": embed, "description": "", "priority": 101},
		"description":    {"type": embed, "description": strings.Repeat("x", 2_001)},
		"timeoutSeconds": {"type": embed, "description": "", "timeoutSeconds": 1 << 29},
		"metadata":       {"type": embed, "description": "", "metadata": []any{}},
		"dependsOn":      {"type": embed, "description": "", "dependsOn": []map[string]any{{"id": "VAAAAAAAAAAAAAAAAAAAAAA"}}},
	} {
		got := query[struct {
			CreateTasks struct{ UserErrors []userError }
		}](b, `mutation ($input: CreateTasksInput!) { createTasks(input: $input) { userErrors { code field message } } }`,
			map[string]any{"input": map[string]any{"tasks": []any{good, good, faulty}}}).CreateTasks
		require.Len(t, got.UserErrors, 1, field)
		require.Equal(t, []string{"input", "tasks", "2", field}, got.UserErrors[0].Field)
		require.Equal(t, field == "dependsOn", got.UserErrors[0].Code == "NOT_FOUND", field)
	}
}

func TestSameKeyIsTheSameTask(t *testing.T) {
	b := setup(t, nil)
	const mutation = `mutation { createTask(input: {type: DATA_IMPORT, idempotencyKey: "k"}) { task { id } duplicate } }`
	type result struct {
		CreateTask struct {
			Task      struct{ ID string }
			Duplicate bool
		}
	}
	first, again := query[result](b, mutation, nil).CreateTask, query[result](b, mutation, nil).CreateTask
	require.False(t, first.Duplicate)
	require.True(t, again.Duplicate)
	require.Equal(t, first.Task, again.Task)
}
