package taskq

import (
	"context"
	"time"
)

// heartbeat says that this worker lives until ctx ends. When no heartbeat has arrived for so long that others may soon
// take this worker for dead, it takes itself for dead first: its handlers are cancelled before anybody else runs their
// tasks.
func (w *worker) heartbeat(ctx context.Context) {
	session := newSession(w.config.DSN, w.timing.heartbeat)
	defer session.close()
	fence := time.AfterFunc(w.timing.fenceAfter, w.fence)
	defer fence.Stop()
	ticker := time.NewTicker(w.timing.heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-w.unknown.c:
		}
		err := w.beat(ctx, session)
		if err == nil {
			fence.Reset(w.timing.fenceAfter)
		} else if ctx.Err() == nil {
			w.log.Warn("the heartbeat does not reach the database", "error", err)
			ticker.Reset(min(w.timing.heartbeat, time.Second)) // soon again
			continue
		}
		ticker.Reset(w.timing.heartbeat)
	}
}

// beat sends one heartbeat. When the database no longer knows this worker, its tasks were given to others.
func (w *worker) beat(ctx context.Context, s *session) error {
	sent := time.Now()
	known, err := beat(ctx, s, w.id, hostname(), w.config.Version, w.count())
	if err != nil {
		return err
	}
	w.mu.Lock()
	first := w.lastBeat.IsZero()
	w.lastBeat = sent
	w.mu.Unlock()
	if !known && !first {
		w.log.Warn("this worker was taken for dead; its handlers are cancelled")
		w.cancelAll(ErrLeaseLost)
	}
	return nil
}

func (w *worker) fence() {
	w.log.Warn("no heartbeat reached the database in time; this worker's handlers are cancelled")
	w.cancelAll(ErrLeaseLost)
}

// maintain takes part in the upkeep of the whole system: rescue, and the enforcement of cancels. One process at a time
// does it; which one is settled in the database.
func (w *worker) maintain(ctx context.Context) {
	session := w.session()
	written := time.Now()
	defer session.close()
	w.every(ctx, w.timing.maintenance, doorbell{}, func() {
		if time.Since(written) >= w.timing.pace {
			w.writePaces(ctx, session)
			written = time.Now()
		}
		n, err := maintain(ctx, session, w.timing.deadAfter, w.timing.cancelGrace)
		switch {
		case err != nil && ctx.Err() == nil:
			w.log.Warn("upkeep cannot be done; trying again", "error", err)
		case n > 0:
			w.log.Info("tasks rescued or cancelled by force", "count", n)
		}
	})
}

// watchCancels tells handlers that somebody asked to cancel their task.
func (w *worker) watchCancels(ctx context.Context) {
	session := w.session()
	defer session.close()
	w.every(ctx, w.timing.maintenance, w.bells.cancel, func() {
		ids, err := readCancels(ctx, session, w.id)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("cancel requests cannot be read; trying again", "error", err)
		}
		for _, id := range ids {
			w.lose(id, ErrCancelRequested)
		}
	})
}

// every runs f at each interval, and when the bell rings, until ctx ends.
func (w *worker) every(ctx context.Context, interval time.Duration, bell doorbell, f func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-bell.c:
		}
		f()
	}
}
