package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

const selectIdentity = `
SELECT format('%s/%s/%s', system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()), current_schema())
FROM pg_control_system()`

// Identity tells a database, and the schema in use, from any other of any server: a restored copy has another one.
func Identity(ctx context.Context, db sqlx.QueryerContext) (string, error) {
	var identity string
	if err := sqlx.GetContext(ctx, db, &identity, selectIdentity); err != nil {
		return "", fmt.Errorf("identify the database: %w", err)
	}
	return identity, nil
}
