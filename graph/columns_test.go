package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

const imports = taskq.Type("DATA_IMPORT")

// Each field of a task must be the same whether it is asked for alone or with all others: the list reads no more than it needs.
func TestFieldsOfListedTasksAreTheSameAloneAndTogether(t *testing.T) {
	b := setup(t, map[taskq.Type]taskq.Handler{
		embed: func(ctx context.Context, attempt *taskq.Attempt) error {
			attempt.Progress(40, "Embedding")
			<-ctx.Done()
			return ctx.Err()
		},
		update: func(_ context.Context, attempt *taskq.Attempt) error {
			return attempt.SetResult(map[string]int{"changed": 3})
		},
	})
	running := b.create(map[string]any{"type": embed, "description": "busy", "timeoutSeconds": 600, "metadata": map[string]any{"a": 1}})
	b.create(map[string]any{"type": imports, "description": "waits", "dependsOn": []any{map[string]any{"id": running}}, "priority": 7, "maxAttempts": 3})
	b.create(map[string]any{"type": imports, "description": "later", "scheduledAt": "2100-01-01T00:00:00Z"})
	b.awaitStatus(b.create(map[string]any{"type": update}), "COMPLETED")
	require.Eventually(b, func() bool { return string(b.taskFields("nodes { progress }")[3]["progress"]) == "40" }, patience, pollInterval)

	fields, all := fieldsOfTasks(t), ""
	for name, text := range fields {
		all += " " + name + ": " + text
	}
	for _, selection := range []string{"nodes { %s }", "edges { node { ...on Node { ...on Task { %s } } } }"} {
		together := b.taskFields(fmt.Sprintf(selection, all))
		require.Len(t, together, 4)
		for name, text := range fields {
			for i, alone := range b.taskFields(fmt.Sprintf(selection, name+": "+text)) {
				require.JSONEq(t, string(together[i][name]), string(alone[name]), name)
			}
		}
	}
}

// fieldsOfTasks returns a selection for each field, by its name, but for the one that is another at each look.
func fieldsOfTasks(t *testing.T) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for _, field := range loadSchema(t).Types["Task"].Fields {
		switch field.Name {
		case "dependsOn", "dependents":
			fields[field.Name] = field.Name + " { nodes { id description priority } totalCount }"
		case "history":
			fields[field.Name] = "history { nodes { kind version } }"
		case "worker":
			fields[field.Name] = "worker { id host }"
		case "estimatedCompletionAt":
		default:
			fields[field.Name] = field.Name
		}
	}
	require.Greater(t, len(fields), 20)
	return fields
}

// taskFields returns what a selection of tasks answers, task by task.
func (b *bench) taskFields(selection string) []map[string]json.RawMessage {
	b.Helper()
	type task = map[string]json.RawMessage
	found := query[struct {
		Tasks struct {
			Nodes []task
			Edges []struct{ Node task }
		}
	}](b, `{ tasks(first: 10) { `+selection+` } }`, nil).Tasks
	for _, edge := range found.Edges {
		found.Nodes = append(found.Nodes, edge.Node)
	}
	return found.Nodes
}
