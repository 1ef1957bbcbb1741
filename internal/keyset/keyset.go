// Package keyset pages through lists that are ordered by one key: a page begins behind the key of the last one's end, so that
// cursors stay valid while items come and go. The stores of documents and products list by it.
package keyset

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/taskq"
)

// Window is a checked page. A store reads Size+1 items, to tell whether there are more.
type Window struct {
	Size     int
	Backward bool    // the last ones before Before, not the first ones after After
	After    *string // key of the item before the first; nil: from the start
	Before   *string // key of the item behind the last; nil: to the end
}

// NewWindow checks a page of a list whose keys isKey accepts. Errors: *taskq.InvalidError.
func NewWindow(page taskq.Page, isKey func(string) bool) (Window, error) {
	switch {
	case page.First > 0 && page.Last > 0:
		return Window{}, &taskq.InvalidError{Field: "first", Message: "and last cannot both be given"}
	case page.First <= 0 && page.Last <= 0:
		return Window{}, &taskq.InvalidError{Field: "first", Message: "or last must be positive"}
	case max(page.First, page.Last) > taskq.MaxPageSize:
		return Window{}, &taskq.InvalidError{Field: "first", Message: fmt.Sprintf("and last must be at most %d", taskq.MaxPageSize)}
	}
	after, err := readCursor("after", page.After, isKey)
	if err != nil {
		return Window{}, err
	}
	before, err := readCursor("before", page.Before, isKey)
	return Window{Size: max(page.First, page.Last), Backward: page.Last > 0, After: after, Before: before}, err
}

// IsID accepts ids as they are written by String, which PostgreSQL reads, too.
func IsID(key string) bool { return len(key) == 36 && uuid.Validate(key) == nil }

// IsOrdinal accepts numbers from 0 that PostgreSQL's int can hold.
func IsOrdinal(key string) bool {
	_, err := strconv.ParseUint(key, 10, 31)
	return err == nil
}

// Slice makes a slice of what a store found, in the order of the list: one more than asked for, if there is more in the
// direction of reading.
func Slice[T any](w Window, items []T, key func(T) string) taskq.Slice[T] {
	more := len(items) > w.Size
	if more && w.Backward {
		items = items[1:]
	} else if more {
		items = items[:w.Size]
	}
	s := taskq.Slice[T]{Items: items, Cursors: make([]string, len(items))}
	for i, item := range items {
		s.Cursors[i] = base64.RawURLEncoding.EncodeToString([]byte(key(item)))
	}
	s.HasNext, s.HasPrevious = more, w.After != nil
	if w.Backward {
		s.HasNext, s.HasPrevious = w.Before != nil, more
	}
	return s
}

// readCursor returns nil for no cursor.
func readCursor(field, text string, isKey func(string) bool) (*string, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no cursor bounds nothing
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !isKey(string(raw)) {
		return nil, &taskq.InvalidError{Field: field, Message: "is not a cursor of this list"}
	}
	key := string(raw)
	return &key, nil
}
