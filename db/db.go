package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// Pool limits of a pool from Open. A process holds at most maxConns connections, so that a dozen processes fit under the
// 200 of the private server, and five under the 100 of a stock one. Idle ones are kept, since a claim every few
// milliseconds would otherwise pay for a new connection each time.
const (
	maxConns        = 20
	maxConnIdleTime = 5 * time.Minute
	maxConnLifetime = time.Hour
)

// Open connects to PostgreSQL and returns a pool that has answered once. The dsn is a URL (postgres://…) or keywords
// (host=… dbname=…); what it leaves out comes from the PG* environment, then from CompleteDSN. While the server is
// starting, unreachable or full, Open tries again until ctx ends, at most 30 s; what waiting can't mend (wrong password,
// no such database, bad DSN) is reported at once. Errors never contain the password.
func Open(ctx context.Context, dsn string) (*sqlx.DB, error) {
	cfg, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	pool, err := connect(ctx, cfg, "")
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL (%s): %w", target(cfg), err)
	}
	setLimits(pool, maxConns)
	return sqlx.NewDb(pool, "postgres"), nil
}

// WithTx runs fn in a transaction at the server's default isolation and commits when fn returns nil. It rolls back when fn
// returns an error, which it returns as it is, or panics, in which case the panic goes on. A nil error means committed.
func WithTx(ctx context.Context, db *sqlx.DB, fn func(tx *sqlx.Tx) error) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	// After a commit this does nothing. Its error tells nothing new: a connection that can't roll back is dropped, and the
	// server rolls back on its own.
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// connect returns a pool whose server has answered a ping. With sslmode=prefer it finds out once whether the server
// takes TLS, because lib/pq's own fallback leaks a socket for each connection it makes in plain text. The statement, if any,
// is run on each connection.
func connect(ctx context.Context, cfg pq.Config, statement string) (*sql.DB, error) {
	if cfg.SSLMode != pq.SSLModePrefer {
		return dial(ctx, cfg, statement)
	}
	cfg.SSLMode = pq.SSLModeRequire
	pool, err := dial(ctx, cfg, statement)
	// The second is how a server with TLS refuses it to this client, by a hostnossl line of its pg_hba.conf.
	if errors.Is(err, pq.ErrSSLNotSupported) || pq.As(err, pqerror.InvalidAuthorizationSpecification) != nil {
		cfg.SSLMode = pq.SSLModeDisable
		return dial(ctx, cfg, statement)
	}
	return pool, err
}

func dial(ctx context.Context, cfg pq.Config, statement string) (*sql.DB, error) {
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(preparedConnector{connector, statement})
	if err := waitReady(ctx, pool); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return pool, nil
}
