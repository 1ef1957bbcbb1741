package taskq

import (
	"context"
	"sync"
	"time"
)

// overtime ends an attempt that takes longer than its timeout: it cancels the handler's context, and takes the lease away
// when the handler goes on for the grace after that. One timer does both, as every attempt pays for it.
type overtime struct {
	cancel func()
	revoke func()
	grace  time.Duration

	mu        sync.Mutex // protects the rest
	timer     *time.Timer
	cancelled bool
	over      bool
}

const maxTimeout = 100 * 365 * 24 * time.Hour

func (w *worker) startOvertime(ctx context.Context, r *registration, a *Attempt) *overtime {
	timeout := r.timeout
	if a.TimeoutSeconds != nil {
		timeout = time.Duration(*a.TimeoutSeconds) * time.Second
	}
	o := &overtime{
		cancel: func() { a.cancel(ErrTimeout) }, revoke: func() { w.revoke(ctx, r, a) }, grace: w.timing.cancelGrace,
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = time.AfterFunc(min(timeout, maxTimeout), o.expire)
	return o
}

func (o *overtime) expire() {
	if o.isExhausted() {
		o.revoke()
	}
}

// isExhausted reports whether the grace is over too. The first time it cancels, and begins the grace.
func (o *overtime) isExhausted() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.over && !o.cancelled {
		o.cancelled = true
		o.cancel()
		o.timer.Reset(o.grace)
		return false
	}
	return !o.over
}

// stop says that the handler has returned.
func (o *overtime) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	o.timer.Stop()
}

// revoke takes the lease from an attempt whose handler goes on after its timeout: what it writes later is refused.
func (w *worker) revoke(ctx context.Context, r *registration, a *Attempt) {
	wait := r.backoff(a.Attempt)
	w.untilWritten(ctx, a, func(ctx context.Context, s *session) error {
		return fail(ctx, s, a, "The attempt took longer than its timeout, and its handler did not stop.", "", &wait)
	})
}
