package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// migrationLock is the key of the advisory lock under which a migration runs: the bytes of "taskwire". It is one of a
// transaction, not of a session, so that it also holds behind a connection pooler.
const migrationLock int64 = 0x7461736b77697265

// applyUp applies m, unless another process has done so since the caller looked.
func applyUp(ctx context.Context, tx *sqlx.Tx, line string, m migration) error {
	if err := lockMigrations(ctx, tx); err != nil {
		return err
	}
	if err := createRecords(ctx, tx); err != nil {
		return err
	}
	if applied, err := isApplied(ctx, tx, line, m); err != nil || applied {
		return err
	}
	if err := execScript(ctx, tx, m.up); err != nil {
		return err
	}
	const insert = `
		INSERT INTO schema_migrations (line, version, name)
		VALUES ($1, $2, $3)`
	if _, err := tx.ExecContext(ctx, insert, line, m.version, m.name); err != nil {
		return fmt.Errorf("record migration: %w", err)
	}
	return nil
}

// applyDown undoes m, unless another process has done so since the caller looked.
func applyDown(ctx context.Context, tx *sqlx.Tx, line string, m migration) error {
	if err := lockMigrations(ctx, tx); err != nil {
		return err
	}
	if applied, err := isApplied(ctx, tx, line, m); err != nil || !applied {
		return err
	}
	if err := execScript(ctx, tx, m.down); err != nil {
		return err
	}
	const remove = `
		DELETE FROM schema_migrations
		WHERE line = $1 AND version = $2`
	if _, err := tx.ExecContext(ctx, remove, line, m.version); err != nil {
		return fmt.Errorf("remove migration record: %w", err)
	}
	return nil
}

// lockMigrations waits for its turn. Whatever the database's or the DSN's defaults are, a migration takes the time it
// takes, and what follows sees what the one before has committed.
func lockMigrations(ctx context.Context, tx *sqlx.Tx) error {
	const defaults = `
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		SET LOCAL statement_timeout = 0`
	if _, err := tx.ExecContext(ctx, defaults); err != nil {
		return fmt.Errorf("prepare transaction: %w", err)
	}
	const lock = `SELECT pg_advisory_xact_lock($1)`
	if _, err := tx.ExecContext(ctx, lock, migrationLock); err != nil {
		return fmt.Errorf("lock migrations: %w", err)
	}
	return nil
}

// createRecords leaves the table alone where it exists, because CREATE … IF NOT EXISTS would say so in the server's log
// with each migration.
func createRecords(ctx context.Context, tx *sqlx.Tx) error {
	exists, err := hasRecords(ctx, tx)
	if err != nil || exists {
		return err
	}
	const create = `
		CREATE TABLE schema_migrations (
			line       text        NOT NULL,
			version    integer     NOT NULL,
			name       text        NOT NULL,
			applied_at timestamptz NOT NULL DEFAULT now(),
			PRIMARY KEY (line, version)
		)`
	if _, err := tx.ExecContext(ctx, create); err != nil {
		return fmt.Errorf("create schema_migrations: %w", err)
	}
	return nil
}

// hasRecords looks in the first schema of the search path only, where migrations create their tables: another schema's
// record is about other tables.
func hasRecords(ctx context.Context, q sqlx.QueryerContext) (bool, error) {
	const query = `
		SELECT EXISTS (
			SELECT FROM pg_catalog.pg_class
			WHERE relname = 'schema_migrations'
			  AND relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(current_schema()))
		)`
	var exists bool
	if err := sqlx.GetContext(ctx, q, &exists, query); err != nil {
		return false, fmt.Errorf("look for schema_migrations: %w", err)
	}
	return exists, nil
}

func isApplied(ctx context.Context, tx *sqlx.Tx, line string, m migration) (bool, error) {
	const query = `
		SELECT EXISTS (
			SELECT FROM schema_migrations
			WHERE line = $1 AND version = $2
		)`
	var applied bool
	if err := tx.GetContext(ctx, &applied, query, line, m.version); err != nil {
		return false, recordsError(err)
	}
	return applied, nil
}

// readRecords returns what the database says was applied of the line, in order of version.
func readRecords(ctx context.Context, db *sqlx.DB, line string) ([]migration, error) {
	exists, err := hasRecords(ctx, db)
	if err != nil || !exists {
		return nil, err
	}
	const query = `
		SELECT version, name
		FROM schema_migrations
		WHERE line = $1
		ORDER BY version`
	rows, err := db.QueryxContext(ctx, query, line)
	if err != nil {
		return nil, recordsError(err)
	}
	defer func() { _ = rows.Close() }()
	var all []migration
	for rows.Next() {
		var m migration
		if err := rows.Scan(&m.version, &m.name); err != nil {
			return nil, recordsError(err)
		}
		all = append(all, m)
	}
	if err := rows.Err(); err != nil {
		return nil, recordsError(err)
	}
	return all, nil
}

// recordsError explains the table of the same name that other migration tools keep.
func recordsError(err error) error {
	if pq.As(err, pqerror.UndefinedColumn) != nil {
		return fmt.Errorf("the table schema_migrations here belongs to another tool; give Taskwire a schema of its own "+
			"(CREATE SCHEMA taskwire, and search_path=taskwire in the DSN): %w", err)
	}
	return fmt.Errorf("read schema_migrations: %w", err)
}

// schemaMark stands in a migration for the schema that it goes to, as @extschema@ does in PostgreSQL's extensions.
const schemaMark = "@schema@"

// execScript runs statements that have no parameters, all in one message.
func execScript(ctx context.Context, tx *sqlx.Tx, script string) error {
	var schema sql.NullString
	if err := tx.GetContext(ctx, &schema, `SELECT pg_catalog.quote_ident(current_schema())`); err != nil {
		return fmt.Errorf("look for the schema: %w", err)
	}
	_, err := tx.ExecContext(ctx, strings.ReplaceAll(script, schemaMark, schema.String))
	var cause *pq.Error
	if errors.As(err, &cause) {
		return scriptError{cause}
	}
	return err
}

// scriptError shows the lines of the script around the one that failed.
type scriptError struct{ cause *pq.Error }

func (e scriptError) Error() string { return e.cause.ErrorWithDetail() }
func (e scriptError) Unwrap() error { return e.cause }
