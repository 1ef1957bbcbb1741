package taskq

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Task is a snapshot of one row of tasks. Of two snapshots of a task the one with the higher Version is newer.
type Task struct {
	ID                uuid.UUID        `db:"id"`
	Type              Type             `db:"task_type"`
	Status            Status           `db:"status"`
	Priority          int              `db:"priority"` // -100 to 100, higher first
	Description       string           `db:"description"`
	Progress          int              `db:"progress"` // percent, 0 to 100
	ProgressMessage   *string          `db:"progress_message"`
	ProgressAt        *time.Time       `db:"progress_at"`   // when a RUNNING task last got on
	ErrorMessage      *string          `db:"error_message"` // of the last attempt, for people
	Metadata          json.RawMessage  `db:"task_metadata"` // a JSON object: what the handler is to do, and what the caller added
	Result            *json.RawMessage `db:"result"`
	CreatedAt         time.Time        `db:"created_at"`
	CreatedBy         *string          `db:"created_by"`
	RunAt             time.Time        `db:"run_at"`     // not before
	StartedAt         *time.Time       `db:"started_at"` // of the current or last attempt
	CompletedAt       *time.Time       `db:"completed_at"`
	CancelRequestedAt *time.Time       `db:"cancel_requested_at"`
	Attempt           int              `db:"attempt"` // 0 before the first claim
	MaxAttempts       int              `db:"max_attempts"`
	TimeoutSeconds    *int             `db:"timeout_seconds"` // of one attempt; nil: the type's
	BlockedBy         int              `db:"blocked_by"`      // dependencies not yet settled
	IdempotencyKey    *string          `db:"idempotency_key"`
	Lease             int64            `db:"lease"`
	WorkerID          *uuid.UUID       `db:"worker_id"` // set while RUNNING
	Version           int64            `db:"version"`
}

// WaitingFor says why a PENDING task is not running, and false for any other status. now is the database's time;
// paused tells whether the task's type is.
func (t *Task) WaitingFor(now time.Time, paused bool) (WaitReason, bool) {
	switch {
	case t.Status != Pending:
		return "", false
	case t.BlockedBy > 0:
		return Blocked, true
	case t.RunAt.After(now) && t.Attempt > 0:
		return Retry, true
	case t.RunAt.After(now):
		return Scheduled, true
	case paused:
		return Paused, true
	default:
		return Ready, true
	}
}

// EventKind says what an [Event] tells of.
type EventKind string

// The kinds of events. Progress is not among them: it is state, not history.
const (
	EventCreated         EventKind = "CREATED"
	EventTransition      EventKind = "TRANSITION"
	EventPriority        EventKind = "PRIORITY"
	EventSchedule        EventKind = "SCHEDULE"
	EventCancelRequested EventKind = "CANCEL_REQUESTED"
	EventUnblocked       EventKind = "UNBLOCKED"
	EventUpdated         EventKind = "UPDATED"
	EventDeleted         EventKind = "DELETED"
)

// Event is one entry of a task's history: written in the transaction of the change that it tells of, never changed.
type Event struct {
	TaskID  uuid.UUID `db:"task_id"`
	Version int64     `db:"version"` // of the task after the change
	Kind    EventKind `db:"kind"`
	From    *Status   `db:"from_status"` // nil for CREATED
	To      Status    `db:"to_status"`
	Attempt int       `db:"attempt"`
	Actor   string    `db:"actor"` // worker:<id>, the API's principal, taskwire, or role:<database role>
	Reason  *string   `db:"reason"`
	Error   *string   `db:"error"` // with the stack, where a handler panicked
	At      time.Time `db:"at"`
}

// Worker is a process that runs tasks.
type Worker struct {
	ID          uuid.UUID `db:"id"`
	Host        string    `db:"host"`
	Version     string    `db:"version"`
	StartedAt   time.Time `db:"started_at"`
	HeartbeatAt time.Time `db:"heartbeat_at"`
	Running     int       `db:"running"`
}

// TypeState is what operators set for a task type, across all workers.
type TypeState struct {
	Type       Type `db:"type"`
	Paused     bool `db:"paused"`
	MaxRunning *int `db:"max_running"` // nil: no limit

	// What workers have seen of late; nil: nothing yet.
	RunSeconds  *float64 `db:"run_seconds"`  // the median of completed attempts
	StepSeconds *float64 `db:"step_seconds"` // between two reports of progress: 95 % are shorter
}
