// Package access limits what each principal sees and does to what it may: it stands between the APIs and the services, with
// the same methods. What is created carries its principal; a principal that sees only its own finds nothing else, and
// cannot tell that there is anything else. internal/app puts it there.
package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/taskq"
)

// subject returns as whom the principal of ctx acts. Errors: an [*auth.Error] when there is nobody.
func subject(ctx context.Context) (string, error) {
	p := auth.Of(ctx)
	if p.Subject == "" || p.Role == auth.NoRole {
		return "", auth.Forbidden("This needs a role.")
	}
	return p.Subject, nil
}

// owner returns whose things alone the principal of ctx sees; empty: everybody's. Errors: an [*auth.Error] when there is
// nobody.
func owner(ctx context.Context) (string, error) {
	name, err := subject(ctx)
	if err != nil || !auth.Of(ctx).OwnOnly {
		return "", err
	}
	return name, nil
}

// all lets those pass who see everybody's.
func all(ctx context.Context) error {
	name, err := owner(ctx)
	if err == nil && name != "" {
		err = auth.Forbidden("This concerns the tasks of others, and you may only see your own.")
	}
	return err
}

// ownKey keeps the idempotency keys of a principal that sees only its own apart from those of all others: it would learn
// of their tasks, or find its key taken. One that is too long stays so, for the engine to refuse.
func ownKey(ctx context.Context, key string) string {
	p := auth.Of(ctx)
	if !p.OwnOnly || key == "" || len(key) > taskq.MaxIdempotencyKeyLength {
		return key
	}
	sum := sha256.Sum256([]byte(p.Subject + "\x00" + key))
	return "own:" + hex.EncodeToString(sum[:])
}

func isOwn(createdBy *string, owner string) bool {
	return owner == "" || (createdBy != nil && *createdBy == owner)
}
