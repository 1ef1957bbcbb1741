// Command taskwire runs background tasks on PostgreSQL and serves them over a live GraphQL API. `go run .` is `taskwire
// serve`; `taskwire --help` tells what else there is.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/embedded"
	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/cli"
	"github.com/taskwire/taskwire/internal/config"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/httpserver"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/internal/rest"
	"github.com/taskwire/taskwire/internal/resumable"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/internal/upkeep"
	"github.com/taskwire/taskwire/internal/upload"
	"github.com/taskwire/taskwire/internal/webui"
	"github.com/taskwire/taskwire/taskq"
)

// schema is the API, as a client author reads it.
//
//go:embed schema.graphqls
var schema string

// readTimeout is when PostgreSQL ends a read of the API, a little after the API itself would.
const readTimeout = 35 * time.Second

// version is set when a release is built: -ldflags "-X main.version=v1.2.3".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.RunChild(ctx, os.Args[2:], os.Stdin, os.Stdout))
	}
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, "taskwire:", err)
		os.Exit(1)
	}
}

// run is the whole program: it starts what the command asks for, and ends in order when ctx does.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	cfg, err := config.Parse(args, getenv, stderr)
	if err != nil {
		return err
	}
	a := &app{Config: cfg, getenv: getenv, stdout: stdout, stderr: stderr, log: slog.New(slog.NewTextHandler(stderr, logOptions(cfg.Command)))}
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
	config.Config
	getenv func(string) string
	stdout io.Writer
	stderr io.Writer
	log    *slog.Logger

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
	closers    []closer // in the order of opening

	postgresFailed <-chan struct{} // nil without a private one
	serveFailed    <-chan error
}

type closer struct {
	what  string
	limit time.Duration
	do    func(context.Context) error
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
		steps = append(steps, step{"setting up authentication", a.setUpAuth}, step{"choosing what clients may ask", a.readPersisted}, step{"preparing resumable uploads", a.openUploads}, step{"serving", a.serve})
	}
	return steps
}

func (a *app) printSchema(context.Context) error {
	_, err := io.WriteString(a.stdout, schema)
	return err
}

func (a *app) chooseDataDir(context.Context) (err error) {
	if a.DataDir == "" {
		a.DataDir, err = embedded.DefaultDataDir(a.getenv)
	}
	return err
}

