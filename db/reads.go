package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// maxReadConns leaves a process's other work the larger share of the server.
const maxReadConns = 10

// OpenReads is Open for statements that only read, and that the server itself ends after limit: the client's own deadline is
// a message that can be lost. Nothing is compiled for them: that takes longer than they do. A pool of its own also keeps slow reads from taking the connections that writes need.
func OpenReads(ctx context.Context, dsn string, limit time.Duration) (*sqlx.DB, error) {
	cfg, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("SET statement_timeout = %d; SET default_transaction_read_only = on; SET jit = off", limit.Milliseconds())
	pool, err := connect(ctx, cfg, settings)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL (%s): %w", target(cfg), err)
	}
	setLimits(pool, maxReadConns)
	return sqlx.NewDb(pool, "postgres"), nil
}

// preparedConnector runs a statement on each new connection. As startup parameters, poolers would refuse what it sets.
type preparedConnector struct {
	*pq.Connector
	statement string
}

// Connect implements [driver.Connector].
func (c preparedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil || c.statement == "" {
		return conn, err
	}
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, c.statement, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func setLimits(pool *sql.DB, conns int) {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(maxConnIdleTime)
	pool.SetConnMaxLifetime(maxConnLifetime)
}
