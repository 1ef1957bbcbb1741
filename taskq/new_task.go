package taskq

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits of a new task.
const (
	MaxDescriptionLength    = 2_000     // characters
	MaxMetadataBytes        = 256 << 10 // of JSON
	MaxIdempotencyKeyLength = 255       // characters
	MaxPrincipalLength      = 255       // characters of who asks for something
	MaxTimeout              = 365 * 24 * time.Hour
	MaxDependencies         = 1_000
	MaxPriority             = 100
	MinPriority             = -100
	DefaultMaxAttempts      = 25
	maxMaxAttempts          = 1_000
)

// NewTask is a task to enqueue. Only Type is required.
type NewTask struct {
	ID             uuid.UUID     // set it to refer to the task from others of the same batch; zero: a new v7
	Type           Type          // what to do
	Description    string        // for people
	Metadata       any           // encodes to a JSON object: the handler's arguments; nil: {}
	Priority       int           // higher first
	RunAt          time.Time     // not before, up to the year 9999; zero: now
	MaxAttempts    int           // 0: DefaultMaxAttempts
	Timeout        time.Duration // of one attempt, rounded up to seconds; 0: the type's
	IdempotencyKey string        // at most one task of a type has a key; enqueueing again returns the first
	CreatedBy      string        // the principal, for the history; empty: the database role
	DependsOn      []Dependency  // tasks that must end before this one starts
}

// Dependency says that a task waits for another to end.
type Dependency struct {
	TaskID    uuid.UUID
	OnFailure OnFailure // what to do when that task fails or is cancelled; empty: CancelDependent
}

// OnFailure is what a failed or cancelled dependency does to the task that waits for it.
type OnFailure string

// The policies.
const (
	CancelDependent OnFailure = "CANCEL" // the waiting task is cancelled too
	RunDependent    OnFailure = "RUN"    // the waiting task runs anyway
)

// Enqueued is what became of a [NewTask].
type Enqueued struct {
	Task      Task
	Duplicate bool // a task of this type with this idempotency key was there before: Task is that one
}

var typePattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,62}$`)

// validate returns an [*InvalidError] that names the first field that cannot be stored.
func (n *NewTask) validate() error {
	switch {
	case !typePattern.MatchString(string(n.Type)):
		return invalid("type", "must be upper-case letters, digits and underscores, at most 63, beginning with a letter")
	case utf8.RuneCountInString(n.Description) > MaxDescriptionLength:
		return invalid("description", fmt.Sprintf("must be at most %d characters", MaxDescriptionLength))
	case validatePriority(n.Priority) != nil:
		return validatePriority(n.Priority)
	case n.MaxAttempts < 0 || n.MaxAttempts > maxMaxAttempts:
		return invalid("maxAttempts", fmt.Sprintf("must be between 1 and %d", maxMaxAttempts))
	case n.Timeout < 0 || n.Timeout > MaxTimeout:
		return invalid("timeout", fmt.Sprintf("must be at most %s, and not negative", MaxTimeout))
	case !n.RunAt.IsZero() && !storableTime(n.RunAt):
		return invalid("runAt", "must be between the years 1 and 9999")
	case utf8.RuneCountInString(n.CreatedBy) > MaxPrincipalLength:
		return invalid("createdBy", fmt.Sprintf("must be at most %d characters", MaxPrincipalLength))
	case utf8.RuneCountInString(n.IdempotencyKey) > MaxIdempotencyKeyLength:
		return invalid("idempotencyKey", fmt.Sprintf("must be at most %d characters", MaxIdempotencyKeyLength))
	case len(n.DependsOn) > MaxDependencies:
		return invalid("dependsOn", fmt.Sprintf("must be at most %d", MaxDependencies))
	}
	return validateText("description", n.Description, "idempotencyKey", n.IdempotencyKey, "createdBy", n.CreatedBy)
}

// storableTime reports whether PostgreSQL, lib/pq and JSON agree on how t is written.
func storableTime(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

// validateText refuses what PostgreSQL's text cannot hold. It takes pairs of a field's name and its value.
func validateText(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !storableText(pairs[i+1]) {
			return invalid(pairs[i], "must be valid UTF-8 without NUL characters")
		}
	}
	return nil
}

// encodeMetadata returns v as a JSON object.
func encodeMetadata(v any) ([]byte, error) {
	if v == nil {
		return []byte("{}"), nil
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, invalid("metadata", "must encode to JSON: "+err.Error())
	}
	switch {
	case len(encoded) == 0 || encoded[0] != '{':
		return nil, invalid("metadata", "must be a JSON object")
	case len(encoded) > MaxMetadataBytes:
		return nil, invalid("metadata", fmt.Sprintf("must be at most %d bytes of JSON", MaxMetadataBytes))
	case !storableJSON(encoded):
		return nil, invalid("metadata", unstorableJSON)
	}
	return encoded, nil
}
