package taskq

import "errors"

// Errors that callers tell apart with errors.Is.
var (
	// ErrNotFound: there is no such task.
	ErrNotFound = errors.New("task not found")
	// ErrLeaseLost: the attempt is no longer the owner of its task (rescued, cancelled, or claimed again). Nothing was
	// written; the handler should return.
	ErrLeaseLost = errors.New("the lease of this attempt was lost")
	// ErrCancelRequested is the cause of a handler's cancelled context when somebody asked to cancel its task.
	ErrCancelRequested = errors.New("cancelled on request")
	// ErrShutdown is the cause of a handler's cancelled context when its process stops.
	ErrShutdown = errors.New("the worker is shutting down")
	// ErrTimeout is the cause of a handler's cancelled context when its attempt took too long.
	ErrTimeout = errors.New("the attempt took longer than its timeout")
	// ErrCursorExpired: a feed cursor is too old or from another cluster. Query again, then watch from now.
	ErrCursorExpired = errors.New("the cursor has expired")
)

// InvalidError says that a caller's input cannot be accepted, and why.
type InvalidError struct {
	Field   string // as the API names it
	Message string // continues "<field> …"
	Kind    InvalidKind
}

// InvalidKind is what programs tell mistakes apart by.
type InvalidKind string

// The kinds of an [InvalidError].
const (
	NotAcceptable InvalidKind = ""          // the value
	NotThere      InvalidKind = "NOT_FOUND" // what the value refers to
)

func (e *InvalidError) Error() string { return e.Field + " " + e.Message }

// BatchError says which task of a batch an error is about.
type BatchError struct {
	Index int // from 0
	Err   error
}

func (e *BatchError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *BatchError) Unwrap() error { return e.Err }

func invalid(field, message string) error { return &InvalidError{Field: field, Message: message} }
