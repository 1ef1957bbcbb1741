package harness

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Database is one system's own database on the common server.
type Database struct {
	*sqlx.DB
	DSN string

	server *Server
	name   string
}

// Clear empties tables and settles the server, so that each round of each system begins alike.
func (d *Database) Clear(ctx context.Context, tables ...string) error {
	if _, err := d.ExecContext(ctx, "TRUNCATE "+strings.Join(tables, ", ")); err != nil {
		return fmt.Errorf("emptying tables: %w", err)
	}
	if err := d.Analyze(ctx); err != nil {
		return err
	}
	// Where that isn't allowed, checkpoints come when they come.
	_, _ = d.ExecContext(ctx, "CHECKPOINT")
	return nil
}

// Analyze vacuums and analyzes, as autovacuum would have done before long.
func (d *Database) Analyze(ctx context.Context) error {
	if _, err := d.ExecContext(ctx, "VACUUM (ANALYZE)"); err != nil {
		return fmt.Errorf("analyzing: %w", err)
	}
	return nil
}

func (d *Database) drop(ctx context.Context) error {
	if d.DB != nil {
		_ = d.Close()
	}
	if _, err := d.server.admin.ExecContext(ctx, "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(d.name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("dropping a database: %w", err)
	}
	return nil
}

// withDatabase points a DSN, a URL or keywords, at another database.
func withDatabase(dsn, name string) (string, error) {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " dbname=" + name, nil
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("DATABASE_URL is not a URL that can be read")
	}
	u.Path = "/" + name
	return u.String(), nil
}
