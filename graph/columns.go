package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// taskColumns are the columns of a task that each of its fields needs, beside the id.
var taskColumns = map[string][]string{
	"__typename":            {},
	"id":                    {},
	"type":                  {"task_type"},
	"status":                {"status"},
	"description":           {"description"},
	"progress":              {"progress"},
	"progressMessage":       {"progress_message"},
	"estimatedCompletionAt": {"status", "task_type", "started_at", "progress"},
	"stalled":               {"status", "task_type", "progress_at"},
	"errorMessage":          {"error_message"},
	"metadata":              {"task_metadata"},
	"result":                {"result"},
	"priority":              {"priority"},
	"attempt":               {"attempt"},
	"maxAttempts":           {"max_attempts"},
	"timeoutSeconds":        {"timeout_seconds"},
	"waitingFor":            {"status", "task_type", "blocked_by", "run_at", "attempt"},
	"cancelRequestedAt":     {"cancel_requested_at"},
	"scheduledAt":           {"run_at"},
	"createdAt":             {"created_at"},
	"createdBy":             {"created_by"},
	"startedAt":             {"started_at"},
	"completedAt":           {"completed_at"},
	"version":               {"version"},
	"worker":                {"worker_id"},
	"dependsOn":             {},
	"dependents":            {},
	"history":               {},
}

// columnsOfTasks returns what to read of the tasks of the connection that is being resolved. nil: everything, since a field
// is asked for of which it is not known what it needs.
func columnsOfTasks(ctx context.Context) []string {
	operation, columns := graphql.GetOperationContext(ctx), []string{}
	for _, field := range graphql.CollectFieldsCtx(ctx, nil) {
		tasks := []graphql.CollectedField{}
		switch field.Name {
		case "nodes":
			tasks = append(tasks, field)
		case "edges":
			tasks = graphql.CollectFields(operation, field.Selections, nil)
		}
		for _, task := range tasks {
			for _, field := range graphql.CollectFields(operation, task.Selections, nil) {
				needed, known := taskColumns[field.Name]
				if !known {
					return nil
				}
				columns = append(columns, needed...)
			}
		}
	}
	return columns
}
