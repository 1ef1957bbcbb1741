package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/httpserver"
	"github.com/taskwire/taskwire/internal/rest"
	"github.com/taskwire/taskwire/internal/resumable"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/internal/upload"
	"github.com/taskwire/taskwire/internal/webui"
)

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
		a.background(ctx, "asking for the identity provider's keys", options.Provider.Warm)
	}
	a.guard = auth.NewGuard(options)
	return nil
}

func (a *app) readPersisted(context.Context) (err error) {
	if a.PersistedDocuments != "" {
		a.persisted, err = graph.ReadPersistedDocuments(a.PersistedDocuments)
	}
	return err
}

func (a *app) openUploads(ctx context.Context) (err error) {
	a.uploads, err = resumable.NewHandler(resumable.Options{
		Dir: filepath.Join(a.DataDir, "uploads"), Documents: a.documents, Products: a.products, MaxBytes: a.MaxUpload, Auth: a.guard, Logger: a.log,
	})
	if err == nil {
		a.background(ctx, "uploads", a.uploads.Run)
	}
	return err
}

func (a *app) serve(ctx context.Context) error {
	routes, err := a.routes()
	if err != nil {
		return err
	}
	if err := a.serveMetrics(ctx, routes); err != nil {
		return err
	}
	return a.listen(ctx, routes)
}

// routes are all paths but that of the metrics.
func (a *app) routes() (routes *http.ServeMux, err error) {
	limits := upload.Limits{FileBytes: a.MaxUpload}
	tasks, documents, products := access.NewTasks(a.tasks), access.NewDocuments(a.documents), access.NewProducts(a.products)
	a.api, err = graph.NewHandler(graph.Options{
		Tasks: tasks, Documents: documents, Products: products, Embeddings: access.NewEmbeddings(a.embeddings), Uploads: a.blobs, UploadLimits: limits, Logger: a.log,
		Auth: a.guard, Keys: a.keys, Introspection: a.Introspection, PersistedDocuments: a.persisted,
	})
	if err != nil {
		return nil, err
	}
	pages, err := webui.Handler(webui.Options{BasePath: a.BasePath, LoginOrigins: a.guard.LoginOrigins})
	if err != nil {
		return nil, err
	}
	routes = http.NewServeMux()
	routes.Handle("/api/v1/", rest.NewHandler(rest.Options{
		Tasks: tasks, Documents: documents, Products: products, Uploads: a.blobs, UploadLimits: limits, Logger: a.log, Auth: a.guard,
	}))
	routes.Handle("/graphql", a.api)
	routes.Handle(resumable.Path, a.uploads)
	routes.HandleFunc("GET /healthz", telemetry.Live)
	routes.HandleFunc("GET /readyz", telemetry.Ready(a.tasks))
	routes.HandleFunc("GET /auth/config", a.guard.ServeSettings)
	routes.Handle("/", pages)
	return routes, nil
}

// serveMetrics serves them at an address of their own, or to admins beside the API.
func (a *app) serveMetrics(ctx context.Context, routes *http.ServeMux) error {
	metrics := telemetry.NewMetrics(a.tasks, a.api, a.log, a.guard, a.api)
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
