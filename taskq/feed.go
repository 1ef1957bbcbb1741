package taskq

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// feed reads what changed, once for all watchers of this process, whenever the doorbell rings, and again each second:
// a lost notification costs a second, never an update. While nobody watches it reads nothing.
type feed struct {
	store   store
	dsn     string
	timing  *timing
	log     *slog.Logger
	vitals  *vitals
	wanted  doorbell // somebody waits for a pass
	replays *replayer

	mu       sync.Mutex // protects the rest
	watchers map[*Watcher]struct{}
	place    snapshot            // everything visible in it was published
	readAt   time.Time           // when the last pass that succeeded began; before it, the first watcher came
	passes   uint64              // that were published
	progress map[uuid.UUID]int64 // the versions of running tasks that the last pass has seen
	system   string              // the cluster; empty until the feed runs
	open     bool                // between Start and Stop

	deliveries sync.WaitGroup // the goroutines of Watch
}

// maxPassEvents limits one pass. When more happened since the last one, the watches end, and readers come back with their
// cursors.
const maxPassEvents = 20_000

func newFeed(s store, config *Config) *feed {
	return &feed{
		store: s, dsn: config.DSN, timing: &config.timing, log: config.Logger, vitals: &vitals{},
		wanted: newDoorbell(), replays: &replayer{dsn: config.DSN, timing: &config.timing}, watchers: map[*Watcher]struct{}{},
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
	wait := f.timing.poll
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		rung := true
		select {
		case <-ctx.Done():
			return
		case <-changed.c:
		case <-f.wanted.c:
		case <-timer.C:
			rung = wait < f.timing.poll // looking again after writers in flight makes up for no notification
		}
		if f.isWatched() {
			wait = f.pass(ctx, session, rung)
			timer.Reset(wait)
		}
	}
}

func (f *feed) isWatched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.watchers) > 0
}

// pass publishes what changed since the last one, and returns when to look again if nothing rings.
func (f *feed) pass(ctx context.Context, s *session, rung bool) time.Duration {
	began := time.Now()
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
	if n := f.publish(&found, began); n > 0 && !rung {
		f.vitals.backstopHits.Add(1)
	}
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

// publish returns how many changes it has told of.
func (f *feed) publish(found *feedPass, began time.Time) int {
	overrun := len(found.changes) > maxPassEvents
	f.mu.Lock()
	defer f.mu.Unlock()
	var changes []feedChange
	changes, f.progress = distinct(found.changes, f.progress)
	before, after := f.place.cursor(f.system), found.now.cursor(f.system)
	f.place, f.readAt = found.now, began
	f.passes++
	updates := updatesOf(changes, f.passes)
	for w := range f.watchers {
		w.began()
		if overrun {
			f.vitals.resyncs.Add(1)
			w.end()
		} else {
			w.offer(updates, before, after, f.passes)
		}
		if !w.isSettled() {
			f.wanted.ring()
		}
	}
	return len(changes)
}

// distinct leaves out what was published before: as long as a transaction that writes stays open, each pass sees the
// progress since it began again. It returns the progress that this pass saw.
func distinct(changes []feedChange, before map[uuid.UUID]int64) (kept []feedChange, progress map[uuid.UUID]int64) {
	told := map[uuid.UUID]int64{}
	for i := range changes {
		if c := &changes[i]; c.event != nil {
			told[c.id] = max(told[c.id], c.event.Version)
		}
	}
	progress = map[uuid.UUID]int64{}
	for i := range changes {
		c := &changes[i]
		if c.event == nil {
			progress[c.id] = c.task.Version
			if c.task.Version <= max(told[c.id], before[c.id]) {
				continue
			}
		}
		kept = append(kept, *c)
	}
	return kept, progress
}

var errNotStarted = errors.New("watching needs a client that was started and not stopped")

// register returns a channel that is closed once the feed has a place.
func (f *feed) register(w *Watcher) (<-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open {
		return nil, errNotStarted
	}
	if len(f.watchers) == 0 {
		f.readAt = time.Now()
	}
	f.watchers[w] = struct{}{}
	if f.place.xmax > 0 {
		w.began()
	}
	f.wanted.ring()
	return w.begun, nil
}

// unregister returns the last pass that was published to w.
func (f *feed) unregister(w *Watcher) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watchers, w)
	if len(f.watchers) == 0 {
		f.place, f.progress = snapshot{}, nil // nobody reads on: the next watcher begins at its own time
	}
	return f.passes
}

// settle has w know of its past, which was just read. What the pass after the next one finds is all newer than that.
func (f *feed) settle(w *Watcher, past []Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.begin(past, f.passes+2)
	f.wanted.ring()
}

func (f *feed) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = false
	for w := range f.watchers {
		w.end()
	}
}
