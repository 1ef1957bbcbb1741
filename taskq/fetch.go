package taskq

import (
	"context"
	"time"
)

// fetcher claims for a worker, in batches of what is free.
type fetcher struct {
	*worker
	session   *session
	lanes     []lane
	refreshed time.Time // when the lanes were last read
	checked   time.Time // when lost claims were last looked for
	soon      bool      // what rang may be in a lane not known yet, and the lanes were read too short a while ago to read them again
	more      bool      // the last claim filled all free slots: there is probably more
	failures  int       // in a row; while there are, no bell cuts the pause short
}

// refreshGap is the least time between two readings of the lanes.
const refreshGap = 10 * time.Millisecond

// fetch claims tasks until the worker drains or ctx ends.
func (w *worker) fetch(ctx context.Context) {
	f := &fetcher{worker: w, session: w.session()}
	defer f.session.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			w.cancelAll(ErrShutdown) // nobody sends heartbeats for them any more
			return
		case <-w.draining:
			return
		case <-timer.C:
		case <-w.bells.ready.c:
			if f.failures > 0 {
				continue
			}
		case <-w.freed.c:
			if !f.more || f.failures > 0 {
				continue
			}
		}
		timer.Reset(f.round(ctx))
	}
}

// round claims once, and returns how long nothing else needs to be done.
func (f *fetcher) round(ctx context.Context) time.Duration {
	if !f.isAlive() {
		return f.timing.poll
	}
	err := f.handBackLost(ctx)
	free := f.free()
	if err == nil && free > 0 {
		var n int
		n, err = f.claim(ctx, free)
		f.more = n == free
	} else {
		f.more = true
	}
	if err == nil {
		f.failures = 0
		return f.untilNext()
	}
	if isUnknownWorker(err) {
		f.unknown.ring()
	}
	if ctx.Err() == nil {
		f.log.Error("tasks cannot be claimed; trying again", "error", err)
	}
	f.failures++
	return min(f.timing.poll<<min(f.failures, 4), 10*time.Second)
}

// handBackLost looks for claims of this worker whose answer never arrived: nobody runs them, and while this worker lives
// nobody would rescue them. After a failure at once, and now and then in case such a claim is committed late. Only the
// fetcher begins attempts, so what is not among those that run now never will be.
func (f *fetcher) handBackLost(ctx context.Context) error {
	if f.failures == 0 && time.Since(f.checked) < f.timing.heartbeat {
		return nil
	}
	ids, leases := f.leases()
	n, err := releaseLost(ctx, f.session, f.id, ids, leases)
	if err != nil {
		return err
	}
	if n > 0 {
		f.log.Warn("tasks whose claim got lost on the way are handed back", "count", n)
	}
	f.checked = time.Now()
	return nil
}

// isAlive reports whether this worker's leases are good: it claims nothing that it would be declared dead for.
func (w *worker) isAlive() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.lastBeat) < w.timing.fenceAfter
}

func (f *fetcher) claim(ctx context.Context, limit int) (int, error) {
	age := time.Since(f.refreshed)
	if age >= f.timing.poll {
		if err := f.refresh(ctx); err != nil {
			return 0, err
		}
	}
	claimed, err := claim(ctx, f.session, f.id, f.lanes, limit)
	f.soon = false
	switch {
	case err != nil || len(claimed) > 0 || age >= f.timing.poll:
	case age < refreshGap:
		f.soon = true
	default:
		// Something rang, and it is in none of the lanes known: a new priority, or a transaction older than the floor.
		if err = f.refresh(ctx); err == nil {
			claimed, err = claim(ctx, f.session, f.id, f.lanes, limit)
		}
	}
	f.raiseFloors(claimed)
	for _, a := range claimed {
		f.beginUnlessDraining(ctx, a)
	}
	return len(claimed), err
}

// beginUnlessDraining hands back what was claimed while Stop was called.
func (f *fetcher) beginUnlessDraining(ctx context.Context, a *Attempt) {
	select {
	case <-f.draining:
		f.untilWritten(ctx, a, func(ctx context.Context, s *session) error { return release(ctx, s, a, 0, "worker stopped") })
	default:
		f.begin(ctx, a)
	}
}

// refresh reads the lanes anew.
func (f *fetcher) refresh(ctx context.Context) error {
	read, err := readLanes(ctx, f.session, f.types())
	if err != nil {
		return err
	}
	f.lanes, f.refreshed = merge(f.lanes, read), time.Now()
	return nil
}

// raiseFloors follows what was claimed, which is in order.
func (f *fetcher) raiseFloors(claimed []*Attempt) {
	last := map[laneKey]place{}
	for _, a := range claimed {
		last[laneKey{a.Type, a.Priority}] = place{a.RunAt, a.ID}
	}
	now := time.Now()
	for i := range f.lanes {
		f.lanes[i].claimed(last[f.lanes[i].laneKey], now)
	}
}

// untilNext returns how long to sleep when no bell rings: to the next scheduled task, at most to the next poll.
func (f *fetcher) untilNext() time.Duration {
	wait := f.timing.poll
	if f.soon {
		wait = refreshGap
	}
	for _, l := range f.lanes {
		if !l.NextAt.IsZero() {
			wait = min(wait, max(time.Until(l.NextAt), time.Millisecond))
		}
	}
	return wait
}
