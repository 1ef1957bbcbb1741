package taskq

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// UpdateKind says what an [Update] tells of.
type UpdateKind string

// The kinds of updates.
const (
	UpdateSnapshot UpdateKind = "SNAPSHOT" // how a task stood when watching began
	UpdateCreated  UpdateKind = "CREATED"
	UpdateUpdated  UpdateKind = "UPDATED"
	UpdateRemoved  UpdateKind = "REMOVED" // deleted, or no longer selected by the filter
)

// Update is one message of the feed.
type Update struct {
	Kind   UpdateKind
	TaskID uuid.UUID
	Task   *Task  // nil when deleted; shared between watchers: do not change it
	Event  *Event // the latest change worth telling; nil when only the progress moved
	Cursor string // resumes after this update
	Pass   uint64 // in which of this client's looks at the database it was found; 0: before the watch began

	creator *string // of a deleted task
}

// IsFinal reports whether u tells how a task ended. A reader who is behind can do without the others but the last.
func (u *Update) IsFinal() bool {
	return u.Event != nil && u.Event.Kind == EventTransition && u.Event.To.IsFinal()
}

// updatesOf turns changes into updates: of one task in the order of versions, and each as the task was then.
func updatesOf(changes []feedChange, pass uint64) []Update {
	updates := make([]Update, 0, len(changes))
	for i := range changes {
		u := changes[i].update()
		u.Pass = pass
		updates = append(updates, u)
	}
	slices.SortStableFunc(updates, func(a, b Update) int {
		if a.TaskID == b.TaskID {
			return cmp.Compare(a.version(), b.version())
		}
		return compareIDs(a.TaskID, b.TaskID)
	})
	return updates
}

func (c *feedChange) update() Update {
	u := Update{Kind: UpdateUpdated, TaskID: c.id, Task: c.task, Event: c.event, creator: c.creator}
	switch {
	case c.event == nil:
	case c.event.Kind == EventDeleted || c.task == nil:
		u.Kind, u.Task = UpdateRemoved, nil
	case c.event.Kind == EventCreated:
		u.Kind = UpdateCreated
	}
	if u.Task != nil && c.event != nil && c.event.Version < c.task.Version {
		u.Task = c.task.asOf(c.event)
	}
	return u
}

// version orders the updates of a task.
func (u *Update) version() int64 {
	if u.Task != nil {
		return u.Task.Version
	}
	return u.Event.Version
}

// asOf returns the task as it stood after an event of its past, as far as the event tells: so that a watcher sees each
// status in its turn, however late it looks.
func (t *Task) asOf(e *Event) *Task {
	then := *t
	then.Status, then.Attempt, then.Version = e.To, e.Attempt, e.Version
	then.ErrorMessage, then.Result, then.CompletedAt, then.WorkerID = nil, nil, nil, nil
	switch e.To {
	case Completed:
		then.Progress, then.ProgressMessage, then.CompletedAt = 100, nil, &e.At
	case Failed, Cancelled:
		then.CompletedAt, then.ErrorMessage = &e.At, e.Error
	case Pending:
		then.ErrorMessage = e.Error
		then.CancelRequestedAt = nil
	case Running:
		if e.Kind == EventTransition {
			then.Progress, then.ProgressMessage, then.StartedAt, then.CancelRequestedAt = 0, nil, &e.At, nil
		}
	}
	return &then
}

// selectUpdates returns what the filter selects, each with the cursor to resume after it: within a pass the order is not
// that of commits, so only the last one stands for the pass.
func selectUpdates(filter *Filter, updates []Update, before, after string) []Update {
	var selected []Update
	for i := range updates {
		if u, ok := filter.sees(updates[i]); ok {
			u.Cursor = before
			selected = append(selected, u)
		}
	}
	if n := len(selected); n > 0 {
		selected[n-1].Cursor = after
	}
	return selected
}

// sees returns the update as a watcher with this filter gets it: a task that is selected no more is REMOVED, if it can
// have been selected before.
func (f *Filter) sees(u Update) (Update, bool) {
	if u.Task == nil {
		return u, isIn(f.IDs, u.TaskID) && (f.CreatedBy == "" || (u.creator != nil && *u.creator == f.CreatedBy))
	}
	if f.matches(u.Task) {
		return u, true
	}
	if u.Event == nil || u.Event.From == nil {
		return u, false
	}
	before := *u.Task
	before.Status = *u.Event.From
	removed := Update{Kind: UpdateRemoved, TaskID: u.TaskID, Event: u.Event, Pass: u.Pass}
	if u.Event.Kind != EventTransition || u.Event.From.IsFinal() {
		return removed, f.mayHaveMatched(&before)
	}
	before.CompletedAt = nil
	return removed, f.matches(&before)
}

// mayHaveMatched leaves out what an event can have changed, and of which it does not tell the old value.
func (f *Filter) mayHaveMatched(t *Task) bool {
	lasting := *f
	lasting.MinPriority, lasting.MaxPriority, lasting.Search, lasting.Metadata = nil, nil, "", nil
	lasting.CompletedFrom, lasting.CompletedUntil = nil, nil
	return lasting.matches(t)
}
