package document

import (
	"encoding/base64"
	"fmt"

	"github.com/taskwire/taskwire/taskq"
)

// window is a checked page of a list that is ordered by one key.
type window struct {
	size     int
	backward bool
	after    *string // key of the item before the first; nil: from the start
	before   *string // key of the item behind the last; nil: to the end
}

// newWindow checks a page whose keys isKey accepts.
func newWindow(page taskq.Page, isKey func(string) bool) (window, error) {
	switch {
	case page.First > 0 && page.Last > 0:
		return window{}, &taskq.InvalidError{Field: "first", Message: "and last cannot both be given"}
	case page.First <= 0 && page.Last <= 0:
		return window{}, &taskq.InvalidError{Field: "first", Message: "or last must be positive"}
	case max(page.First, page.Last) > taskq.MaxPageSize:
		return window{}, &taskq.InvalidError{Field: "first", Message: fmt.Sprintf("and last must be at most %d", taskq.MaxPageSize)}
	}
	after, err := readCursor("after", page.After, isKey)
	if err != nil {
		return window{}, err
	}
	before, err := readCursor("before", page.Before, isKey)
	return window{size: max(page.First, page.Last), backward: page.Last > 0, after: after, before: before}, err
}

// slice makes a slice of what the store found: one more than asked for, if there
// is more in the direction of reading.
func slice[T any](w window, items []T, key func(T) string) taskq.Slice[T] {
	more := len(items) > w.size
	if more && w.backward {
		items = items[1:]
	} else if more {
		items = items[:w.size]
	}
	s := taskq.Slice[T]{Items: items, Cursors: make([]string, len(items))}
	for i, item := range items {
		s.Cursors[i] = base64.RawURLEncoding.EncodeToString([]byte(key(item)))
	}
	s.HasNext, s.HasPrevious = more, w.after != nil
	if w.backward {
		s.HasNext, s.HasPrevious = w.before != nil, more
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
