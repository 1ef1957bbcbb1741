package db_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
)

func TestOpenTellsWhoWeAre(t *testing.T) {
	t.Parallel()
	test := dbtest.Empty(t)
	for want, dsn := range map[string]string{
		"taskwire": test.DSN,
		"mine":     test.DSNWith("application_name", "mine"),
	} {
		pool, err := db.Open(t.Context(), dsn)
		require.NoError(t, err)
		var name string
		require.NoError(t, pool.GetContext(t.Context(), &name, `SHOW application_name`))
		require.Equal(t, want, name)
		require.NoError(t, pool.Close())
	}
}

func TestOpenReportsWhatWaitingCantMend(t *testing.T) {
	t.Parallel()
	test := dbtest.Empty(t)
	missing, err := url.Parse(test.DSN)
	require.NoError(t, err)
	missing.Path = "/no_such_database"
	for dsn, reason := range map[string]string{
		missing.String():                          `database "no_such_database" does not exist`,
		"postgres://u:s3cret@host:notaport/x":     "read PostgreSQL DSN",
		"host=/tmp port=99999999 password=s3cret": "read PostgreSQL DSN",
		"postgres://u:s3cret@[::1/x":              "read PostgreSQL DSN",
		"nonsense":                                "read PostgreSQL DSN",
	} {
		_, err := db.Open(t.Context(), dsn)
		require.ErrorContains(t, err, reason)
		require.NotContains(t, err.Error(), "s3cret")
	}
}

func TestOpenWaitsAsLongAsItMay(t *testing.T) {
	t.Parallel()
	// Nobody accepts on this port while the listener is closed; a test run has no other server there.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // more than one attempt takes
	defer cancel()

	_, err = db.Open(ctx, "postgres://me:s3cret@"+address+"/mine")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "connection refused")
	require.ErrorContains(t, err, "database mine, user me")
	require.NotContains(t, err.Error(), "s3cret")
}

func TestOpenGetsThroughToAServerThatStarts(t *testing.T) {
	t.Parallel()
	server := dbtest.StartServer(t)
	server.Stop()
	opened := make(chan error, 1)
	go func() {
		pool, err := db.Open(t.Context(), server.DSN())
		if err == nil {
			err = pool.Close()
		}
		opened <- err
	}()
	server.Start()
	require.NoError(t, <-opened)
}

func TestCompleteDSN(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"postgres://u@h/d":  "postgres://u@h/d?application_name=taskwire&connect_timeout=10&sslmode=prefer",
		"postgres://u@h/d?": "postgres://u@h/d?application_name=taskwire&connect_timeout=10&sslmode=prefer",
		"postgresql://u@h?sslmode=disable&connect_timeout=3": "postgresql://u@h?sslmode=disable&connect_timeout=3&application_name=taskwire",
		"host=h application_name=x sslmode=require":          "host=h application_name=x sslmode=require connect_timeout=10",
		"host=/run application_name='my x'":                  "host=/run application_name='my x' connect_timeout=10",
	} {
		got, err := db.CompleteDSN(dsn)
		require.NoError(t, err)
		require.Equal(t, want, got)
		again, err := db.CompleteDSN(got)
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
}

func TestWithTxCommitsOrRollsBack(t *testing.T) {
	t.Parallel()
	test := dbtest.Empty(t)
	ctx := t.Context()
	_, err := test.ExecContext(ctx, `CREATE TABLE item (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)`)
	require.NoError(t, err)
	insert := func(tx *sqlx.Tx) {
		_, err := tx.ExecContext(ctx, `INSERT INTO item VALUES (1)`)
		require.NoError(t, err)
	}
	boom := errors.New("boom")

	err = db.WithTx(ctx, test.DB, func(tx *sqlx.Tx) error { insert(tx); return boom })
	require.Equal(t, boom, err)
	require.PanicsWithValue(t, "boom", func() {
		_ = db.WithTx(ctx, test.DB, func(tx *sqlx.Tx) error { insert(tx); panic("boom") })
	})
	err = db.WithTx(ctx, test.DB, func(tx *sqlx.Tx) error { insert(tx); insert(tx); return nil })
	require.ErrorContains(t, err, "commit transaction", "the constraint is checked by the commit")
	require.Zero(t, count(t, test, `SELECT count(*) FROM item`))

	require.NoError(t, db.WithTx(ctx, test.DB, func(tx *sqlx.Tx) error { insert(tx); return nil }))
	require.Equal(t, 1, count(t, test, `SELECT count(*) FROM item`))
	require.Zero(t, test.Stats().InUse, "a connection was kept")
}

func count(t *testing.T, q sqlx.QueryerContext, query string) int {
	t.Helper()
	var n int
	require.NoError(t, sqlx.GetContext(t.Context(), q, &n, query))
	return n
}
