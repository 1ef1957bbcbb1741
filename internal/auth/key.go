package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Key is what is known of an API key. The key itself nobody has but its owner.
type Key struct {
	ID         uuid.UUID  `db:"id"`
	Name       string     `db:"name"` // of its principal
	Hint       string     `db:"hint"` // how it begins
	Role       Role       `db:"role"`
	OwnOnly    bool       `db:"own_only"`
	CreatedAt  time.Time  `db:"created_at"`
	CreatedBy  string     `db:"created_by"`
	ExpiresAt  *time.Time `db:"expires_at"`   // nil: never
	LastUsedAt *time.Time `db:"last_used_at"` // to the minute; nil: never used
	RevokedAt  *time.Time `db:"revoked_at"`
	RevokedBy  *string    `db:"revoked_by"`
}

// principal is whom the key stands for. Keys of one name are one principal: so keys are replaced without a task changing
// its owner.
func (k *Key) principal() Principal {
	p := Principal{Subject: keySubject + k.Name, Name: k.Name, Role: k.Role, OwnOnly: k.OwnOnly, key: k.ID}
	if k.ExpiresAt != nil {
		p.Expires = *k.ExpiresAt
	}
	return p
}

const keySubject = "key:"

// NewKey is a key to create.
type NewKey struct {
	Name      string // 1 to MaxKeyNameLength characters
	Role      Role
	OwnOnly   bool       // its principal sees only what it created; not for admins
	ExpiresAt *time.Time // nil: never
	CreatedBy string     // a subject
}

// MaxKeyNameLength limits the name of a key, in characters.
const MaxKeyNameLength = 100

// InvalidError says which field of a new key is wrong, and how. Message continues the field's name.
type InvalidError struct{ Field, Message string }

func (e *InvalidError) Error() string { return e.Field + " " + e.Message }

// ErrKeyNotFound is returned for a key that is not there.
var ErrKeyNotFound = errors.New("there is no such API key")

func (n *NewKey) validate(now time.Time) error {
	n.Name = strings.TrimSpace(n.Name)
	switch {
	case n.Name == "" || utf8.RuneCountInString(n.Name) > MaxKeyNameLength:
		return &InvalidError{"name", fmt.Sprintf("must have 1 to %d characters", MaxKeyNameLength)}
	case !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, unicode.IsControl):
		return &InvalidError{"name", "must be text without control characters"}
	case n.Role < Viewer || n.Role > Admin:
		return &InvalidError{"role", "must be viewer, operator or admin"}
	case n.OwnOnly && n.Role == Admin:
		return &InvalidError{"ownOnly", "is not for admins: they can give themselves any key"}
	case n.ExpiresAt != nil && !n.ExpiresAt.After(now):
		return &InvalidError{"expiresAt", "must be in the future"}
	case n.ExpiresAt != nil && n.ExpiresAt.UTC().Year() > 9999:
		return &InvalidError{"expiresAt", "must be before the year 10000"}
	}
	return nil
}
