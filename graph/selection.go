package graph

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

// selection is what a mutation of several tasks is to work on.
type selection struct {
	filter taskq.Filter
	named  []namedTask // each once; nil when a filter selects
}

// namedTask is a task as the client names it.
type namedTask struct {
	text    string
	id      uuid.UUID
	isKnown bool // the text can be the id of a task
}

// toSelection reads either ids or a filter.
func toSelection(ids []string, filter *TaskFilter) (selection, error) {
	switch {
	case (ids == nil) == (filter == nil):
		return selection{}, &taskq.InvalidError{Field: "ids", Message: "or filter must be given, and not both"}
	case len(ids) > taskq.MaxSelection:
		return selection{}, &taskq.InvalidError{Field: "ids", Message: fmt.Sprintf("must be at most %d", taskq.MaxSelection)}
	case filter != nil:
		f, err := toFilter(filter)
		return selection{filter: f}, err
	}
	s := selection{filter: taskq.Filter{IDs: []uuid.UUID{}}, named: []namedTask{}}
	seen := map[uuid.UUID]bool{}
	for _, text := range ids {
		id, ok := globalid.Find(globalid.Task, text)
		if ok && seen[id] {
			continue
		}
		s.named = append(s.named, namedTask{text, id, ok})
		if ok {
			seen[id] = true
			s.filter.IDs = append(s.filter.IDs, id)
		}
	}
	return s, nil
}

// toBulkPayload says what became of each task of a selection.
func toBulkPayload(s selection, done taskq.BulkOutcome) *TaskBulkPayload {
	p := &TaskBulkPayload{Results: []*TaskBulkResult{}, Task: optionalTask(done.Task), UserErrors: []*UserError{}}
	if s.named == nil {
		for i := range done.Changes {
			p.add(toBulkResult(globalid.New(globalid.Task, done.Changes[i].TaskID), &done.Changes[i]))
		}
		return p
	}
	changes := index(done.Changes, func(c *taskq.Change) uuid.UUID { return c.TaskID })
	for _, named := range s.named {
		change, ok := changes[named.id]
		if !ok || !named.isKnown {
			change = taskq.Change{Outcome: taskq.Missing}
		}
		p.add(toBulkResult(named.text, &change))
	}
	return p
}

func (p *TaskBulkPayload) add(result *TaskBulkResult) {
	p.Results = append(p.Results, result)
	if result.Outcome == taskq.Changed {
		p.AffectedCount++
	}
}

func toBulkResult(id string, c *taskq.Change) *TaskBulkResult {
	return &TaskBulkResult{ID: id, Outcome: c.Outcome, Message: optional(c.Message), Task: optionalTask(c.Task)}
}
