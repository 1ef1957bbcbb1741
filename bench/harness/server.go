package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/embedded"
)

// Server is the PostgreSQL that everything is measured on: a private one, as durable as one in production, or the one
// that DATABASE_URL names.
type Server struct {
	dsn        string
	admin      *sqlx.DB
	private    *embedded.Server // nil: DATABASE_URL's
	dataDir    string           // of the private one
	postmaster int              // its process id; 0: not on this machine
	databases  []*Database
}

// StartServer connects to DATABASE_URL, or starts a private server. Its data lies in the cache directory: /tmp may be
// memory, where a flush to disk costs nothing.
func StartServer(ctx context.Context, logf func(string, ...any)) (*Server, error) {
	s := &Server{dsn: os.Getenv("DATABASE_URL")}
	if s.dsn == "" {
		if err := s.startPrivate(ctx); err != nil {
			return nil, err
		}
	}
	var err error
	if s.admin, err = db.Open(ctx, s.dsn); err != nil {
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	if s.private == nil {
		s.postmaster = findPostmaster(ctx, s.admin)
	} else if err := s.tune(ctx); err != nil {
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	logf("%s", s.describe())
	return s, nil
}

func (s *Server) startPrivate(ctx context.Context) error {
	cache, err := embedded.DefaultCacheDir(os.Getenv)
	if err != nil {
		return err
	}
	s.dataDir = filepath.Join(cache, "bench")
	if err := embedded.Remove(ctx, s.dataDir); err != nil { // what a run that was killed has left
		return err
	}
	s.private, err = embedded.Start(ctx, embedded.Options{DataDir: s.dataDir, CacheDir: cache, Durable: true, Unsupervised: true})
	if err != nil {
		return err
	}
	s.dsn, s.postmaster = s.private.DSN(), s.private.PID()
	return nil
}

// tune keeps checkpoints out of what is measured: they are made in between.
func (s *Server) tune(ctx context.Context) error {
	for _, statement := range []string{"ALTER SYSTEM SET max_wal_size = '8GB'", "SELECT pg_reload_conf()"} {
		if _, err := s.admin.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("configuring PostgreSQL: %w", err)
		}
	}
	return nil
}

// Stop drops the databases of this run, and the private server with its data.
func (s *Server) Stop(ctx context.Context) error {
	var errs []error
	for _, d := range s.databases {
		errs = append(errs, d.drop(ctx))
	}
	if s.admin != nil {
		errs = append(errs, s.admin.Close())
	}
	if s.private != nil {
		errs = append(errs, s.private.Stop(ctx), embedded.Remove(ctx, s.dataDir))
	}
	return errors.Join(errs...)
}

const selectSettings = `
	SELECT format('PostgreSQL %s, fsync %s, synchronous_commit %s, shared_buffers %s', current_setting('server_version'),
	              current_setting('fsync'), current_setting('synchronous_commit'), current_setting('shared_buffers'))`

// describe says on what was measured.
func (s *Server) describe() string {
	var settings string
	if err := s.admin.Get(&settings, selectSettings); err != nil {
		settings = "PostgreSQL"
	}
	return fmt.Sprintf("%s; %d cores, shared by clients and server; %s", settings, runtime.NumCPU(), runtime.Version())
}

// Create creates a database of this run. It goes with the server's Stop.
func (s *Server) Create(ctx context.Context, name string) (*Database, error) {
	name = fmt.Sprintf("bench_%s_%d", name, os.Getpid())
	if _, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+pq.QuoteIdentifier(name)); err != nil {
		return nil, fmt.Errorf("creating a database: %w", err)
	}
	d := &Database{server: s, name: name}
	s.databases = append(s.databases, d)
	var err error
	if d.DSN, err = withDatabase(s.dsn, name); err != nil {
		return nil, err
	}
	d.DB, err = db.Open(ctx, d.DSN)
	return d, err
}
