package taskq

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// snapshot is PostgreSQL's pg_snapshot: which transactions had ended when it was taken. The feed's place in the stream
// of changes is a snapshot rather than a number, since a sequence is no cursor: id 10 may commit after 11 was read.
// Whatever is not visible in the old snapshot and visible in the new one is exactly what happened between the two.
type snapshot struct {
	xmin     uint64   // everything below had ended
	xmax     uint64   // nothing from here on had
	inFlight []uint64 // what had not ended between the two
}

// parseSnapshot reads PostgreSQL's text form, xmin:xmax:xip,xip,….
func parseSnapshot(text string) (snapshot, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return snapshot{}, fmt.Errorf("parsing snapshot %q: not three parts", text)
	}
	var s snapshot
	var errMin, errMax, errList error
	s.xmin, errMin = strconv.ParseUint(parts[0], 10, 64)
	s.xmax, errMax = strconv.ParseUint(parts[1], 10, 64)
	if parts[2] != "" {
		for xid := range strings.SplitSeq(parts[2], ",") {
			n, err := strconv.ParseUint(xid, 10, 64)
			errList = cmp.Or(errList, err)
			s.inFlight = append(s.inFlight, n)
		}
	}
	if err := cmp.Or(errMin, errMax, errList); err != nil {
		return snapshot{}, fmt.Errorf("parsing snapshot %q: %w", text, err)
	}
	return s, nil
}

// writersInFlight reports whether a transaction that may have written had not ended.
func (s snapshot) writersInFlight() bool { return s.xmin < s.xmax }

// maxCursorInFlight limits the transactions that a client's cursor names. Beyond, it begins at the oldest of them and
// repeats a little.
const maxCursorInFlight = 32

// feedCursor is what a client's opaque cursor holds. Transaction ids mean something only within one cluster.
type feedCursor struct {
	System   string   `json:"s"`
	Xmin     uint64   `json:"n"`
	Xmax     uint64   `json:"x"`
	InFlight []uint64 `json:"f,omitempty"`
}

func (s snapshot) cursor(system string) string {
	c := feedCursor{System: system, Xmin: s.xmin, Xmax: s.xmax, InFlight: s.inFlight}
	if len(c.InFlight) > maxCursorInFlight {
		c.Xmax, c.InFlight = s.xmin, nil
	}
	encoded, _ := json.Marshal(c) // numbers and a string always encode
	return base64.RawURLEncoding.EncodeToString(encoded)
}

// parseCursor reads a client's cursor. Errors: ErrCursorExpired for one of another cluster, *InvalidError for garbage.
func parseCursor(text, system string) (snapshot, error) {
	var c feedCursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 4096 || json.Unmarshal(raw, &c) != nil {
		return snapshot{}, invalid("after", "is not a cursor of the feed")
	}
	if c.System != system {
		return snapshot{}, ErrCursorExpired
	}
	if c.Xmin > c.Xmax || len(c.InFlight) > maxCursorInFlight {
		return snapshot{}, invalid("after", "is not a cursor of the feed")
	}
	slices.Sort(c.InFlight)
	return snapshot{xmin: c.Xmin, xmax: c.Xmax, inFlight: c.InFlight}, nil
}
