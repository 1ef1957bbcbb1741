package graph

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/internal/upload"
)

// Options say what a [Handler] serves, and within which limits. The services and the store are required.
type Options struct {
	Tasks      Tasks
	Documents  Documents
	Products   Products
	Embeddings Embeddings
	Keys       APIKeys
	Uploads    upload.Store

	// Auth lets requests in. Default: every caller is [auth.Local].
	Auth *auth.Guard

	// AllowedOrigins are web sites, beside the server's own, whose pages may use the API: scheme://host[:port].
	AllowedOrigins []string
	Limits         Limits
	UploadLimits   upload.Limits
	// Introspection lets clients ask for the schema. Without it errors suggest no names either.
	Introspection bool
	// PersistedDocuments are the only ones that clients may run. Default: all, and whoever has sent one may name it by its
	// hash afterwards (automatic persisted queries).
	PersistedDocuments PersistedDocuments
	// OperationTimeout limits a query or a mutation, not the upload before it. Default: 30 s.
	OperationTimeout time.Duration
	// SharePatience limits how long a query waits for an identical one that is under way, to share the next run with all
	// who wait as well. Default: 1 s.
	SharePatience time.Duration
	// Websocket tunes the subscriptions. Its origins, its logger and who may connect are those of the other fields.
	Websocket transport.WebsocketOptions
	// BodyTimeout limits how long a client may take to send a body without files. Default: [upload.BodyTimeout].
	BodyTimeout time.Duration
	Logger      *slog.Logger // default: slog.Default()
}

const (
	cachedDocuments  = 512 << 10 // bytes of text
	sseInterval      = 15 * time.Second
	operationTimeout = 30 * time.Second
)

// Handler serves the API at one path, whatever comes: GET, POST, multipart uploads, server-sent events and websockets.
type Handler struct {
	http     http.Handler
	sockets  *transport.Websocket
	runs     *sharedRuns
	stopping chan struct{} // closed by Shutdown
	stopOnce sync.Once
}

// NewHandler returns the handler. Errors: an allowed origin is not one; a root field of the schema has no role.
func NewHandler(o Options) (*Handler, error) {
	o = o.withDefaults()
	o.Websocket.Groups = transport.NewGroups(rights)
	h := &Handler{sockets: transport.NewWebsocket(o.Websocket), runs: newSharedRuns(o.SharePatience), stopping: make(chan struct{})}
	resolver := &Resolver{
		sockets: h.sockets,
		tasks:   o.Tasks, documents: o.Documents, products: o.Products, embeddings: o.Embeddings, keys: o.Keys, now: time.Now, recent: &recentLoaders{},
	}
	schema := NewExecutableSchema(Config{
		Resolvers: resolver, Complexity: complexities(), Directives: DirectiveRoot{HasRole: checkRole},
	})
	var err error
	if resolver.permissions, err = permissions(schema.Schema()); err != nil {
		return nil, err
	}
	server, err := h.newServer(schema, resolver, &o)
	if err != nil {
		return nil, err
	}
	guarded := o.Auth.Handler(uploadsByOperators(server), refuse)
	protected, err := transport.SameSite(guarded, o.AllowedOrigins)
	if err != nil {
		return nil, fmt.Errorf("allowing an origin: %w", err)
	}
	h.http = telemetry.WithRequestIDs(upload.LimitBody(o.BodyTimeout, protected))
	return h, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.OperationTimeout == 0 {
		o.OperationTimeout = operationTimeout
	}
	if o.BodyTimeout == 0 {
		o.BodyTimeout = upload.BodyTimeout
	}
	if o.Auth == nil {
		o.Auth = auth.NewGuard(auth.Options{Logger: o.Logger})
	}
	o.Limits = o.Limits.withDefaults()
	o.Websocket.AllowedOrigins, o.Websocket.Logger, o.Websocket.Authenticate = o.AllowedOrigins, o.Logger, o.Auth.Socket
	return o
}

func (h *Handler) newServer(schema graphql.ExecutableSchema, resolver *Resolver, o *Options) (*handler.Server, error) {
	compressor, err := transport.NewCompressor()
	if err != nil {
		return nil, err
	}
	server := handler.New(schema)
	for _, t := range []graphql.Transport{
		h.sockets,
		transport.SSE{
			MaxBodyBytes: o.Limits.BodyBytes, PingInterval: sseInterval, WriteTimeout: sseInterval, Stopping: h.stopping,
			Groups: o.Websocket.Groups,
		},
		transport.GET{Compressor: compressor},
		transport.POST{MaxBodyBytes: o.Limits.BodyBytes, Compressor: compressor},
		transport.Multipart{Store: o.Uploads, Limits: o.UploadLimits, MaxOperationBytes: o.Limits.BodyBytes, Compressor: compressor},
		transport.Fallback{},
	} {
		server.AddTransport(t)
	}
	server.SetQueryCache(newTextCache(cachedDocuments, func(text string, _ *ast.QueryDocument) int { return len(text) }))
	server.SetParserTokenLimit(o.Limits.Tokens)
	server.SetErrorPresenter(presenter{o.Logger}.present)
	server.SetRecoverFunc(recoverPanic)
	server.Use(documentLimits{o.Limits})
	usePersisted(server, o.PersistedDocuments)
	server.Use(complexityLimit{schema, o.Limits.Complexity, o.Auth})
	allowIntrospection(server, o.Introspection)
	server.AroundOperations(countSubscriptions(o.Auth))
	server.AroundOperations(withTimeout(o.OperationTimeout))
	server.AroundResponses(reportCost)
	server.Use(h.runs)
	server.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return next(resolver.withLoaders(ctx, isSubscription(ctx)))
	})
	return server, nil
}

// Sockets implements [Sockets].
func (h *Handler) Sockets() (open int, closed map[string]int64) { return h.sockets.Sockets() }

// Describe implements [prometheus.Collector].
func (h *Handler) Describe(descriptions chan<- *prometheus.Desc) {
	h.runs.Describe(descriptions)
}

// Collect implements [prometheus.Collector].
func (h *Handler) Collect(metrics chan<- prometheus.Metric) { h.runs.Collect(metrics) }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.http.ServeHTTP(w, r) }

// Shutdown ends all subscriptions, in such a way that their clients connect again, and takes no more websockets. It
// returns when their connections are closed, or cuts them off when ctx ends. Call it before [http.Server.Shutdown], which
// waits for event streams and knows nothing of websockets, and before [taskq.Client.Stop], which ends the feed.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.stopOnce.Do(func() { close(h.stopping) })
	return h.sockets.Shutdown(ctx)
}

// withTimeout limits every operation but subscriptions.
func withTimeout(timeout time.Duration) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		if isSubscription(ctx) {
			return next(ctx)
		}
		ctx, cancel := context.WithTimeout(ctx, timeout)
		responses := next(ctx)
		return func(ctx context.Context) *graphql.Response {
			defer cancel()
			return responses(ctx)
		}
	}
}

func isSubscription(ctx context.Context) bool {
	if !graphql.HasOperationContext(ctx) {
		return false
	}
	operation := graphql.GetOperationContext(ctx).Operation
	return operation != nil && operation.Operation == ast.Subscription
}
