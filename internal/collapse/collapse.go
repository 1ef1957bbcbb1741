// Package collapse has callers that ask for the same at the same time share what one of them finds out (request
// collapsing), and keeps nothing: a caller shares only a run that began after it came, so it sees all that was there when it
// asked. Package graph answers identical queries by it.
package collapse

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Group shares runs between callers of the same key. The zero Group is ready. It is safe for concurrent use, and must not be
// copied.
type Group[K comparable, V any] struct {
	// Patience is how long a caller waits for a run that is under way before the next one begins beside it. Default: 1 s.
	Patience time.Duration

	mu    sync.Mutex
	lines map[K]*line[V] // guarded by mu: those with callers
}

const (
	defaultPatience = time.Second
	maxWaits        = 2 // for runs that could not be shared
)

// line is where callers of one key wait while a run is under way.
type line[V any] struct {
	turn    chan struct{} // holds one while a run is under way; whoever puts it there runs
	callers int           // guarded by Group.mu
	next    *run[V]       // guarded by Group.mu: the run that callers can still join; nil: the next one makes it
}

// run is what callers wait for together.
type run[V any] struct {
	done   chan struct{} // closed at its end
	value  V             // set before done is closed, as is shared
	shared bool          // the value is for all
}

// Do calls find, or returns what the find of another caller with the same key returned that was called later than this Do.
// isShared says which. find reports whether its value may be shared; callers that waited for one that may not wait once
// more, and then call their own. Do calls find at once unless another of this key is under way, and in any case when ctx
// has ended: find is to say so in its own way.
func (g *Group[K, V]) Do(ctx context.Context, key K, find func() (V, bool)) (value V, isShared bool) {
	l := g.enter(key)
	defer g.leave(key, l)
	for range maxWaits {
		r := g.join(l)
		release, leads := g.await(ctx, l, r)
		switch {
		case leads:
			return r.lead(find, release), false
		case ctx.Err() != nil:
			value, _ = find()
			return value, false
		case r.shared:
			return r.value, true
		}
	}
	value, _ = find()
	return value, false
}

func (g *Group[K, V]) enter(key K) *line[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines[key]
	if l == nil {
		if g.lines == nil {
			g.lines = map[K]*line[V]{}
		}
		l = &line[V]{turn: make(chan struct{}, 1)}
		g.lines[key] = l
	}
	l.callers++
	return l
}

func (g *Group[K, V]) leave(key K, l *line[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.callers--; l.callers == 0 {
		delete(g.lines, key)
	}
}

// join returns the run that begins next.
func (g *Group[K, V]) join(l *line[V]) *run[V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.next == nil {
		l.next = &run[V]{done: make(chan struct{})}
	}
	return l.next
}

// begin has nobody join any more. False: another caller has begun the run.
func (g *Group[K, V]) begin(l *line[V], r *run[V]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.next != r {
		return false
	}
	l.next = nil
	return true
}

// await returns when the caller is to lead the run, and then to call release; when the run has ended; or when ctx has. Who
// leads is left open until then: so nobody has to take over from one that goes away while it waits.
func (g *Group[K, V]) await(ctx context.Context, l *line[V], r *run[V]) (release func(), leads bool) {
	free, turn := func() { <-l.turn }, l.turn
	take := func() bool {
		if g.begin(l, r) {
			return true
		}
		free()
		turn = nil // the run is under way
		return false
	}
	select {
	case turn <- struct{}{}:
		if take() {
			return free, true
		}
	default:
	}
	impatient := time.NewTimer(g.patience())
	defer impatient.Stop()
	for {
		select {
		case turn <- struct{}{}:
			runtime.Gosched() // callers that are about to join can do so, which saves some of them a run
			if take() {
				return free, true
			}
		case <-impatient.C:
			if g.begin(l, r) {
				return func() {}, true
			}
		case <-r.done:
			return nil, false
		case <-ctx.Done():
			return nil, false
		}
	}
}

func (g *Group[K, V]) patience() time.Duration {
	if g.Patience > 0 {
		return g.Patience
	}
	return defaultPatience
}

// lead calls find for all who wait. They learn of its end even when it panics.
func (r *run[V]) lead(find func() (V, bool), release func()) V {
	defer release()
	defer close(r.done)
	r.value, r.shared = find()
	return r.value
}
