// Package rest serves the routes under /api/v1 in JSON, for curl and for programs without a GraphQL client. They call the
// same services as the GraphQL API; internal/app mounts them.
package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/internal/upload"
	"github.com/taskwire/taskwire/taskq"
)

// Tasks is the part of [taskq.Client] that these routes need.
type Tasks interface {
	Get(ctx context.Context, id uuid.UUID) (taskq.Task, error)
	History(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Event], error)
	List(ctx context.Context, f taskq.Filter, o taskq.Order, p taskq.Page) (taskq.Slice[taskq.Task], error)
}

// Documents is the part of [document.Service] that these routes need.
type Documents interface {
	Upload(ctx context.Context, in document.UploadInput) (document.Uploaded, error)
}

// Products is the part of [product.Service] that these routes need.
type Products interface {
	Import(ctx context.Context, in product.ImportInput) (taskq.Enqueued, error)
}

var (
	_ Tasks     = access.Tasks{}
	_ Documents = access.Documents{}
	_ Products  = access.Products{}
)

// Options says what the routes serve.
type Options struct {
	Tasks        Tasks
	Documents    Documents
	Products     Products
	Uploads      upload.Store
	UploadLimits upload.Limits
	Auth         *auth.Guard  // default: every caller is auth.Local
	Logger       *slog.Logger // default: slog.Default()
}

// api answers the routes.
type api struct{ Options }

// route answers a request, or returns what went wrong.
type route func(w http.ResponseWriter, r *http.Request) error

// NewHandler serves /api/v1. Pages of other sites can send it nothing: a browser says where a request comes from.
func NewHandler(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Auth == nil {
		o.Auth = auth.NewGuard(auth.Options{Logger: o.Logger})
	}
	a := &api{o}
	mux := http.NewServeMux()
	for pattern, entry := range a.routes() {
		mux.Handle(pattern, a.Auth.Require(entry.role, a.handle(entry.answer), a.refuseCaller))
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(a.handle(func(http.ResponseWriter, *http.Request) error {
		return &problem{http.StatusForbidden, "A page of another site may not send this."}
	}))
	return telemetry.WithRequestIDs(upload.LimitBody(upload.BodyTimeout, protection.Handler(mux)))
}

// entry is a route, and the least role that may use it.
type entry struct {
	role   auth.Role
	answer route
}

func (a *api) routes() map[string]entry {
	return map[string]entry{
		"GET /api/v1/tasks/{$}":         {auth.Viewer, a.listTasks},
		"GET /api/v1/tasks/{id}":        {auth.Viewer, a.getTask},
		"POST /api/v1/documents/upload": {auth.Operator, a.uploadDocuments},
		"POST /api/v1/import/products":  {auth.Operator, a.importProducts},
		"/api/v1/": {auth.Viewer, func(http.ResponseWriter, *http.Request) error {
			return notFound("There is no such route, or it takes another method.")
		}},
	}
}

// refuseCaller answers whom the guard does not let in.
func (a *api) refuseCaller(w http.ResponseWriter, r *http.Request, err *auth.Error) {
	a.handle(func(http.ResponseWriter, *http.Request) error { return &problem{err.Status, err.Message} }).ServeHTTP(w, r)
}

func (a *api) handle(answer route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if err := answer(w, r); err != nil {
			a.refuse(w, r, err)
		}
	})
}

// refuse writes a problem. What the caller cannot mend is masked, and logged under the request's id.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.status == http.StatusInternalServerError && !errors.Is(r.Context().Err(), context.Canceled) {
		a.Logger.ErrorContext(r.Context(), "A REST request failed.",
			"error", err, "path", r.URL.Path, "request_id", telemetry.RequestID(r.Context()))
	}
	p.write(w, telemetry.RequestID(r.Context()))
}
