package taskq

import (
	"context"
	"time"
)

// fetcher claims for a worker, in batches of what is free.
type fetcher struct {
	*worker
	session  *session
	reader   *laneReader
	lanes    []lane
	checked  time.Time // when lost claims were last looked for
	more     bool      // the last claim filled all free slots: there is probably more
	failures int       // in a row; while there are, no bell cuts the pause short
}

// fetch claims tasks until the worker drains or ctx ends.
func (w *worker) fetch(ctx context.Context) {
	f := &fetcher{worker: w, session: w.session(), reader: newLaneReader(w)}
	defer f.session.close()
	spawn(&w.loops, func() { f.reader.run(ctx) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		rang, goOn := f.wait(ctx, timer)
		if !goOn {
			return
		}
		timer.Reset(f.round(ctx, rang))
	}
}

// wait returns when there may be something to claim, and whether that is because a bell rang. goOn is false at the end.
func (f *fetcher) wait(ctx context.Context, timer *time.Timer) (rang, goOn bool) {
	for {
		select {
		case <-ctx.Done():
			f.cancelAll(ErrShutdown) // nobody sends heartbeats for them any more
			return false, false
		case <-f.draining:
			return false, false
		case <-timer.C:
			return false, true
		case read := <-f.reader.read:
			f.lanes = merge(f.lanes, read)
			if len(read) > 0 && f.failures == 0 {
				return false, true
			}
		case <-f.bells.ready.c:
			if f.failures == 0 {
				return true, true
			}
		case <-f.freed.c:
			if f.more && f.failures == 0 {
				return false, true
			}
		}
	}
}

// round claims once, and returns how long nothing else needs to be done. Where a bell rang and nothing was found, what rang
// is in a lane that is not known yet, or comes from a transaction older than the floor.
func (f *fetcher) round(ctx context.Context, rang bool) time.Duration {
	if !f.isAlive() {
		return f.timing.poll
	}
	err := f.handBackLost(ctx)
	free := f.free()
	if err == nil && free > 0 {
		var n int
		n, err = f.claim(ctx, free)
		f.more = n == free
		if rang && n == 0 && err == nil {
			f.reader.asked.ring()
		}
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
	claimed, err := claim(ctx, f.session, f.id, f.lanes, limit)
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
	for _, l := range f.lanes {
		if !l.NextAt.IsZero() {
			wait = min(wait, max(time.Until(l.NextAt), time.Millisecond))
		}
	}
	return wait
}
