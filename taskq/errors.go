package taskq

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

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
}

func (e *InvalidError) Error() string { return e.Field + " " + e.Message }

func invalid(field, message string) error { return &InvalidError{Field: field, Message: message} }

// storableText reports whether PostgreSQL's text can hold s.
func storableText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// storableJSON reports whether PostgreSQL's jsonb can hold b, which encoding/json wrote: it has no \u0000. A backslash
// before the u must itself not be escaped.
func storableJSON(b []byte) bool {
	for rest := b; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			return true
		}
		backslashes := 0
		for j := i - 1; j >= 0 && rest[j] == '\\'; j-- {
			backslashes++
		}
		if backslashes%2 == 0 {
			return false
		}
		rest = rest[i+6:]
	}
}
