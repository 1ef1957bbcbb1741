package dbtest_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNewIsPrivateAndMigrated(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	first, second := dbtest.New(t), dbtest.New(t)
	for _, test := range []*dbtest.DB{first, second} {
		_, err := test.ExecContext(ctx, `CREATE TABLE mine (id int)`)
		require.NoError(t, err)
	}
	status, err := db.Status(ctx, first.DB)
	require.NoError(t, err)
	require.NotEmpty(t, status[0].Applied)
	for _, line := range status {
		require.Empty(t, line.Pending)
	}
}

func TestNewAppliesTheLinesAskedFor(t *testing.T) {
	t.Parallel()
	line := func(sql string) db.Line {
		return db.Line{Name: "own", Files: fstest.MapFS{
			"0001_create_own.up.sql":   {Data: []byte(sql)},
			"0001_create_own.down.sql": {Data: []byte(`DROP TABLE own`)},
		}}
	}
	for _, sql := range []string{`CREATE TABLE own AS SELECT 1 AS a`, `CREATE TABLE own AS SELECT 1 AS b`} {
		test := dbtest.New(t, line(sql))
		var columns []string
		require.NoError(t, test.SelectContext(t.Context(), &columns,
			`SELECT attname FROM pg_attribute WHERE attrelid = 'own'::regclass AND attnum > 0`))
		require.Equal(t, []string{sql[len(sql)-1:]}, columns)
	}
}

func TestEmptyIsEmpty(t *testing.T) {
	t.Parallel()
	var tables int
	require.NoError(t, dbtest.Empty(t).GetContext(t.Context(), &tables, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`))
	require.Zero(t, tables)
}

func TestDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	outer := dbtest.Empty(t)
	var name string
	t.Run("inner", func(t *testing.T) {
		inner := dbtest.Empty(t)
		require.NoError(t, inner.GetContext(t.Context(), &name, `SELECT current_database()`))
		conn, err := db.Open(t.Context(), inner.DSN) // left open, as by a test that fails
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
	})
	var left int
	require.NoError(t, outer.GetContext(t.Context(), &left, `SELECT count(*) FROM pg_database WHERE datname = $1`, name))
	require.NotEmpty(t, name)
	require.Zero(t, left)
}

func TestOwnServerKeepsDataOverRestartAndKill(t *testing.T) {
	t.Parallel()
	ctx, server := t.Context(), dbtest.StartServer(t)
	test := server.New()
	_, err := test.ExecContext(ctx, `CREATE TABLE memory AS SELECT 1 AS n`)
	require.NoError(t, err)
	for _, interrupt := range []func(){server.Restart, func() { server.Kill(); server.Start() }} {
		interrupt()
		require.Equal(t, test.DSN, server.DSN())
		again, err := db.Open(ctx, server.DSN())
		require.NoError(t, err)
		var n int
		require.NoError(t, again.GetContext(ctx, &n, `SELECT n FROM memory`))
		require.NoError(t, again.Close())
	}
}
