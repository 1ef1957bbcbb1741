// Package feedtest helps tests hold the live feed to its promise: somebody who makes changes at random, and a ledger of what
// a watcher was told, to be compared with what the database says has happened.
package feedtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

// Fields is what a subscription to taskUpdated must ask for so that a [Ledger] can be kept of it.
const Fields = `taskId task { version } event { kind to version } cursor`

// Event is a row of task_events, as watchers are told of it.
type Event struct {
	Task    uuid.UUID       `db:"task_id"`
	Version int64           `db:"version"`
	Kind    taskq.EventKind `db:"kind"`
	To      taskq.Status    `db:"to_status"`
}

// Ledger is what one watcher was told. It is safe for concurrent use.
type Ledger struct {
	// Reconnects says that the watcher does so by itself: what was on its way then is told twice.
	Reconnects bool

	mu     sync.Mutex // protects the rest
	cursor string
	told   map[Event]bool
	latest map[uuid.UUID]int64 // the newest version of each task
	risen  map[uuid.UUID]int64 // likewise, of this visit
	faults []string
	visits int
}

// NewLedger returns an empty one.
func NewLedger() *Ledger {
	return &Ledger{told: map[Event]bool{}, latest: map[uuid.UUID]int64{}, risen: map[uuid.UUID]int64{}}
}

// Visit begins a visit, and returns the cursor to resume after.
func (l *Ledger) Visit() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.visits++
	l.risen = map[uuid.UUID]int64{}
	return l.cursor
}

// Fault notes what should not have happened.
func (l *Ledger) Fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// Note takes an update, the JSON of [Fields].
func (l *Ledger) Note(update []byte) {
	var u struct {
		TaskID string
		Task   *struct{ Version int64 }
		Event  *struct {
			Kind    taskq.EventKind
			To      taskq.Status
			Version int64
		}
		Cursor string
	}
	err := json.Unmarshal(update, &u)
	_, id, ok := globalid.Parse(u.TaskID)
	if err != nil || !ok {
		l.Fault("no update: %s", update)
		return
	}
	told := taskq.Update{TaskID: id, Cursor: u.Cursor}
	if u.Task != nil {
		told.Task = &taskq.Task{Version: u.Task.Version}
	}
	if u.Event != nil {
		told.Event = &taskq.Event{Kind: u.Event.Kind, To: u.Event.To, Version: u.Event.Version}
	}
	l.Tell(&told)
}

// Tell takes an update.
func (l *Ledger) Tell(u *taskq.Update) {
	version := int64(0)
	if u.Task != nil {
		version = u.Task.Version
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	known := false
	if u.Event != nil {
		e := Event{u.TaskID, u.Event.Version, u.Event.Kind, u.Event.To}
		known = l.told[e]
		l.told[e] = true
		version = max(version, e.Version)
	}
	risen := l.risen[u.TaskID]
	if version <= risen && (!l.Reconnects || (version < risen && !known)) {
		l.faults = append(l.faults, fmt.Sprintf("version %d of %s after %d", version, u.TaskID, risen))
	}
	if u.Cursor == "" {
		l.faults = append(l.faults, fmt.Sprintf("no cursor with version %d of %s", version, u.TaskID))
		return // the last one holds
	}
	l.cursor, l.risen[u.TaskID], l.latest[u.TaskID] = u.Cursor, version, max(l.latest[u.TaskID], version)
}

// IsBegun reports whether the watcher was told anything, and so has a cursor.
func (l *Ledger) IsBegun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cursor != ""
}

// Knows reports whether the watcher was told of all these events.
func (l *Ledger) Knows(events []Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		if !l.told[e] {
			return false
		}
	}
	return true
}

// RequireTrue fails the test when the watcher was told of what never happened, versions fell, or the last it knows of a
// task is not how the database has it.
func (l *Ledger) RequireTrue(t testing.TB, db *sqlx.DB, name string) {
	t.Helper()
	happened := map[Event]bool{}
	for _, e := range Happened(t, db, nil) {
		happened[e] = true
	}
	var tasks []struct {
		ID      uuid.UUID
		Version int64
	}
	require.NoError(t, db.SelectContext(t.Context(), &tasks, `SELECT id, version FROM tasks`))
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Empty(t, l.faults, name)
	for e := range l.told {
		require.True(t, happened[e], "%s was told of what never happened: %+v", name, e)
	}
	for _, task := range tasks {
		if seen, ok := l.latest[task.ID]; ok {
			require.Equal(t, task.Version, seen, "%s does not know the last state of %s", name, task.ID)
		}
	}
	t.Logf("%s: %d events in %d visits", name, len(l.told), l.visits)
}

// Happened is what the database says has happened: to tasks of these types that are still there, or with nil to all that
// ever were.
func Happened(t testing.TB, db *sqlx.DB, types []string) []Event {
	t.Helper()
	var events []Event
	require.NoError(t, db.SelectContext(t.Context(), &events, `
		SELECT task_id, version, kind, to_status FROM task_events
		WHERE $1::text[] IS NULL OR task_id IN (SELECT id FROM tasks WHERE task_type = ANY ($1))`, textArray(types)))
	return events
}

// Without returns the events that are not among others.
func Without(events, others []Event) []Event {
	return slices.DeleteFunc(events, func(e Event) bool { return slices.Contains(others, e) })
}

// UntilQuiet waits until no task is running or due: then nothing happens any more by itself.
func UntilQuiet(t testing.TB, db *sqlx.DB, patience time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool {
		left := 1
		err := db.GetContext(t.Context(), &left, `SELECT count(*) FROM tasks WHERE status = 'RUNNING'
			OR (status = 'PENDING' AND blocked_by = 0 AND run_at < now() + interval '10 minutes')`)
		return err == nil && left == 0
	}, patience, 20*time.Millisecond, "the work is not done")
}
