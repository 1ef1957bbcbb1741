package taskq

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"
)

// MaxSelection limits the tasks that one call of [Client.Cancel], [Client.Retry], [Client.SetPriority] or [Client.Delete] takes.
const MaxSelection = 250

// Outcome says what a call did to one task of its selection.
type Outcome string

// The outcomes.
const (
	Changed   Outcome = "CHANGED"   // done
	Unchanged Outcome = "UNCHANGED" // it was so already
	Refused   Outcome = "REFUSED"   // its status does not allow it: see Change.Message
	Missing   Outcome = "MISSING"   // there is no such task
)

// Change is what a call did to one task of its selection.
type Change struct {
	TaskID  uuid.UUID
	Outcome Outcome
	Message string // why it was refused
	Task    *Task  // as it is now; nil when missing or deleted
}

// Cancel asks that tasks stop: one that is PENDING is CANCELLED at once, one that is RUNNING is told to stop and is
// CANCELLED within ten seconds even if its handler does not listen. by is the principal, for the history.
func (c *Client) Cancel(ctx context.Context, ids []uuid.UUID, by, reason string) ([]Change, error) {
	return c.operate(ctx, ids, by, reason, cancelTasks)
}

func explainCancel(t *Task) (Outcome, string) {
	if t.Status == Cancelled || t.Status == Running {
		return Unchanged, ""
	}
	return Refused, fmt.Sprintf("The task is %s already.", t.Status)
}

// Retry puts FAILED and CANCELLED tasks back to PENDING, with at least one more attempt. A task whose dependencies failed
// is refused until they are retried.
func (c *Client) Retry(ctx context.Context, ids []uuid.UUID, by, reason string) ([]Change, error) {
	return c.operate(ctx, ids, by, reason, retryTasks)
}

func explainRetry(t *Task) (Outcome, string) {
	switch {
	case t.Status == Pending:
		return Unchanged, ""
	case t.Status.IsFinal() && t.Status.CanBecome(Pending):
		return Refused, "A task that this one depends on did not complete; retry that one first."
	}
	return Refused, fmt.Sprintf("The task is %s; only FAILED and CANCELLED tasks can be retried.", t.Status)
}

// SetPriority changes the priority of tasks that have not ended. Errors: [*InvalidError].
func (c *Client) SetPriority(ctx context.Context, ids []uuid.UUID, priority int, by, reason string) ([]Change, error) {
	if err := validatePriority(priority); err != nil {
		return nil, err
	}
	return c.operate(ctx, ids, by, reason, setPriority(priority))
}

// MaxReasonLength limits the reason of an operation, in characters.
const MaxReasonLength = 2_000

func validateReason(by, reason string) error {
	switch {
	case utf8.RuneCountInString(by) > MaxPrincipalLength:
		return invalid("by", fmt.Sprintf("must be at most %d characters", MaxPrincipalLength))
	case utf8.RuneCountInString(reason) > MaxReasonLength:
		return invalid("reason", fmt.Sprintf("must be at most %d characters", MaxReasonLength))
	}
	return validateText("by", by, "reason", reason)
}

func validatePriority(priority int) error {
	if priority < MinPriority || priority > MaxPriority {
		return invalid("priority", fmt.Sprintf("must be between %d and %d", MinPriority, MaxPriority))
	}
	return nil
}

func explainPriority(priority int) func(t *Task) (Outcome, string) {
	return func(t *Task) (Outcome, string) {
		if t.Priority == priority {
			return Unchanged, ""
		}
		return Refused, fmt.Sprintf("The task is %s already.", t.Status)
	}
}

// Delete removes tasks that have ended. Their events stay.
func (c *Client) Delete(ctx context.Context, ids []uuid.UUID, by, reason string) ([]Change, error) {
	return c.operate(ctx, ids, by, reason, deleteTasks)
}

func explainDelete(t *Task) (Outcome, string) {
	return Refused, fmt.Sprintf("The task is %s; cancel it first.", t.Status)
}
