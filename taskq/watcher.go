package taskq

import (
	"context"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// maxPending limits what waits for a watcher that reads slowly. Over it, only the latest of each task waits; if that is
// still too much, the watch ends, and the reader comes back with its cursor.
const maxPending = 10_000

// Watcher is a watch without a goroutine of its own, for servers that have thousands of them: see [Client.NewWatcher].
type Watcher struct {
	feed   *feed
	filter *Filter
	notify func()
	cancel context.CancelFunc // of what is read for this watcher
	begun  chan struct{}      // closed once the feed has a place
	ended  chan struct{}      // closed by end

	begunOnce, endedOnce sync.Once

	mu      sync.Mutex // protects the rest
	pending []Update
	pass    uint64              // the last that was offered
	settles uint64              // later passes tell nothing that the past has told
	past    map[uuid.UUID]int64 // the versions that the past has told; nil once settled
}

// Batch is what a [Watcher] has for its reader.
type Batch struct {
	Updates []Update
	Settled bool // what comes in later batches is newer than the watcher's past
	Ended   bool // nothing comes any more: come back with the cursor of the last update
}

// NewWatcher begins a watch like [Client.Watch], until Stop or the client's end. It calls notify whenever Take has
// something new; notify must not block and must not call the watcher. ctx limits how long beginning may take. Errors:
// [*InvalidError], [ErrCursorExpired].
func (c *Client) NewWatcher(ctx context.Context, f Filter, o WatchOptions, notify func()) (*Watcher, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &Watcher{
		feed: c.feed, filter: &f, notify: notify, cancel: cancel, begun: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := w.open(ctx, o); err != nil {
		return nil, err
	}
	return w, nil
}

// open registers the watcher and then reads what was before, so that nothing falls between.
func (w *Watcher) open(ctx context.Context, o WatchOptions) error {
	begun, err := w.feed.register(w)
	if err != nil {
		return err
	}
	select {
	case <-begun:
	case <-ctx.Done():
		w.feed.unregister(w)
		return ctx.Err()
	}
	if o == (WatchOptions{}) {
		return nil
	}
	past, err := w.feed.past(ctx, w.filter, o)
	if err != nil {
		w.feed.unregister(w)
		return err
	}
	w.feed.settle(w, past)
	return nil
}

// Take returns what came since the last call, in order. It never blocks.
func (w *Watcher) Take() Batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := Batch{Updates: w.pending, Settled: w.pass >= w.settles}
	w.pending = nil
	select {
	case <-w.ended:
		b.Ended = true
	default:
	}
	return b
}

// Stop ends the watch and returns the last pass that it was told of. What Take has not returned yet it still returns.
func (w *Watcher) Stop() (lastPass uint64) {
	return w.feed.unregister(w)
}

func (w *Watcher) began() { w.begunOnce.Do(func() { close(w.begun) }) }

// begin puts the past before what has come since the watcher was registered.
func (w *Watcher) begin(past []Update, settles uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settles = settles
	w.past = make(map[uuid.UUID]int64, len(past))
	for i := range past {
		w.past[past[i].TaskID] = past[i].version()
	}
	w.pending = slices.Concat(past, w.newerThanPast(w.pending))
	w.notify()
}

// offer takes those updates that the filter selects.
func (w *Watcher) offer(updates []Update, before, after string, pass uint64) {
	selected := selectUpdates(w.filter, updates, before, after)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pass = pass
	if w.past != nil {
		selected = w.newerThanPast(selected)
	}
	if pass >= w.settles {
		w.past = nil
	}
	if len(selected) == 0 && pass != w.settles {
		return
	}
	w.pending = append(w.pending, selected...)
	if len(w.pending) > maxPending {
		w.pending = latest(w.pending)
	}
	if len(w.pending) > maxPending {
		w.pending = nil
		w.feed.vitals.resyncs.Add(1)
		w.end()
		return
	}
	w.notify()
}

// newerThanPast leaves out what the past has told. w.mu is held.
func (w *Watcher) newerThanPast(updates []Update) []Update {
	var newer []Update
	for i := range updates {
		u := &updates[i]
		if version, told := w.past[u.TaskID]; !told || u.version() > version {
			newer = append(newer, *u)
		}
	}
	return newer
}

func (w *Watcher) isSettled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pass >= w.settles
}

// latest leaves out what the reader need not know any more: of each task it keeps the last update, and final states.
func latest(updates []Update) []Update {
	last := make(map[uuid.UUID]int, len(updates))
	for i := range updates {
		last[updates[i].TaskID] = i
	}
	kept := make([]Update, 0, len(last))
	for i, u := range updates {
		if u.IsFinal() || last[u.TaskID] == i {
			kept = append(kept, u)
		}
	}
	return kept
}

// end tells the reader, whether or not it reads, that there is no more: it comes back with its cursor.
func (w *Watcher) end() {
	w.began()
	w.endedOnce.Do(func() { close(w.ended) })
	w.cancel()
	w.notify()
}
