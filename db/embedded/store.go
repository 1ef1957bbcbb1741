package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// ensureDatabase creates our database unless it is there.
func ensureDatabase(ctx context.Context, l layout) (err error) {
	cfg, err := pq.NewConfig(l.dsn("postgres"))
	if err != nil {
		return fmt.Errorf("read DSN: %w", err)
	}
	cfg.ConnectTimeout = 5 * time.Second
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return fmt.Errorf("read DSN: %w", err)
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()

	const query = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`
	var exists bool
	if err := db.QueryRowContext(ctx, query, database).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", database, err)
	}
	if exists {
		return nil
	}
	const create = `CREATE DATABASE ` + database
	if _, err := db.ExecContext(ctx, create); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

// isStarting reports whether err means that the server does not take connections yet.
func isStarting(err error) bool {
	var network net.Error
	return errors.As(err, &network) || pq.As(err, pqerror.CannotConnectNow) != nil
}
