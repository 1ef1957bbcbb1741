package graph

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/taskq"
)

// The functions of this file convert between the API's types and the engine's, and do nothing else.

func toFilter(f *TaskFilter) (taskq.Filter, error) {
	if f == nil {
		return taskq.Filter{}, nil
	}
	ids, err := toIDs(kindTask, "filter.ids", f.Ids)
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
func toIDs(k kind, field string, texts []string) ([]uuid.UUID, error) {
	if texts == nil {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(texts))
	for i, text := range texts {
		id, ok := parseID(k, text)
		if !ok {
			return nil, &taskq.InvalidError{Field: fmt.Sprintf("%s.%d", field, i), Message: "is not the id of such a thing"}
		}
		ids[i] = id
	}
	return ids, nil
}

// refs are the ids of the tasks of a batch by their clientRef.
type refs map[string]uuid.UUID

// toNewTasks reads a batch, in which tasks may refer to each other.
func toNewTasks(inputs []*CreateTaskInput) ([]taskq.NewTask, error) {
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
	task := taskq.NewTask{
		Type: input.Type, Description: input.Description, Priority: input.Priority, RunAt: value(input.ScheduledAt),
		IdempotencyKey: value(input.IdempotencyKey), CreatedBy: anonymous, DependsOn: dependsOn,
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
			if list[i].TaskID, ok = parseID(kindTask, *input.ID); !ok {
				return nil, &taskq.InvalidError{Field: field + ".id", Message: "is not the id of a task"}
			}
		default:
			if list[i].TaskID, ok = known[*input.ClientRef]; !ok {
				return nil, &taskq.InvalidError{Field: field + ".clientRef", Message: "is that of no task of this input"}
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

// selection is what a mutation of several tasks is to work on.
type selection struct {
	texts []string // each task once, as the client names it
	ids   []uuid.UUID
	known []bool // whether the id can be that of a task
}

func toSelection(texts []string) selection {
	s := selection{}
	seen := map[uuid.UUID]bool{}
	for _, text := range texts {
		id, ok := parseID(kindTask, text)
		if ok && seen[id] {
			continue
		}
		seen[id] = ok
		s.texts, s.ids, s.known = append(s.texts, text), append(s.ids, id), append(s.known, ok)
	}
	return s
}

// wanted returns the ids that can be those of tasks.
func (s *selection) wanted() []uuid.UUID {
	var ids []uuid.UUID
	for i, id := range s.ids {
		if s.known[i] {
			ids = append(ids, id)
		}
	}
	return ids
}

// payload says what became of each task of the selection.
func (s *selection) payload(changes []taskq.Change) *TaskBulkPayload {
	byID := index(changes, func(c *taskq.Change) uuid.UUID { return c.TaskID })
	p := &TaskBulkPayload{Results: make([]*TaskBulkResult, len(s.texts)), UserErrors: []*UserError{}}
	for i, text := range s.texts {
		result := &TaskBulkResult{ID: text, Outcome: taskq.Missing}
		if change, ok := byID[s.ids[i]]; ok && s.known[i] {
			result.Outcome, result.Task = change.Outcome, optionalTask(change.Task)
			result.Message = optional(change.Message)
		}
		if result.Outcome == taskq.Changed {
			p.AffectedCount++
		}
		p.Results[i] = result
	}
	return p
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
