// Package dbtest gives tests a real PostgreSQL without any setup: a database of their own, in one private server that all
// packages of a test run share.
//
// The first test that asks starts the server (see db/embedded) in a process of its own, which lasts as long as tests hold
// leases on it, and removes everything two seconds after the last. Several runs at once, from one or many checkouts, share
// it; each operating system's user has their own. Set TASKWIRE_TEST_DATABASE_URL to use another server: the URL of a role that
// may create databases. Templates named taskwire_template_… stay on it.
package dbtest

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
)

// setupTimeout bounds everything that a test waits for here: starting the server, migrating, creating its database.
const setupTimeout = 3 * time.Minute

// DB is a test's private database. It is closed and dropped when the test ends.
type DB struct {
	*sqlx.DB
	DSN string // a URL, for connections beside the pool
}

// DSNWith is the DSN with a parameter set, for a pool or a listener that differs in it: search_path, application_name.
func (d *DB) DSNWith(name, value string) string { return with(d.DSN, name, value) }

// New returns a database with the migrations of db.Engine and db.App, or of the given lines, applied. It fails the test
// when there is no server to be had.
func New(t testing.TB, lines ...db.Line) *DB {
	t.Helper()
	if len(lines) == 0 {
		lines = []db.Line{db.Engine, db.App}
	}
	return create(t, func(ctx context.Context, a *admin) (string, error) { return a.ensureTemplate(ctx, lines) })
}

// Empty returns a database with nothing in it.
func Empty(t testing.TB) *DB {
	t.Helper()
	return create(t, func(context.Context, *admin) (string, error) { return "template0", nil })
}

// create makes a copy of the template that the function names.
func create(t testing.TB, template func(context.Context, *admin) (string, error)) *DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), setupTimeout)
	defer cancel()

	server := serverDSN(ctx, t)
	name := databasePrefix + randomName()
	require.NoError(t, withAdmin(ctx, server, func(a *admin) error {
		source, err := template(ctx, a)
		if err != nil {
			return err
		}
		return a.createDatabase(ctx, name, source)
	}))
	t.Cleanup(func() { drop(t, server, name) })

	dsn, err := onDatabase(server, name)
	require.NoError(t, err)
	pool, err := db.Open(ctx, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = pool.Close() }) // a test may have closed it, or killed its server
	return &DB{DB: pool, DSN: dsn}
}

func drop(t testing.TB, server, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	err := withAdmin(ctx, server, func(a *admin) error { return a.dropDatabase(ctx, name) })
	if err != nil {
		t.Errorf("drop the test's database: %v", err)
	}
}
