package dbtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
)

func TestNewIsPrivateAndMigrated(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	first, second := dbtest.New(t), dbtest.New(t)

	_, err := first.ExecContext(ctx, `CREATE TABLE mine (id int)`)
	require.NoError(t, err)
	_, err = second.ExecContext(ctx, `CREATE TABLE mine (id int)`)
	require.NoError(t, err)
	var applied int
	require.NoError(t, first.GetContext(ctx, &applied, `SELECT count(*) FROM schema_migrations WHERE line = 'engine'`))
	require.Positive(t, applied)
}
