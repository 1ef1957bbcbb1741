package taskq

import (
	"errors"
	"fmt"
	"time"
)

// A handler says by what it returns how its attempt ended: nil completes the task, an error retries it after a backoff
// while attempts remain, and the errors of this file do what they say.

// Fail wraps err so that the task fails at once, without a retry: trying again could not help.
func Fail(err error) error { return &failError{err} }

// Cancel wraps err so that the task ends as CANCELLED: the work is no longer wanted.
func Cancel(err error) error { return &cancelError{err} }

// Snooze puts the task back for d without using up an attempt: the work cannot be done yet. Panics if d is negative.
func Snooze(d time.Duration) error {
	if d < 0 {
		panic("taskq: Snooze of a negative duration")
	}
	return &snoozeError{d}
}

type failError struct{ err error }

func (e *failError) Error() string { return e.err.Error() }
func (e *failError) Unwrap() error { return e.err }

type cancelError struct{ err error }

func (e *cancelError) Error() string { return e.err.Error() }
func (e *cancelError) Unwrap() error { return e.err }

type snoozeError struct{ delay time.Duration }

func (e *snoozeError) Error() string { return fmt.Sprintf("snoozed for %s", e.delay) }

// panicError is a handler's panic, turned into a failed attempt.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("The handler panicked: %v", e.value) }

// detailOf returns what the history keeps of err beside its message: the stack of a panic.
func detailOf(err error) string {
	var p *panicError
	if errors.As(err, &p) {
		return p.Error() + "\n\n" + string(p.stack)
	}
	return ""
}
