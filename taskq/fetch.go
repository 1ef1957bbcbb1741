package taskq

import (
	"context"
	"slices"
	"time"
)

// lane is one (type, priority) of the ready index, read from its floor on: see taskq_lanes.
type lane struct {
	Type     Type
	Priority int
	Floor    time.Time
	NextAt   *time.Time // when the next scheduled task of the lane is due
}

// fetcher claims for a worker, in batches of what is free.
type fetcher struct {
	*worker
	session   *session
	lanes     []lane
	refreshed time.Time // when the lanes were last read
	more      bool      // the last claim filled all free slots: there is probably more
	failures  int       // in a row
}

// fetch claims tasks until the worker drains or ctx ends.
func (w *worker) fetch(ctx context.Context) {
	f := &fetcher{worker: w, session: newSession(w.config.DSN)}
	defer f.session.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.draining:
			return
		case <-timer.C:
		case <-w.bells.ready.c:
		case <-w.freed.c:
			if !f.more {
				continue
			}
		}
		timer.Reset(f.round(ctx))
	}
}

// round claims once, and returns how long nothing else needs to be done.
func (f *fetcher) round(ctx context.Context) time.Duration {
	free := f.free()
	if free == 0 || !f.isAlive() {
		f.more = true
		return f.timing.poll
	}
	n, err := f.claim(ctx, free)
	if err != nil {
		if ctx.Err() == nil {
			f.log.Error("tasks cannot be claimed; trying again", "error", err)
		}
		f.failures++
		return min(f.timing.poll<<min(f.failures, 4), 10*time.Second)
	}
	f.failures = 0
	f.more = n == free
	return f.untilNext()
}

// isAlive reports whether this worker's leases are good: it claims nothing that it would be declared dead for.
func (w *worker) isAlive() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.lastBeat) < w.timing.fenceAfter
}

func (f *fetcher) claim(ctx context.Context, limit int) (int, error) {
	if time.Since(f.refreshed) >= f.timing.poll {
		if err := f.refresh(ctx); err != nil {
			return 0, err
		}
	}
	claimed, err := claim(ctx, f.session, f.id, f.lanes, limit)
	if err == nil && len(claimed) == 0 && time.Since(f.refreshed) > 10*time.Millisecond {
		// Something rang, and it is in none of the lanes known: a new priority, or a transaction older than the floor.
		if err = f.refresh(ctx); err == nil {
			claimed, err = claim(ctx, f.session, f.id, f.lanes, limit)
		}
	}
	for i := range claimed {
		f.begin(ctx, &claimed[i])
	}
	return len(claimed), err
}

// refresh reads the lanes anew. A lane stays known once it was seen, so that what comes next into it is found at once.
func (f *fetcher) refresh(ctx context.Context) error {
	now, err := readLanes(ctx, f.session, f.types())
	if err != nil {
		return err
	}
	for _, known := range f.lanes {
		seen := slices.ContainsFunc(now, func(l lane) bool { return l.Type == known.Type && l.Priority == known.Priority })
		if !seen {
			now = append(now, lane{Type: known.Type, Priority: known.Priority, Floor: known.Floor})
		}
	}
	slices.SortStableFunc(now, func(a, b lane) int { return b.Priority - a.Priority })
	f.lanes, f.refreshed = now, time.Now()
	return nil
}

// untilNext returns how long to sleep when no bell rings: to the next scheduled task, at most to the next poll.
func (f *fetcher) untilNext() time.Duration {
	wait := f.timing.poll
	for _, l := range f.lanes {
		if l.NextAt != nil {
			wait = min(wait, max(time.Until(*l.NextAt), time.Millisecond))
		}
	}
	return wait
}
