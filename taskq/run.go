package taskq

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// begin runs one attempt in a goroutine of its own. ctx is the worker's; the attempt ends with it only through stop.
func (w *worker) begin(ctx context.Context, t *Task) {
	r := w.handlers[t.Type]
	timeout := r.timeout
	if t.TimeoutSeconds != nil {
		timeout = time.Duration(*t.TimeoutSeconds) * time.Second
	}
	handlerCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	a := &Attempt{Task: *t, store: w.store, log: w.log, notice: w.progress.notice, step: w.paces.addStep, cancel: cancel, stepped: time.Now()}
	w.mu.Lock()
	w.slots++
	w.running[t.ID] = a
	w.mu.Unlock()
	w.attempts.Add(1)
	go func() {
		defer w.attempts.Done()
		timeout = min(timeout, maxTimeout)
		deadline := time.AfterFunc(timeout, func() { cancel(ErrTimeout) })
		overdue := time.AfterFunc(timeout+w.timing.cancelGrace, func() { w.revoke(handlerCtx, r, a) })
		began := time.Now()
		err := call(handlerCtx, r.handler, a)
		deadline.Stop()
		overdue.Stop()
		if err == nil {
			w.paces.addRun(t.Type, time.Since(began))
		}
		w.finish(handlerCtx, r, a, err)
		cancel(nil)
	}()
}

const maxTimeout = 100 * 365 * 24 * time.Hour

// revoke takes the lease from an attempt whose handler goes on after its timeout: what it writes later is refused.
func (w *worker) revoke(ctx context.Context, r *registration, a *Attempt) {
	wait := r.backoff(a.Attempt)
	w.untilWritten(ctx, a, func(ctx context.Context, s *session) error {
		return fail(ctx, s, a, "The attempt took longer than its timeout, and its handler did not stop.", "", &wait)
	})
}

// call runs the handler; a panic becomes an error.
func call(ctx context.Context, h Handler, a *Attempt) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return h(ctx, a)
}

// finish writes how the attempt ended. The slot is free when that is durable.
func (w *worker) finish(ctx context.Context, r *registration, a *Attempt, err error) {
	if err == nil {
		w.completer.complete(a)
		return
	}
	w.progress.flushOne(ctx, a)
	cause := context.Cause(ctx)
	w.untilWritten(ctx, a, func(ctx context.Context, s *session) error {
		return writeEnd(ctx, s, r, a, err, cause)
	})
	w.end(a)
}

// end forgets the attempt and frees its slot.
func (w *worker) end(a *Attempt) {
	w.mu.Lock()
	w.forget(a)
	w.mu.Unlock()
	w.release(1)
}

// forget needs w.mu. The task may run again already, under a newer lease.
func (w *worker) forget(a *Attempt) {
	if w.running[a.ID] == a {
		delete(w.running, a.ID)
	}
}

// writeEnd turns a handler's error into the attempt's end.
func writeEnd(ctx context.Context, s *session, r *registration, a *Attempt, err, cause error) error {
	var snooze *snoozeError
	var unwanted *cancelError
	var hopeless *failError
	message := cut(err.Error(), maxErrorLength)
	switch {
	case errors.Is(cause, ErrLeaseLost) || errors.Is(err, ErrLeaseLost):
		// Most often somebody else's task by now, and this is refused. A worker that was cut off and is back before it was
		// taken for dead still owns it, and nobody else would ever end it.
		return fail(ctx, s, a, fmt.Sprintf("The worker that ran attempt %d was cut off.", a.Attempt), "", new(time.Duration))
	case errors.As(err, &snooze):
		return release(ctx, s, a, snooze.delay, "snoozed")
	case errors.Is(cause, ErrShutdown):
		return release(ctx, s, a, 0, "worker stopped")
	case errors.Is(cause, ErrCancelRequested):
		return cancelled(ctx, s, a, "")
	case errors.As(err, &unwanted):
		return cancelled(ctx, s, a, message)
	case errors.As(err, &hopeless):
		return fail(ctx, s, a, message, detailOf(err), nil)
	case errors.Is(cause, ErrTimeout):
		message = fmt.Sprintf("The attempt took longer than its timeout. (%s)", message)
	}
	wait := r.backoff(a.Attempt)
	return fail(ctx, s, a, cut(message, maxErrorLength), detailOf(err), &wait)
}

const maxErrorLength = 10_000 // characters of an error message that are kept

// untilWritten repeats write until the database has answered. It cannot give up while this worker lives: its heartbeat
// would keep the task RUNNING for good. A worker that is cut off is declared dead, and then the answer no longer matters.
func (w *worker) untilWritten(ctx context.Context, a *Attempt, write func(context.Context, *session) error) {
	ctx = context.WithoutCancel(ctx)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := w.ends.use(func(s *session) error { return write(ctx, s) })
		if err == nil || errors.Is(err, ErrLeaseLost) || errors.Is(err, errSessionsClosed) {
			return
		}
		w.log.Error("the end of an attempt cannot be written; trying again", "task", a.ID, "error", err)
		if !w.sleep(wait) {
			return
		}
	}
}

// sleep reports whether the worker is still to go on afterwards.
func (w *worker) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.completer.stopping:
		return false
	}
}
