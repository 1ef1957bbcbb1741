package taskq

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// feed reads what changed, once for all watchers of this process, whenever the doorbell rings, and again each second:
// a lost notification costs a second, never an update. While nobody watches it reads nothing.
type feed struct {
	store   store
	dsn     string
	timing  *timing
	log     *slog.Logger
	wanted  doorbell // somebody began to watch
	replays *replayer

	mu       sync.Mutex // protects the rest
	watchers map[*watcher]struct{}
	place    snapshot // everything visible in it was published
	system   string   // the cluster; empty until the feed runs
	open     bool     // between Start and Stop

	deliveries sync.WaitGroup
}

// maxPassEvents limits one pass. When more happened since the last one, the watches end, and readers come back with their
// cursors.
const maxPassEvents = 20_000

func newFeed(s store, config *Config) *feed {
	return &feed{
		store: s, dsn: config.DSN, timing: &config.timing, log: config.Logger,
		wanted: newDoorbell(), replays: &replayer{dsn: config.DSN, timing: &config.timing}, watchers: map[*watcher]struct{}{},
	}
}

// start lets watchers in.
func (f *feed) start() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = true
}

// run publishes until ctx ends, and then ends all watches.
func (f *feed) run(ctx context.Context, changed doorbell) {
	session := newSession(f.dsn, f.timing.call)
	defer session.close()
	defer f.deliveries.Wait()
	defer f.stop()
	timer := time.NewTimer(f.timing.poll)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed.c:
		case <-f.wanted.c:
		case <-timer.C:
		}
		if f.isWatched() {
			timer.Reset(f.pass(ctx, session))
		}
	}
}

func (f *feed) isWatched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.watchers) > 0
}

// pass publishes what changed since the last one, and returns when to look again if nothing rings.
func (f *feed) pass(ctx context.Context, s *session) time.Duration {
	since, ok := f.begun(ctx, s)
	if !ok {
		return f.timing.poll
	}
	found, err := readChanges(ctx, s, since, maxPassEvents+1, true)
	if err != nil {
		if ctx.Err() == nil {
			f.log.Warn("the feed cannot be read; trying again", "error", err)
		}
		return f.timing.poll
	}
	f.publish(&found)
	if found.now.writersInFlight() {
		return f.timing.pendingPass // their commits may ring nobody: see taskq_ring
	}
	return f.timing.poll
}

// begun returns the feed's place, and sets it at the first pass after a time without watchers.
func (f *feed) begun(ctx context.Context, s *session) (snapshot, bool) {
	f.mu.Lock()
	place, begun := f.place, f.place.xmax > 0
	f.mu.Unlock()
	if begun {
		return place, true
	}
	now, system, err := feedPlace(ctx, s)
	if err != nil {
		if ctx.Err() == nil {
			f.log.Warn("the feed cannot begin; trying again", "error", err)
		}
		return snapshot{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.place, f.system = now, system
	for w := range f.watchers {
		w.began()
	}
	return now, true
}

func (f *feed) publish(found *feedPass) {
	overrun := len(found.changes) > maxPassEvents
	updates := updatesOf(found.changes)
	f.mu.Lock()
	defer f.mu.Unlock()
	before, after := f.place.cursor(f.system), found.now.cursor(f.system)
	f.place = found.now
	for w := range f.watchers {
		w.began()
		if overrun {
			w.end()
		} else {
			w.offer(updates, before, after)
		}
	}
}

// updatesOf turns changes into updates: of one task in the order of versions, and each as the task was then.
func updatesOf(changes []feedChange) []Update {
	updates := make([]Update, 0, len(changes))
	for i := range changes {
		updates = append(updates, changes[i].update())
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
	u := Update{Kind: UpdateUpdated, TaskID: c.id, Task: c.task, Event: c.event}
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

// watch begins a watch: first the watcher is registered, then what was before is read, so that nothing falls between.
func (f *feed) watch(ctx context.Context, filter *Filter, o WatchOptions) (<-chan Update, error) {
	ctx, cancel := context.WithCancel(ctx)
	w := newWatcher(filter, cancel)
	begun, err := f.register(w)
	if err != nil {
		cancel()
		return nil, err
	}
	select {
	case <-begun:
	case <-ctx.Done():
		f.unregister(w)
		cancel()
		return nil, ctx.Err()
	}
	past, err := f.past(ctx, filter, o)
	if err != nil {
		f.unregister(w)
		cancel()
		return nil, err
	}
	go func() {
		defer cancel()
		defer f.unregister(w)
		w.deliver(ctx, past)
	}()
	return w.out, nil
}

var errNotStarted = errors.New("watching needs a client that was started and not stopped")

// register returns a channel that is closed once the feed has a place.
func (f *feed) register(w *watcher) (<-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open {
		return nil, errNotStarted
	}
	f.watchers[w] = struct{}{}
	f.deliveries.Add(1)
	if f.place.xmax > 0 {
		w.began()
	}
	f.wanted.ring()
	return w.begun, nil
}

func (f *feed) unregister(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.deliveries.Done()
	delete(f.watchers, w)
	if len(f.watchers) == 0 {
		f.place = snapshot{} // nobody reads on: the next watcher begins at its own time
	}
}

func (f *feed) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = false
	for w := range f.watchers {
		w.end()
	}
}

// past returns what a watcher is sent before live updates.
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
	return selectUpdates(filter, updatesOf(found.changes), after, found.now.cursor(system)), nil
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
		return u, f.IDs == nil || slices.Contains(f.IDs, u.TaskID)
	}
	if f.matches(u.Task) {
		return u, true
	}
	if u.Event == nil || u.Event.From == nil {
		return u, false
	}
	before := *u.Task
	before.Status = *u.Event.From
	removed := Update{Kind: UpdateRemoved, TaskID: u.TaskID, Event: u.Event}
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
