package taskq

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// Handler does the work of one attempt at a task. It returns nil when the work is done; see [Fail], [Snooze] and [Cancel]
// for what else it can say. Any other error retries the task after a backoff, and so does a panic.
//
// ctx is cancelled, with [context.Cause] telling why, when somebody asks to cancel the task ([ErrCancelRequested]), when
// the attempt takes longer than its timeout ([ErrTimeout]), when the lease is lost ([ErrLeaseLost]) and when the process
// stops ([ErrShutdown]). A handler that goes on regardless loses its lease after a grace; what it writes then is refused.
//
// A task can run more than once: after a crash, the next attempt begins anew. Effects in the same database belong in
// [Attempt.Tx]; other effects must bear repetition.
type Handler func(ctx context.Context, task *Attempt) error

// HandlerOption changes how the tasks of a type run.
type HandlerOption func(*registration)

type registration struct {
	handler Handler
	timeout time.Duration
	backoff func(attempt int) time.Duration
}

// WithTimeout limits one attempt at a task of this type, unless the task has its own timeout. Default: 1 hour. Panics
// unless d is positive.
func WithTimeout(d time.Duration) HandlerOption {
	if d <= 0 {
		panic("taskq: WithTimeout needs a positive duration")
	}
	return func(r *registration) { r.timeout = d }
}

// WithBackoff sets how long a task waits after its n-th attempt failed (the first is 1). Default: [DefaultBackoff].
func WithBackoff(backoffFunc func(attempt int) time.Duration) HandlerOption {
	return func(r *registration) { r.backoff = backoffFunc }
}

const (
	defaultTimeout = time.Hour
	maxBackoff     = 24 * time.Hour
)

// DefaultBackoff waits attempt⁴ seconds, as River and Sidekiq do: 1 s, 16 s, 81 s, 4 min, 10 min, …, at most a day, each
// moved by up to 10 % at random, so that tasks that failed together do not return together.
func DefaultBackoff(attempt int) time.Duration {
	base := min(math.Pow(float64(attempt), 4), maxBackoff.Seconds())
	jitter := 0.9 + 0.2*rand.Float64()
	return time.Duration(base * jitter * float64(time.Second))
}