func (a *app) startPostgres(ctx context.Context) error {
	if a.DatabaseURL != "" {
		return nil
	}
	cache, err := embedded.DefaultCacheDir(a.getenv)
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

func (a *app) openReads(ctx context.Context) (err error) {
	if a.reads, err = db.OpenReads(ctx, a.DatabaseURL, readTimeout); err == nil {
		a.onClose("closing the database for reads", time.Second, func(context.Context) error { return a.reads.Close() })
	}
	return err
}

func (a *app) migrate(ctx context.Context) error { return db.Migrate(ctx, a.database) }

func (a *app) manageKeys(ctx context.Context) error {
	return cli.Keys(ctx, auth.NewKeys(a.database), &a.Config.Keys, a.stdout, a.stderr)
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

func (a *app) chooseEmbedder(context.Context) (err error) {
	a.embedder, err = embedding.New(a.Embedding)
	return err
}

func (a *app) startTasks(ctx context.Context) error {
	a.tasks = taskq.New(a.database, taskq.Config{DSN: a.DatabaseURL, MaxRunning: a.Workers, Logger: a.log, Version: version, Reads: a.reads})
	a.products = product.NewService(a.database, a.blobs, a.tasks, product.Config{MaxImportBytes: a.MaxUpload, Reads: a.reads})
	extractor := &extract.Extractor{CacheDir: filepath.Join(a.DataDir, "cache")}
	a.documents = document.NewService(a.database, a.blobs, a.tasks, extractor, a.embedder, document.Config{MaxUploadBytes: a.MaxUpload, Reads: a.reads})
	a.embeddings = embedding.NewService(a.database, a.embedder, a.tasks, product.NewTexts(a.database), document.NewTexts(a.database))
	a.tasks.Handle(document.TaskType, a.documents.Run)
	a.tasks.Handle(product.TypeImport, a.products.RunImport)
	a.tasks.Handle(product.TypeUpdate, a.products.RunUpdate)
	a.tasks.Handle(embedding.TaskType, a.embeddings.Run)
	a.onClose("draining", a.DrainTimeout, func(ctx context.Context) error { a.tasks.Stop(ctx); return nil })
	return a.tasks.Start(context.WithoutCancel(ctx)) // ends by Stop, after the API
}

const upkeepInterval = 5 * time.Minute // a round through all uploaded files takes 21 hours

func (a *app) startUpkeep(ctx context.Context) error {
	if shared, err := a.blobs.IsShared(a.identity); err != nil {
		return err
	} else if shared {
		a.log.Info("other databases use this data directory, or have; files that nothing refers to stay in it", "data", a.DataDir)
	}
	files := blob.NewSweeper(a.blobs, a.identity, a.documents.FilesInUse, a.products.FilesInUse)
	vectors := embedding.NewSweeper(product.NewTexts(a.database), document.NewTexts(a.database))
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		upkeep.Run(ctx, a.log, upkeepInterval, upkeep.Job{Of: "files", Do: files.Sweep}, upkeep.Job{Of: "vectors", Do: vectors.Sweep})
	}()
	a.onClose("ending upkeep", time.Second, func(ctx context.Context) error {
		cancel()
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return nil
}

func (a *app) setUpAuth(ctx context.Context) (err error) {
	options := auth.Options{Limits: a.Auth.Limits, TrustedProxies: a.Auth.TrustedProxies, AllowedHosts: a.Auth.AllowedHosts, Logger: a.log}
	a.keys = auth.NewKeys(a.database)
	if a.Auth.Keys {
		options.Keys = a.keys
	}
	if a.Auth.OIDC {
		if options.Provider, err = auth.NewProvider(a.Auth.Provider); err != nil {
			return err
		}
		go options.Provider.Warm(ctx)
	}
	a.guard = auth.NewGuard(options)
	return nil
}

func (a *app) openUploads(ctx context.Context) (err error) {
	a.uploads, err = resumable.NewHandler(resumable.Options{
		Dir: filepath.Join(a.DataDir, "uploads"), Documents: a.documents, Products: a.products, MaxBytes: a.MaxUpload, Auth: a.guard, Logger: a.log,
	})
	if err == nil {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		done := make(chan struct{})
		go func() { defer close(done); a.uploads.Run(ctx) }()
		a.onClose("ending uploads", time.Second, func(context.Context) error { cancel(); <-done; return nil })
	}
	return err
}

func (a *app) readPersisted(context.Context) (err error) {
	if a.PersistedDocuments != "" {
		a.persisted, err = graph.ReadPersistedDocuments(a.PersistedDocuments)
	}
	return err
}

func (a *app) serve(ctx context.Context) (err error) {
	limits := upload.Limits{FileBytes: a.MaxUpload}
	tasks, documents, products := access.NewTasks(a.tasks), access.NewDocuments(a.documents), access.NewProducts(a.products)
	a.api, err = graph.NewHandler(graph.Options{
		Tasks: tasks, Documents: documents, Products: products, Embeddings: access.NewEmbeddings(a.embeddings), Uploads: a.blobs, UploadLimits: limits, Logger: a.log,
		Auth: a.guard, Keys: a.keys, Introspection: a.Introspection, PersistedDocuments: a.persisted,
	})
	if err != nil {
		return err
	}
	pages, err := webui.Handler(webui.Options{BasePath: a.BasePath, LoginOrigins: a.guard.LoginOrigins})
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.Handle("/api/v1/", rest.NewHandler(rest.Options{
		Tasks: tasks, Documents: documents, Products: products, Uploads: a.blobs, UploadLimits: limits, Logger: a.log, Auth: a.guard,
	}))
	routes.Handle("/graphql", a.api)
	routes.Handle(resumable.Path, a.uploads)
	routes.HandleFunc("GET /healthz", telemetry.Live)
	routes.HandleFunc("GET /readyz", telemetry.Ready(a.tasks))
	routes.HandleFunc("GET /auth/config", a.guard.ServeSettings)
	routes.Handle("/", pages)
	if err := a.serveMetrics(ctx, routes); err != nil {
		return err
	}
	return a.listen(ctx, routes)
}

// serveMetrics serves them at an address of their own, or to admins beside the API.
func (a *app) serveMetrics(ctx context.Context, routes *http.ServeMux) error {
	metrics := telemetry.NewMetrics(a.tasks, a.api, a.log, a.guard)
	if a.Metrics == "" {
		routes.Handle("GET /metrics", a.guard.Require(auth.Admin, metrics, auth.RefusePlainly))
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	server, err := httpserver.Start(ctx, httpserver.Options{Listen: a.Metrics, Handler: mux, Logger: a.log})
	if err != nil {
		return fmt.Errorf("serving metrics: %w", err)
	}
	a.onClose("closing the metrics", time.Second, server.Shutdown)
	a.log.Info("metrics on " + server.URL() + "/metrics")
	return nil
}

func (a *app) listen(ctx context.Context, routes http.Handler) error {
	server, err := httpserver.Start(ctx, httpserver.Options{
		Listen: a.Listen, CertFile: a.TLS.CertFile, KeyFile: a.TLS.KeyFile, Handler: webui.StripBasePath(a.BasePath, routes), Logger: a.log,
	})
	if err != nil {
		return err
	}
	a.serveFailed = server.Failed()
	a.onClose("closing connections", 10*time.Second, func(ctx context.Context) error {
		return errors.Join(a.api.Shutdown(ctx), server.Shutdown(ctx))
	})
	url := server.URL()
	a.log.Info("listening on "+url, "pages", url+"/", "api", url+"/graphql", "graphiql", url+"/graphiql", "data", a.DataDir,
		"authentication", a.Auth.Methods())
	return nil
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

// onClose has do run when the program ends, in the reverse order of these calls.
func (a *app) onClose(what string, limit time.Duration, do func(context.Context) error) {
	a.closers = append(a.closers, closer{what, limit, do})
}

func (a *app) close(ctx context.Context) {
	for _, c := range slices.Backward(a.closers) {
		limited, cancel := context.WithTimeout(ctx, c.limit)
		if err := c.do(limited); err != nil {
			a.log.Error(c.what, "error", err)
		}
		cancel()
	}
}

// logOptions keep the log of a command that prints something to what went wrong.
func logOptions(command config.Command) *slog.HandlerOptions {
	if command == config.Keys {
		return &slog.HandlerOptions{Level: slog.LevelWarn}
	}
	return nil
}
