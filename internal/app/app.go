// Package app puts the program together: step by step it opens, starts and serves what a command needs, and ends all of it in
// the reverse order. server.go calls Run with what the command line says; every other package is told what it needs from here.
package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/db/embedded"
	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/config"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/internal/resumable"
	"github.com/taskwire/taskwire/taskq"
)

// Options are what Run needs. All are required.
type Options struct {
	config.Config
	Version string              // of the program, for its workers' rows
	Schema  string              // what the command schema prints
	Getenv  func(string) string // for where directories go by default
	Stdout  io.Writer           // what a command is asked for
	Stderr  io.Writer           // the log, and notes to people
}

// Run carries out the command of o.Config. Serving and working go on until ctx ends, and then running tasks may finish;
// every other command ends by itself. Whatever it started has ended when it returns, or was given up after its limit, which
// is logged. The error names the step that failed.
func Run(ctx context.Context, o Options) error {
	a := &app{Options: o, lifetime: lifetime{log: slog.New(slog.NewTextHandler(o.Stderr, logOptions(o.Command)))}}
	defer holdBallast()()
	defer a.close(context.WithoutCancel(ctx))
	for _, step := range a.steps() {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return a.wait(ctx)
}

// app is the program while it runs. Each step fills in what the next ones need.
type app struct {
	Options
	lifetime

	postgres   *embedded.Server // nil with a database of the user's
	database   *sqlx.DB
	reads      *sqlx.DB // for what the API lists
	blobs      *blob.Store
	identity   string // of the database
	embedder   embedding.Embedder
	tasks      *taskq.Client
	documents  *document.Service
	products   *product.Service
	embeddings *embedding.Service
	keys       *auth.Keys
	guard      *auth.Guard
	persisted  graph.PersistedDocuments // nil: clients may run any
	uploads    *resumable.Handler
	api        *graph.Handler

	postgresFailed <-chan struct{} // nil without a private one
	serveFailed    <-chan error
}

type step struct {
	name string
	do   func(context.Context) error
}

func (a *app) steps() []step {
	if a.Command == config.Schema {
		return []step{{"printing the schema", a.printSchema}}
	}
	steps := []step{
		{"choosing the data directory", a.chooseDataDir},
		{"starting PostgreSQL", a.startPostgres},
		{"opening the database", a.openDatabase},
		{"migrating the database", a.migrate},
	}
	switch a.Command {
	case config.Migrate:
		return steps
	case config.Keys:
		return append(steps, step{"managing API keys", a.manageKeys})
	case config.Serve, config.Worker, config.Schema:
	}
	steps = append(steps,
		step{"opening the database for reads", a.openReads},
		step{"opening the blob store", a.openBlobs},
		step{"choosing the embedder", a.chooseEmbedder},
		step{"starting the workers", a.startTasks},
		step{"starting upkeep", a.startUpkeep},
	)
	if a.Command == config.Serve {
		steps = append(steps,
			step{"setting up authentication", a.setUpAuth},
			step{"choosing what clients may ask", a.readPersisted},
			step{"preparing resumable uploads", a.openUploads},
			step{"serving", a.serve},
		)
	}
	return steps
}

// wait returns when ctx ends, or with what went wrong before.
func (a *app) wait(ctx context.Context) error {
	if a.Command != config.Serve && a.Command != config.Worker {
		return nil
	}
	select {
	case <-ctx.Done():
		a.log.Info("stopping; running tasks may finish", "within", a.DrainTimeout)
		return nil
	case err := <-a.serveFailed:
		return fmt.Errorf("serving: %w", err)
	case <-a.postgresFailed:
		return fmt.Errorf("the private PostgreSQL ended; %s tells why", a.postgres.LogFile())
	}
}

// logOptions keep the log of a command that prints something to what went wrong.
func logOptions(command config.Command) *slog.HandlerOptions {
	if command == config.Keys {
		return &slog.HandlerOptions{Level: slog.LevelWarn}
	}
	return nil
}
