package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/embedded"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/config"
)

// readTimeout is when PostgreSQL ends a read of the API, a little after the API itself would.
const readTimeout = 35 * time.Second

func (a *app) chooseDataDir(context.Context) (err error) {
	if a.DataDir == "" {
		a.DataDir, err = embedded.DefaultDataDir(a.Getenv)
	}
	return err
}

func (a *app) startPostgres(ctx context.Context) error {
	if a.DatabaseURL != "" {
		return nil
	}
	cache, err := embedded.DefaultCacheDir(a.Getenv)
	if err != nil {
		return err
	}
	a.postgres, err = embedded.Start(ctx, embedded.Options{DataDir: a.DataDir, CacheDir: cache, Logger: a.log, Durable: true})
	if held := (*embedded.HeldError)(nil); a.Command == config.Keys && errors.As(err, &held) {
		a.DatabaseURL, err = embedded.DSN(a.DataDir) // the server that runs has it
		return err
	}
	if err != nil {
		return err
	}
	a.DatabaseURL, a.postgresFailed = a.postgres.DSN(), a.postgres.Failed()
	a.onClose("stopping PostgreSQL", 30*time.Second, a.postgres.Stop)
	return nil
}

func (a *app) openDatabase(ctx context.Context) (err error) {
	if a.database, err = db.Open(ctx, a.DatabaseURL); err == nil {
		a.onClose("closing the database", time.Second, func(context.Context) error { return a.database.Close() })
	}
	return err
}

func (a *app) migrate(ctx context.Context) error { return db.Migrate(ctx, a.database) }

func (a *app) openReads(ctx context.Context) (err error) {
	if a.reads, err = db.OpenReads(ctx, a.DatabaseURL, readTimeout); err == nil {
		a.onClose("closing the database for reads", time.Second, func(context.Context) error { return a.reads.Close() })
	}
	return err
}

func (a *app) openBlobs(ctx context.Context) (err error) {
	if a.identity, err = db.Identity(ctx, a.database); err != nil {
		return err
	}
	if a.blobs, err = blob.OpenStore(filepath.Join(a.DataDir, "blobs")); err != nil {
		return err
	}
	return a.blobs.Register(a.identity)
}
