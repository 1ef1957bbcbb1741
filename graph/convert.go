package graph

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// The functions of this file convert between the API's types and the engine's, and do nothing else.

func toFilter(f *TaskFilter) (taskq.Filter, error) {
	if f == nil {
		return taskq.Filter{}, nil
	}
	ids, err := toIDs(globalid.Task, "filter.ids", f.Ids)
	if err != nil {
		return taskq.Filter{}, err
	}
	filter := taskq.Filter{
		IDs: ids, Types: f.Types, Statuses: f.Statuses, Search: value(f.Search), Metadata: f.Metadata, CreatedBy: value(f.CreatedBy),
	}
	if p := f.Priority; p != nil {
		filter.MinPriority, filter.MaxPriority = p.Min, p.Max
	}
	if t := f.CreatedAt; t != nil {
		filter.CreatedFrom, filter.CreatedUntil = t.From, t.Until
	}
	if t := f.CompletedAt; t != nil {
		filter.CompletedFrom, filter.CompletedUntil = t.From, t.Until
	}
	return filter, nil
}

func toOrder(o *TaskOrder) taskq.Order {
	if o == nil {
		return taskq.Order{}
	}
	return taskq.Order{Field: o.Field, Ascending: o.Direction == OrderDirectionAsc}
}

// toIDs reads the ids of things of one kind; nil stays nil.
func toIDs(k globalid.Kind, field string, texts []string) ([]uuid.UUID, error) {
	if texts == nil {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(texts))
	for i, text := range texts {
		id, ok := globalid.Find(k, text)
		if !ok {
			return nil, &taskq.InvalidError{Field: fmt.Sprintf("%s.%d", field, i), Message: "is not the id of such a thing"}
		}
		ids[i] = id
	}
	return ids, nil
}

// maxBatch limits the tasks that one mutation creates.
const maxBatch = 250

// refs are the ids of the tasks of a batch by their clientRef.
type refs map[string]uuid.UUID

// toNewTasks reads a batch, in which tasks may refer to each other.
func toNewTasks(inputs []*CreateTaskInput) ([]taskq.NewTask, error) {
	if len(inputs) > maxBatch {
		return nil, &taskq.InvalidError{Field: "tasks", Message: fmt.Sprintf("must be at most %d", maxBatch)}
	}
	known := refs{}
	tasks := make([]taskq.NewTask, len(inputs))
	for i, input := range inputs {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("making an id: %w", err)
		}
		tasks[i].ID = id
		if ref := value(input.ClientRef); ref != "" {
			if _, twice := known[ref]; twice {
				return nil, &taskq.InvalidError{Field: fmt.Sprintf("tasks.%d.clientRef", i), Message: "is that of another task already"}
			}
			known[ref] = id
		}
	}
	for i, input := range inputs {
		task, err := toNewTask(input, fmt.Sprintf("tasks.%d.", i), known)
		if err != nil {
			return nil, err
		}
		task.ID = tasks[i].ID
		tasks[i] = task
	}
	return tasks, nil
}

// toNewTask reads one task. at is where it stands in the input.
func toNewTask(input *CreateTaskInput, at string, known refs) (taskq.NewTask, error) {
	dependsOn, err := toDependencies(input.DependsOn, at, known)
	if err != nil {
		return taskq.NewTask{}, err
	}
	if input.Type == taskq.BulkType {
		return taskq.NewTask{}, &taskq.InvalidError{Field: at + "type", Message: "cannot be created so: use cancelTasks and its like"}
	}
	task := taskq.NewTask{
		Type: input.Type, Description: input.Description, Priority: input.Priority, RunAt: value(input.ScheduledAt),
		IdempotencyKey: value(input.IdempotencyKey), DependsOn: dependsOn,
	}
	if input.Metadata != nil {
		task.Metadata = input.Metadata
	}
	if task.MaxAttempts, err = toCount(input.MaxAttempts, at+"maxAttempts"); err != nil {
		return taskq.NewTask{}, err
	}
	seconds, err := toCount(input.TimeoutSeconds, at+"timeoutSeconds")
	task.Timeout = time.Duration(seconds) * time.Second
	return task, err
}

// toCount reads a number that is positive when it is given. The engine takes 0 for "not given", a client does not.
func toCount(n *int, field string) (int, error) {
	const most = 1 << 30
	if n != nil && (*n < 1 || *n > most) {
		return 0, &taskq.InvalidError{Field: field, Message: fmt.Sprintf("must be between 1 and %d", most)}
	}
	return value(n), nil
}

func toDependencies(inputs []*TaskDependencyInput, at string, known refs) ([]taskq.Dependency, error) {
	list := make([]taskq.Dependency, len(inputs))
	for i, input := range inputs {
		field := fmt.Sprintf("%sdependsOn.%d", at, i)
		list[i].OnFailure = input.OnFailure
		var ok bool
		switch {
		case (input.ID == nil) == (input.ClientRef == nil):
			return nil, &taskq.InvalidError{Field: field, Message: "must have either an id or a clientRef"}
		case input.ID != nil:
			if list[i].TaskID, ok = globalid.Find(globalid.Task, *input.ID); !ok {
				return nil, &taskq.InvalidError{Field: field + ".id", Message: "is not the id of a task", Kind: taskq.NotThere}
			}
		default:
			if list[i].TaskID, ok = known[*input.ClientRef]; !ok {
				return nil, &taskq.InvalidError{Field: field + ".clientRef", Message: "is that of no task of this input", Kind: taskq.NotThere}
			}
		}
	}
	return list, nil
}

func toTasks(enqueued []taskq.Enqueued) []*Task {
	tasks := make([]*Task, len(enqueued))
	for i := range enqueued {
		tasks[i] = &Task{&enqueued[i].Task}
	}
	return tasks
}

func toDocumentFilter(f *DocumentFilter) document.Filter {
	if f == nil {
		return document.Filter{}
	}
	return document.Filter{Search: value(f.Search), Formats: f.Formats, Statuses: f.Statuses, Metadata: f.Metadata}
}

func toProductFilter(f *ProductFilter) product.Filter {
	if f == nil {
		return product.Filter{}
	}
	return product.Filter{Search: value(f.Search), SKUs: f.Skus, Brand: value(f.Brand), Category: value(f.Category)}
}

func toMapping(inputs []*ColumnMappingInput) []product.ColumnMapping {
	mapping := make([]product.ColumnMapping, len(inputs))
	for i, input := range inputs {
		mapping[i] = product.ColumnMapping{Column: input.Column, Field: input.Field}
	}
	return mapping
}

func toChanges(inputs []*ProductChangeInput) []product.Change {
	changes := make([]product.Change, len(inputs))
	for i, input := range inputs {
		changes[i] = product.Change{SKU: input.Sku, Set: toFields(input.Set), Adjust: toFields(input.Adjust)}
	}
	return changes
}

// toFields reads an input that is a map: a field that is null is there, one that is left out is not.
func toFields(fields map[string]any) map[string]any {
	plain := make(map[string]any, len(fields))
	for name, v := range fields {
		plain[name] = toPlain(v)
	}
	return plain
}

// toPlain returns what gqlgen has made of a value that may be null: a pointer, or raw JSON.
func toPlain(v any) any {
	switch v := v.(type) {
	case *string:
		if v != nil {
			return *v
		}
	case *int:
		if v != nil {
			return *v
		}
	case json.RawMessage:
		var decoded any
		if json.Unmarshal(v, &decoded) == nil { // it was JSON when it came
			return decoded
		}
	}
	return nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
