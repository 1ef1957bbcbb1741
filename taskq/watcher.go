package taskq

import (
	"context"
	"sync"

	"github.com/google/uuid"
)

// maxPending limits what waits for a watcher that reads slowly. Over it, only the latest of each task waits; if that is
// still too much, the watch ends, and the reader comes back with its cursor.
const maxPending = 10_000

// watcher is one watch: a filter and what waits to be read. The feed puts in and never waits; the watcher's own goroutine
// takes out and waits for its reader as long as it likes.
type watcher struct {
	filter *Filter
	out    chan Update
	begun  chan struct{} // closed once the feed has a place

	mu      sync.Mutex // protects the rest
	pending []Update

	ready     doorbell
	begunOnce sync.Once
	ended     chan struct{} // closed by end
	endedOnce sync.Once
	cancel    context.CancelFunc // of what is read for this watcher
}

func newWatcher(f *Filter, cancel context.CancelFunc) *watcher {
	return &watcher{filter: f, cancel: cancel, out: make(chan Update), begun: make(chan struct{}), ready: newDoorbell(), ended: make(chan struct{})}
}

func (w *watcher) began() { w.begunOnce.Do(func() { close(w.begun) }) }

// offer takes those updates that the filter selects.
func (w *watcher) offer(updates []Update, before, after string) {
	selected := selectUpdates(w.filter, updates, before, after)
	if len(selected) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = append(w.pending, selected...)
	if len(w.pending) > maxPending {
		w.pending = latest(w.pending)
	}
	if len(w.pending) > maxPending {
		w.pending = nil
		w.end()
	}
	w.ready.ring()
}

// latest leaves out what the reader need not know any more: of each task it keeps the last update, and final states.
func latest(updates []Update) []Update {
	last := make(map[uuid.UUID]int, len(updates))
	for i := range updates {
		last[updates[i].TaskID] = i
	}
	kept := make([]Update, 0, len(last))
	for i, u := range updates {
		ends := u.Event != nil && u.Event.Kind == EventTransition && u.Event.To.IsFinal()
		if ends || last[u.TaskID] == i {
			kept = append(kept, u)
		}
	}
	return kept
}

// end closes the channel, whether or not anybody reads: the reader comes back with its cursor.
func (w *watcher) end() {
	w.began()
	w.endedOnce.Do(func() { close(w.ended) })
	w.cancel()
}

func (w *watcher) take() []Update {
	w.mu.Lock()
	defer w.mu.Unlock()
	updates := w.pending
	w.pending = nil
	return updates
}

// deliver sends the past and then what is live until ctx ends or the feed does, and closes the channel.
func (w *watcher) deliver(ctx context.Context, past []Update) {
	defer close(w.out)
	sent := versions{}
	for updates := past; w.send(ctx, updates, sent); updates = w.take() {
		select {
		case <-ctx.Done():
			return
		case <-w.ended:
			return
		case <-w.ready.c:
		}
	}
}

func (w *watcher) send(ctx context.Context, updates []Update, sent versions) bool {
	for i := range updates {
		if !sent.isNew(&updates[i]) {
			continue
		}
		select {
		case w.out <- updates[i]:
		case <-ctx.Done():
			return false
		case <-w.ended:
			return false
		}
	}
	return true
}

// versions drops what was sent before: the past and the live updates overlap, and a task's progress is read more often
// than it changes. It remembers tasks that have not ended, and of the others the latest ones.
type versions map[uuid.UUID]int64

const maxVersions = 50_000

func (v versions) isNew(u *Update) bool {
	version := u.version()
	if last, known := v[u.TaskID]; known && version <= last {
		return false
	}
	if len(v) >= maxVersions {
		clear(v) // a repetition is harmless: the reader knows versions too
	}
	v[u.TaskID] = version
	return true
}
