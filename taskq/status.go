package taskq

// Status is where a task stands. Scheduled, blocked and waiting for a retry are not statuses but reasons why a PENDING
// task is not ready: see [Task.WaitingFor].
type Status string

// The statuses. COMPLETED, FAILED and CANCELLED are final until a person asks for a retry of the latter two.
const (
	Pending   Status = "PENDING"
	Running   Status = "RUNNING"
	Completed Status = "COMPLETED"
	Failed    Status = "FAILED"
	Cancelled Status = "CANCELLED"
)

// Statuses returns all statuses, in the order of a task's life.
func Statuses() []Status { return []Status{Pending, Running, Completed, Failed, Cancelled} }

// IsFinal reports whether no worker will change a task of this status any more.
func (s Status) IsFinal() bool { return s == Completed || s == Failed || s == Cancelled }

// IsValid reports whether s is one of the five statuses.
func (s Status) IsValid() bool {
	switch s {
	case Pending, Running, Completed, Failed, Cancelled:
		return true
	}
	return false
}

// CanBecome reports whether a task may go from s to next. The database refuses everything else, whoever writes.
func (s Status) CanBecome(next Status) bool {
	switch s {
	case Pending:
		return next == Running || next == Cancelled
	case Running:
		return next != Running
	case Failed, Cancelled:
		return next == Pending
	default:
		return false
	}
}

// Type names a kind of work: upper-case letters, digits and underscores, at most 63, beginning with a letter.
type Type string

// WaitReason says why a PENDING task is not running.
type WaitReason string

// The reasons.
const (
	Ready     WaitReason = "READY"     // waits for a free worker
	Scheduled WaitReason = "SCHEDULED" // its time has not come
	Blocked   WaitReason = "BLOCKED"   // waits for tasks that it depends on
	Retry     WaitReason = "RETRY"     // an attempt failed; the next one waits for its backoff
	Paused    WaitReason = "PAUSED"    // its type is paused
)
