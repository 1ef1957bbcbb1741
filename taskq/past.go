package taskq

import (
	"context"
	"fmt"
	"sync"
)

// past returns what a watcher is told before live updates.
func (f *feed) past(ctx context.Context, filter *Filter, o WatchOptions) ([]Update, error) {
	switch {
	case o.After != "":
		return f.replay(ctx, filter, o.After)
	case o.Snapshot:
		return f.snapshot(ctx, filter)
	default:
		return nil, nil
	}
}

// snapshot returns the selected tasks as they are.
func (f *feed) snapshot(ctx context.Context, filter *Filter) ([]Update, error) {
	place := f.cursor()
	tasks, err := f.store.snapshotTasks(ctx, filter, MaxSnapshot)
	if err != nil {
		return nil, err
	}
	updates := make([]Update, len(tasks))
	for i := range tasks {
		updates[i] = Update{Kind: UpdateSnapshot, TaskID: tasks[i].ID, Task: &tasks[i], Cursor: place}
	}
	return updates, nil
}

func (f *feed) cursor() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.place.cursor(f.system)
}

// maxReplay limits the events between a client's cursor and now.
const maxReplay = 10_000

// replay returns every event since a cursor that the filter selects, and the progress of what runs.
func (f *feed) replay(ctx context.Context, filter *Filter, after string) ([]Update, error) {
	f.mu.Lock()
	system := f.system
	f.mu.Unlock()
	since, err := parseCursor(after, system)
	if err != nil {
		return nil, err
	}
	found, err := f.replays.read(ctx, since)
	if err != nil {
		return nil, err
	}
	if len(found.changes) > maxReplay || since.xmax > found.now.xmax { // too long ago, or a future lost in a failover
		return nil, ErrCursorExpired
	}
	changes, _ := distinct(found.changes, nil)
	return selectUpdates(filter, updatesOf(changes, 0), after, found.now.cursor(system)), nil
}

// replayer reads the past for one watcher at a time: many clients that reconnect together must not take the database's
// connections.
type replayer struct {
	dsn    string
	timing *timing
	mu     sync.Mutex // held while reading
}

func (r *replayer) read(ctx context.Context, since snapshot) (feedPass, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	session := newSession(r.dsn, r.timing.call)
	defer session.close()
	found, err := readChanges(ctx, session, since, maxReplay+1, true)
	if err != nil {
		return feedPass{}, fmt.Errorf("replaying the feed: %w", err)
	}
	return found, nil
}
