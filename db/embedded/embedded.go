// Package embedded runs a private PostgreSQL server for a program that was given none: `go run .` and the tests start it.
//
// It uses the server binaries of the machine, or fetches some into the user's cache. The server listens on a Unix-domain
// socket only, in a directory that only its own user can enter, and lets in only the operating system's user that started
// it. It belongs to this process: Stop ends it, and on Linux so does the end of this process, even by kill -9. Started as
// root, it runs as an unprivileged user.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Role and database that DSN leads to. The role owns the server.
const (
	role     = "taskwire"
	database = "taskwire"
)

// Options says what server to start. Only DataDir is required.
type Options struct {
	// DataDir holds the cluster in postgres/, the server's log in postgres.log, and a lock, so that one process owns it at a
	// time. It is created if it isn't there. DefaultDataDir has the usual place.
	DataDir string

	// CacheDir is where fetched server binaries are kept. DefaultCacheDir has the usual place. Empty means never fetch.
	CacheDir string

	// BinDir, if set, is the only directory in which server binaries are looked for.
	BinDir string

	// RepositoryURL is the Maven repository to fetch binaries from; Maven Central when empty.
	RepositoryURL string

	// Logger is told what goes on and hears of trouble later; nil means nobody.
	Logger *slog.Logger

	// Durable makes commits survive a power failure (fsync). Tests do without it.
	Durable bool

	// MaxConnections is 200 when zero.
	MaxConnections int

	// Unsupervised leaves the server down when it dies by itself. Otherwise it is started again.
	Unsupervised bool
}

// Server is a running private PostgreSQL.
type Server struct {
	opts     Options
	layout   layout
	binaries Binaries
	account  account
	lock     *directoryLock

	cancel     context.CancelFunc // ends supervision
	supervised chan struct{}      // closed when supervision has ended; s.run is final then
	failed     chan struct{}      // closed when it ended because nothing helped
	stopOnce   sync.Once
	stopErr    error // of Stop; set inside stopOnce

	mu  sync.Mutex
	run *process // the present server process; guarded by mu
}

// Start starts the server on opts.DataDir, making the cluster there first if there is none, and returns when it answers.
// A server that an earlier process left behind on the same directory is stopped first. When another process owns the
// directory, the error is a *HeldError; when no server binaries can be had, it names the command that installs them.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: opts, supervised: make(chan struct{}), failed: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		if s.lock != nil {
			err = errors.Join(err, s.lock.release())
		}
		return nil, fmt.Errorf("start private PostgreSQL: %w", err)
	}
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go s.supervise(ctx)
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	if !supported {
		return errors.New("not supported on this operating system; set DATABASE_URL to a PostgreSQL server")
	}
	var err error
	if s.layout, err = newLayout(s.opts.DataDir); err != nil {
		return err
	}
	if s.account, err = chooseAccount(s.layout.cluster); err != nil {
		return err
	}
	if err := makeDir(s.layout.dir, s.account.dirMode()); err != nil {
		return err
	}
	if s.lock, err = lockDirectory(ctx, s.layout); err != nil {
		return err
	}
	if s.binaries, err = chooseBinaries(ctx, s.opts, s.layout.cluster); err != nil {
		return err
	}
	if err := s.checkAccess(ctx); err != nil {
		return err
	}
	if err := s.ensureCluster(ctx); err != nil {
		return err
	}
	return s.launch(ctx)
}

// launch starts a server process on the cluster and waits until it answers.
func (s *Server) launch(ctx context.Context) error {
	foreign, err := s.stopSurvivors(ctx)
	if err != nil {
		return err
	}
	if err := s.prepareFiles(); err != nil {
		return err
	}
	began := time.Now()
	run, err := s.startPostgres(foreign)
	if err != nil {
		return err
	}
	if err := s.awaitReady(ctx, run); err != nil {
		return errors.Join(err, s.shutdown(context.WithoutCancel(ctx), run))
	}
	s.mu.Lock()
	s.run = run
	s.mu.Unlock()
	s.opts.Logger.InfoContext(ctx, "private PostgreSQL is up", "version", s.binaries.Version.String(), "data", s.layout.cluster,
		"pid", run.pid, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// DSN leads to the server's database as its owner, for lib/pq and libpq alike. It stays the same as long as the data
// directory does.
func (s *Server) DSN() string { return s.layout.dsn(database) }

// PID is the process id of the server's postmaster, or of the last one if it is down.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run.pid
}

// Failed is closed when the server has died and could not be started again, or was not to be. Stop must be called still.
func (s *Server) Failed() <-chan struct{} { return s.failed }

// Stop disconnects the clients, stops the server, and frees the data directory. It returns when no process is left. A
// server that takes longer than ctx or 20 s is stopped hard, which costs no data, only a recovery at the next start. Later
// calls wait for the first and return what it did.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		s.cancel()
		<-s.supervised
		s.stopErr = errors.Join(s.shutdown(ctx, s.run), s.removeFiles(), s.lock.release())
	})
	if s.stopErr != nil {
		return fmt.Errorf("stop private PostgreSQL: %w", s.stopErr)
	}
	return nil
}

// Binaries are the programs that the server was started from.
func (s *Server) Binaries() Binaries { return s.binaries }

// LogFile is where the server's own log is.
func (s *Server) LogFile() string { return s.layout.log }

// prepareFiles makes what a start needs beside the cluster.
func (s *Server) prepareFiles() error {
	if err := rotateLog(s.layout.log); err != nil {
		return err
	}
	if err := s.layout.makeSocketDir(s.account); err != nil {
		return err
	}
	return writeAccessRules(s.layout)
}

// removeFiles removes what prepareFiles made outside the data directory.
func (s *Server) removeFiles() error {
	if s.layout.socketInside() {
		return nil
	}
	if err := os.RemoveAll(s.layout.socketDir); err != nil {
		return fmt.Errorf("remove socket directory: %w", err)
	}
	return nil
}
