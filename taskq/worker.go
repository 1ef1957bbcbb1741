package taskq

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// worker runs tasks in this process: one fetcher claims, each attempt has a goroutine, one completer and one progress
// writer batch what they write, and a heartbeat keeps the leases.
type worker struct {
	id       uuid.UUID
	store    store
	config   *Config
	timing   *timing
	log      *slog.Logger
	handlers map[Type]*registration
	bells    *doorbells

	ends      *sessions // for the ends of attempts that do not complete
	completer completer
	progress  progressWriter
	paces     paces
	freed     doorbell      // a slot became free
	unknown   doorbell      // the database does not know this worker: time for a heartbeat
	draining  chan struct{} // closed when no more may be claimed
	halt      context.CancelFunc
	loops     sync.WaitGroup // heartbeat, upkeep
	fetching  sync.WaitGroup // the fetcher
	writers   sync.WaitGroup // completer, progress writer: end after the attempts
	attempts  sync.WaitGroup

	mu       sync.Mutex // protects the rest
	running  map[uuid.UUID]*Attempt
	slots    int       // held by attempts, and by completions that are not durable yet
	lastBeat time.Time // when the last heartbeat that arrived was sent, by the monotonic clock
}

func newWorker(ctx context.Context, s store, config *Config, handlers map[Type]*registration, bells *doorbells) (*worker, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	w := &worker{
		id: id, store: s, config: config, timing: &config.timing, handlers: handlers, bells: bells,
		log:   config.Logger.With("worker", id),
		freed: newDoorbell(), unknown: newDoorbell(), draining: make(chan struct{}), running: map[uuid.UUID]*Attempt{},
	}
	w.ends = newSessions(maxEndSessions, w.session)
	w.completer.init(w)
	w.progress.init(w)
	if err := s.registerTypes(ctx, w.types()); err != nil {
		return nil, err
	}
	beat := w.session()
	defer beat.close()
	err = w.beat(ctx, beat)
	return w, err
}

func (w *worker) session() *session { return newSession(w.config.DSN, w.timing.call) }

func (w *worker) types() []Type {
	types := make([]Type, 0, len(w.handlers))
	for t := range w.handlers {
		types = append(types, t)
	}
	return types
}

// start runs until stop, or until ctx ends.
func (w *worker) start(ctx context.Context) {
	ctx, w.halt = context.WithCancel(ctx)
	// The writers outlive ctx: what a handler finished is written even while the process stops.
	unbound := context.WithoutCancel(ctx)
	spawn(&w.writers, func() { w.completer.run(unbound) })
	spawn(&w.writers, func() { w.progress.run(unbound) })
	spawn(&w.loops, func() { w.heartbeat(ctx) })
	spawn(&w.loops, func() { w.maintain(ctx) })
	spawn(&w.loops, func() { w.watchCancels(ctx) })
	spawn(&w.loops, func() { w.every(ctx, w.timing.retention, doorbell{}, func() { w.retain(ctx) }) })
	spawn(&w.fetching, func() { w.fetch(ctx) })
}

func spawn(group *sync.WaitGroup, f func()) {
	group.Add(1)
	go func() {
		defer group.Done()
		f()
	}()
}

// stop drains until ctx ends, then cancels the handlers, whose tasks are handed back. What a handler leaves running after
// Config.StopGrace keeps no lease: this worker is struck off, and its tasks are rescued at once.
func (w *worker) stop(ctx context.Context) {
	close(w.draining)
	idle := make(chan struct{})
	go func() {
		w.fetching.Wait() // its last claim may begin attempts still
		w.attempts.Wait()
		close(idle)
	}()
	if !waitFor(ctx, idle) {
		w.cancelAll(ErrShutdown)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.config.StopGrace)
		defer cancel()
		if !waitFor(grace, idle) {
			w.log.Warn("handlers did not stop in time; their tasks are handed to others", "count", w.count())
		}
	}
	w.completer.stop()
	w.progress.stop()
	w.writers.Wait()
	w.halt()
	w.fetching.Wait()
	w.loops.Wait()
	w.ends.close()
	final, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	session := w.session()
	defer session.close()
	w.writePaces(final, session)
	if err := strikeOff(final, session, w.id); err != nil {
		w.log.Warn("this worker could not sign off; its tasks are rescued when its heartbeat runs out", "error", err)
	}
}

// waitFor reports whether done was closed before ctx ended.
func waitFor(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// free returns how many more tasks can be claimed.
func (w *worker) free() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.config.MaxRunning - w.slots
}

// release gives back n slots.
func (w *worker) release(n int) {
	w.mu.Lock()
	w.slots -= n
	w.mu.Unlock()
	w.freed.ring()
}

func (w *worker) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.running)
}

// leases returns what this worker runs.
func (w *worker) leases() (ids []uuid.UUID, leases []int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, a := range w.running {
		ids, leases = append(ids, id), append(leases, a.Lease)
	}
	return ids, leases
}

// lose cancels the attempt that runs this task, if there is one.
func (w *worker) lose(id uuid.UUID, cause error) {
	w.mu.Lock()
	a := w.running[id]
	w.mu.Unlock()
	if a != nil {
		a.cancel(cause)
	}
}

func (w *worker) cancelAll(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.running {
		a.cancel(cause)
	}
}
