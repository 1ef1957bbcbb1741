package taskq

import (
	"context"

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
}

// WatchOptions tells [Client.Watch] where to begin.
type WatchOptions struct {
	After    string // a cursor of an earlier update: everything missed since is sent first; empty: from now on
	Snapshot bool   // without After: send the selected tasks as they stand first, at most MaxSnapshot of the newest
}

// MaxSnapshot limits the tasks that a watch begins with.
const MaxSnapshot = 1_000

// Watch sends the changes of the tasks that f selects until ctx ends, then closes the channel. Nothing is lost: a watcher
// that reads slowly gets the latest state of each task, never a stale one, and every final state. One that is thousands of
// tasks behind finds its channel closed, as at Stop, and comes back with the cursor of its last update. Of one task,
// versions only rise; across tasks no order is promised. Errors: [*InvalidError], [ErrCursorExpired].
func (c *Client) Watch(ctx context.Context, f Filter, o WatchOptions) (<-chan Update, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return c.feed.watch(ctx, &f, o)
}
