package taskq

import (
	"database/sql/driver"
	"encoding/hex"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Arrays as the engine's batches send them: without the reflection of pq.Array, which shows at fifty thousand tasks a second.

// uuidArray is a uuid[].
type uuidArray []uuid.UUID

// Value implements [driver.Valuer].
func (a uuidArray) Value() (driver.Value, error) {
	literal := make([]byte, 0, 2+len(a)*(2*len(uuid.UUID{})+1))
	literal = append(literal, '{')
	for i := range a {
		if i > 0 {
			literal = append(literal, ',')
		}
		literal = hex.AppendEncode(literal, a[i][:])
	}
	return append(literal, '}'), nil
}

// sparseArray is an array, of any type that reads from text, most of whose elements are NULL. Where all of them are, it is
// NULL itself, of which unnest beside longer arrays makes as many.
type sparseArray []*string

// Value implements [driver.Valuer].
func (a sparseArray) Value() (driver.Value, error) {
	empty := true
	for _, s := range a {
		empty = empty && s == nil
	}
	if empty {
		return nil, nil //nolint:nilnil // how a Valuer says NULL
	}
	return pq.Array([]*string(a)).Value()
}
