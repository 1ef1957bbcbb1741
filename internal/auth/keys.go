package auth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

const (
	// MaxKeys limits the keys that are valid at one time.
	MaxKeys = 1_000
	// RevokedKeysKept is how long lists show a key after it was revoked.
	RevokedKeysKept = 30 * 24 * time.Hour

	cachedFor  = 2 * time.Second // so much later a revoked key is refused by other processes, too
	maxCached  = 10_000
	subjectCLI = "cli"
)

// Keys are the API keys of a database. It is safe for concurrent use.
type Keys struct {
	store store

	mu     sync.Mutex
	recent map[[32]byte]recentKey // guarded by mu: keys that were found valid a moment ago
}

type recentKey struct {
	principal Principal
	until     time.Time
}

// NewKeys returns the keys in db.
func NewKeys(db *sqlx.DB) *Keys { return &Keys{store: store{db}, recent: map[[32]byte]recentKey{}} }

// Create makes a key and returns it with its secret, which is told this once. Errors: [*InvalidError].
func (k *Keys) Create(ctx context.Context, n NewKey) (Key, string, error) {
	if err := n.validate(time.Now()); err != nil {
		return Key{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Key{}, "", fmt.Errorf("making an id: %w", err)
	}
	secret := newSecret()
	sum, err := hashSecret(secret)
	if err != nil {
		return Key{}, "", err
	}
	key, created, err := k.store.insert(ctx, id, secret[:hintLength], sum, &n)
	if err == nil && !created {
		err = &InvalidError{"name", fmt.Sprintf("is one too many: there are %d keys; revoke some first", MaxKeys)}
	}
	return key, secret, err
}

// List returns the keys, the newest first: all that are not revoked, and those that were of late.
func (k *Keys) List(ctx context.Context) ([]Key, error) { return k.store.list(ctx) }

// Get returns a key. Errors: [ErrKeyNotFound].
func (k *Keys) Get(ctx context.Context, id uuid.UUID) (Key, error) { return k.store.get(ctx, id) }

// Revoke ends a key. Requests with it are refused within two seconds, and what it subscribes to ends within four. One
// that is revoked already stays as it is. Errors: [ErrKeyNotFound].
func (k *Keys) Revoke(ctx context.Context, id uuid.UUID, by string) (Key, error) {
	key, err := k.store.revoke(ctx, id, by)
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.recent)
	return key, err
}

// authenticate returns whom a key stands for. Errors: errMistyped, errUnknownKey, errEnded.
func (k *Keys) authenticate(ctx context.Context, secret string) (Principal, error) {
	sum, err := hashSecret(secret)
	if err != nil {
		return Principal{}, err
	}
	if p, ok := k.cached(sum, time.Now()); ok {
		return p, nil
	}
	key, valid, err := k.store.use(ctx, sum)
	switch {
	case err != nil:
		return Principal{}, err
	case !valid:
		return Principal{}, errEndedKey
	}
	p := key.principal()
	k.remember(sum, p)
	return p, nil
}

func (k *Keys) cached(sum [32]byte, now time.Time) (Principal, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	recent, ok := k.recent[sum]
	valid := ok && now.Before(recent.until) && (recent.principal.Expires.IsZero() || now.Before(recent.principal.Expires))
	return recent.principal, valid
}

func (k *Keys) remember(sum [32]byte, p Principal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.recent) >= maxCached {
		clear(k.recent)
	}
	k.recent[sum] = recentKey{p, time.Now().Add(cachedFor)}
}

// ended returns those of the keys that are valid no more; the others are in use.
func (k *Keys) ended(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	return k.store.ended(ctx, ids)
}
