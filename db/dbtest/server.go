package dbtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/embedded"
)

// Server is a PostgreSQL server of the test's own, to stop, restart and kill. It starts in about a second; a test that
// only needs a database takes New instead. Its methods fail the test when they can't do what they say, and are for the
// test's own goroutine.
type Server struct {
	t       testing.TB
	dir     string
	dsn     string
	running *embedded.Server // nil while the server is down
}

// StartServer starts a server that lasts until the test ends. Where TASKWIRE_TEST_DATABASE_URL is set and the machine has
// no server binaries, it skips the test.
func StartServer(t testing.TB) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), setupTimeout)
	defer cancel()
	place := sharedPlace()
	place.sweep(ctx)
	s := &Server{t: t, dir: place.ownServer()}
	t.Cleanup(s.remove)
	s.Start()
	s.dsn = s.running.DSN()
	return s
}

// DSN leads to an empty database of the server. It stays the same over restarts.
func (s *Server) DSN() string { return s.dsn }

// New returns the server's database with the migrations of db.Engine and db.App, or of the given lines, applied. It is
// the one that DSN leads to, and the same each time. The pool is closed when the test ends.
func (s *Server) New(lines ...db.Line) *DB {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), setupTimeout)
	defer cancel()
	pool, err := db.Open(ctx, s.dsn)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = pool.Close() }) // the server may be down by then
	require.NoError(s.t, db.Migrate(ctx, pool, lines...))
	return &DB{DB: pool, DSN: s.dsn}
}

// Start starts the server after Stop or Kill and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	require.Nil(s.t, s.running, "the server is up")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), setupTimeout)
	defer cancel()
	cache, err := embedded.DefaultCacheDir(os.Getenv)
	require.NoError(s.t, err)
	s.running, err = embedded.Start(ctx, embedded.Options{DataDir: s.dir, CacheDir: cache, Unsupervised: true})
	var missing *embedded.MissingError
	if os.Getenv(serverVariable) != "" && errors.As(err, &missing) {
		s.t.Skip(err)
	}
	require.NoError(s.t, err)
}

// Stop disconnects all clients and stops the server, as for an update.
func (s *Server) Stop() {
	s.t.Helper()
	require.NotNil(s.t, s.running, "the server is down")
	require.NoError(s.t, s.running.Stop(context.WithoutCancel(s.t.Context())))
	s.running = nil
}

// Restart is Stop and Start.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	s.Start()
}

// Kill ends the server's main process by kill -9. What else belongs to the server ends by itself a moment later.
func (s *Server) Kill() {
	s.t.Helper()
	require.NotNil(s.t, s.running, "the server is down")
	process, err := os.FindProcess(s.running.PID())
	require.NoError(s.t, err)
	require.NoError(s.t, process.Kill())
	<-s.running.Failed()
	s.Stop()
}

func (s *Server) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	var err error
	if s.running != nil {
		err = s.running.Stop(ctx)
	}
	if err := errors.Join(err, embedded.Remove(ctx, s.dir)); err != nil {
		s.t.Errorf("remove the test's server: %v", err)
	}
}

// ownServer is a directory for a server of one test.
func (p place) ownServer() string { return p.dir + "-" + randomName() }

// sweepAge spares servers that are just being made: they have a directory before they lock it.
const sweepAge = time.Minute

// sweep removes servers of tests that were killed. Those of others that run can't be removed, and are left.
func (p place) sweep(ctx context.Context) {
	dirs, _ := filepath.Glob(p.dir + "-*") // at worst nothing is swept
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err == nil && isOurs(info) && time.Since(info.ModTime()) > sweepAge {
			_ = embedded.Remove(ctx, dir)
		}
	}
}
