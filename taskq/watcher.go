package taskq

import (
	"context"
	"sync"

	"github.com/google/uuid"
)

// maxPending limits what waits for a watcher that reads slowly. Over it, the watcher begins again from a snapshot.
const maxPending = 10_000

// watcher is one watch: a filter and what waits to be read. The feed puts in and never waits; the watcher's own goroutine
// takes out and waits for its reader as long as it likes.
type watcher struct {
	filter *Filter
	out    chan Update
	begun  chan struct{} // closed once the feed has a place

	mu      sync.Mutex // protects the rest
	pending []Update
	resync  string // not empty: too much came; the cursor from where to go on after a snapshot

	ready     doorbell
	begunOnce sync.Once
	ended     chan struct{} // closed by end
	endedOnce sync.Once
}

func newWatcher(f *Filter) *watcher {
	return &watcher{filter: f, out: make(chan Update), begun: make(chan struct{}), ready: newDoorbell(), ended: make(chan struct{})}
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
	if len(w.pending)+len(selected) > maxPending {
		w.pending, w.resync = nil, after
	} else {
		w.pending = append(w.pending, selected...)
	}
	w.ready.ring()
}

// overrun has the watcher begin again: too much happened to be told one by one.
func (w *watcher) overrun(after string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending, w.resync = nil, after
	w.ready.ring()
}

// end closes the channel, whether or not anybody reads: the reader comes back with its cursor.
func (w *watcher) end() {
	w.began()
	w.endedOnce.Do(func() { close(w.ended) })
}

func (w *watcher) take() (updates []Update, resync bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	updates, resync = w.pending, w.resync != ""
	w.pending, w.resync = nil, ""
	return updates, resync
}

// deliver sends the past and then what is live until ctx ends or the feed does, and closes the channel.
func (w *watcher) deliver(ctx context.Context, past []Update, snapshot func(context.Context) ([]Update, error)) {
	defer close(w.out)
	sent := versions{}
	if !w.send(ctx, past, sent) {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.ended:
			return
		case <-w.ready.c:
		}
		updates, resync := w.take()
		if resync {
			again, err := snapshot(ctx)
			if err != nil {
				return // the reader sees the channel close, and comes back with its cursor
			}
			updates = append(again, updates...)
		}
		if !w.send(ctx, updates, sent) {
			return
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
