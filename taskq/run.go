package taskq

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// begin runs an attempt in a goroutine of its own. ctx is the worker's; the attempt ends with it only through stop.
func (w *worker) begin(ctx context.Context, a *Attempt) {
	r := w.handlers[a.Type]
	handlerCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	a.store, a.log, a.notice, a.step, a.cancel, a.stepped = w.store, w.log, w.progress.notice, w.paces.addStep, cancel, time.Now()
	w.mu.Lock()
	w.slots++
	w.running[a.ID] = a
	w.mu.Unlock()
	w.attempts.Add(1)
	go func() {
		defer w.attempts.Done()
		began := time.Now()
		overtime := w.startOvertime(handlerCtx, r, a)
		err := call(handlerCtx, r.handler, a)
		overtime.stop()
		if err == nil {
			w.paces.addRun(a.Type, time.Since(began))
		}
		w.finish(handlerCtx, r, a, err)
		cancel(nil)
	}()
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
