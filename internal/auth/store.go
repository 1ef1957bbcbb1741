package auth

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// store is the SQL of this package.
type store struct{ db *sqlx.DB }

const keyColumns = `id, name, hint, role, own_only, created_at, created_by, expires_at, last_used_at, revoked_at, revoked_by`

const isEnded = `(revoked_at IS NOT NULL OR expires_at <= now())`

// The count is not exact when several are created at once: it keeps mistakes small, not people out.
const insertKey = `
	INSERT INTO api_keys (id, name, hint, sha256, role, own_only, created_by, expires_at)
	SELECT $1, $2, $3, $4, $5, $6, $7, $8
	WHERE (SELECT count(*) FROM api_keys WHERE NOT coalesce(` + isEnded + `, false)) < $9
	RETURNING ` + keyColumns

// insert reports whether there was room for another key.
func (s store) insert(ctx context.Context, id uuid.UUID, hint string, sum [32]byte, n *NewKey) (Key, bool, error) {
	var key Key
	err := s.db.GetContext(ctx, &key, insertKey, id, n.Name, hint, sum[:], n.Role, n.OwnOnly, n.CreatedBy, n.ExpiresAt, MaxKeys)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, false, nil
	}
	if err != nil {
		return Key{}, false, fmt.Errorf("creating an API key: %w", err)
	}
	return key, true, nil
}

const selectKeys = `
	SELECT ` + keyColumns + ` FROM api_keys
	WHERE revoked_at IS NULL OR revoked_at > now() - $1 * interval '1 second'
	ORDER BY id DESC`

func (s store) list(ctx context.Context) ([]Key, error) {
	keys := []Key{}
	if err := s.db.SelectContext(ctx, &keys, selectKeys, RevokedKeysKept.Seconds()); err != nil {
		return nil, fmt.Errorf("listing API keys: %w", err)
	}
	return keys, nil
}

const selectKey = `SELECT ` + keyColumns + ` FROM api_keys WHERE id = $1`

func (s store) get(ctx context.Context, id uuid.UUID) (Key, error) {
	return s.one(ctx, "reading an API key", selectKey, id)
}

const revokeKey = `
	UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, $2)
	WHERE id = $1
	RETURNING ` + keyColumns

func (s store) revoke(ctx context.Context, id uuid.UUID, by string) (Key, error) {
	return s.one(ctx, "revoking an API key", revokeKey, id, by)
}

func (s store) one(ctx context.Context, what, query string, args ...any) (Key, error) {
	var key Key
	err := s.db.GetContext(ctx, &key, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, ErrKeyNotFound
	}
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", what, err)
	}
	return key, nil
}

// The time of use is written at most once a minute: a busy key would otherwise write its row at each request.
const useKey = `
	WITH known AS MATERIALIZED (
	    SELECT ` + keyColumns + `, coalesce(` + isEnded + `, false) AS ended FROM api_keys WHERE sha256 = $1),
	used AS (
	    UPDATE api_keys SET last_used_at = now()
	    WHERE id = (SELECT id FROM known WHERE NOT ended) AND coalesce(last_used_at, '-infinity') < now() - interval '1 minute')
	SELECT * FROM known`

// use reports whether the key is valid. Errors: errUnknownKey.
func (s store) use(ctx context.Context, sum [32]byte) (Key, bool, error) {
	var row struct {
		Key
		Ended bool `db:"ended"`
	}
	err := s.db.GetContext(ctx, &row, useKey, sum[:])
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, false, errUnknownKey
	}
	if err != nil {
		return Key{}, false, fmt.Errorf("looking up an API key: %w", err)
	}
	return row.Key, !row.Ended, nil
}

// A key that sockets hold is in use, too.
const selectEnded = `
	WITH used AS (
	    UPDATE api_keys SET last_used_at = now()
	    WHERE id = ANY ($1::uuid[]) AND NOT coalesce(` + isEnded + `, false)
	      AND coalesce(last_used_at, '-infinity') < now() - interval '1 minute')
	SELECT id FROM api_keys WHERE id = ANY ($1::uuid[]) AND ` + isEnded + ``

func (s store) ended(ctx context.Context, ids []uuid.UUID) ([]uuid.UUID, error) {
	var ended []uuid.UUID
	if err := s.db.SelectContext(ctx, &ended, selectEnded, pq.Array(ids)); err != nil {
		return nil, fmt.Errorf("looking for ended API keys: %w", err)
	}
	return ended, nil
}

// Value implements [driver.Valuer].
func (r Role) Value() (driver.Value, error) { return r.String(), nil }

// Scan implements [sql.Scanner].
func (r *Role) Scan(from any) error {
	name, ok := from.(string)
	if !ok {
		return fmt.Errorf("a role cannot be %T", from)
	}
	role, err := ParseRole(name)
	*r = role
	return err
}

var (
	_ driver.Valuer = Role(0)
	_ sql.Scanner   = (*Role)(nil)
)
