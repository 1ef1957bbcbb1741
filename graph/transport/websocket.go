package transport

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
)

// WebsocketOptions tune a [Websocket]. A zero field has its default.
type WebsocketOptions struct {
	AllowedOrigins    []string      // besides the server's own: scheme://host[:port]
	InitTimeout       time.Duration // until connection_init; default 10 s
	WriteTimeout      time.Duration // for one message to a client that reads slowly; default 10 s
	PingInterval      time.Duration // a client that is silent for two of them is gone; default 15 s
	MaxMessageBytes   int64         // from the client; default 1 MiB
	MaxOperations     int           // that run at once on one socket; default 50
	MessagesPerSecond int           // from one client, on average; default 50
	MaxSockets        int           // on this server; default 20,000
	// Authenticate returns the context under which the operations of a socket run, given the payload of its
	// connection_init. When that ends the socket is closed with 4403. An error closes it at once: with the code of its
	// method CloseCode, else 4403. Default: everybody may connect.
	Authenticate func(ctx context.Context, payload map[string]any) (context.Context, error)
	Groups       *Groups      // of subscribers that are sent the same; default: each is on its own
	Logger       *slog.Logger // default: slog.Default()
}

func (o WebsocketOptions) withDefaults() WebsocketOptions {
	setDefault(&o.InitTimeout, 10*time.Second)
	setDefault(&o.WriteTimeout, 10*time.Second)
	setDefault(&o.PingInterval, 15*time.Second)
	setDefault(&o.MaxMessageBytes, 1<<20)
	setDefault(&o.MaxOperations, 50)
	setDefault(&o.MessagesPerSecond, 50)
	setDefault(&o.MaxSockets, 20_000)
	setDefault(&o.Logger, slog.Default())
	if o.Authenticate == nil {
		o.Authenticate = func(ctx context.Context, _ map[string]any) (context.Context, error) { return ctx, nil }
	}
	return o
}

func setDefault[T comparable](field *T, value T) {
	if zero := *new(T); *field == zero {
		*field = value
	}
}

// Websocket serves operations over websockets in the subprotocol graphql-transport-ws. A socket costs one goroutine, and
// another while there is something to write; a subscription costs none once it shares a group.
type Websocket struct {
	options  WebsocketOptions
	upgrader websocket.Upgrader
	closures closures
	buffers  sync.Pool // of *[]byte

	mu       sync.Mutex
	sockets  map[*socket]struct{} // guarded by mu
	stopping bool                 // guarded by mu
	idle     chan struct{}        // closed when stopping and no socket is left
}

var _ graphql.Transport = (*Websocket)(nil)

// NewWebsocket returns a transport without sockets.
func NewWebsocket(options WebsocketOptions) *Websocket {
	t := &Websocket{options: options.withDefaults(), sockets: map[*socket]struct{}{}, idle: make(chan struct{})}
	t.buffers.New = func() any { return new([]byte) }
	t.upgrader = websocket.Upgrader{
		HandshakeTimeout: t.options.WriteTimeout,
		Subprotocols:     []string{subprotocol},
		CheckOrigin:      t.isAllowedOrigin,
		ReadBufferSize:   1 << 10, // most of what clients send is shorter
		WriteBufferSize:  4 << 10,
		WriteBufferPool:  &sync.Pool{},
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			answer{w: w, mediaType: typeJSON}.refuse(status, codeBadRequest, sentence(reason))
		},
	}
	return t
}

// Supports implements [graphql.Transport].
func (t *Websocket) Supports(r *http.Request) bool { return isUpgrade(r) }

// Do implements [graphql.Transport]. The socket lives on after it has returned, on a goroutine of its own: net/http's has a
// stack that grew with the handlers above, and holds the request.
func (t *Websocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	s := &socket{timeout: t.options.WriteTimeout, interval: t.options.PingInterval}
	if !t.add(s) {
		w.Header().Set("Retry-After", "5")
		answer{w: w, mediaType: typeJSON}.refuse(http.StatusServiceUnavailable, codeUnavailable, "The server takes no more websockets now.")
		return
	}
	conn, err := t.upgrader.Upgrade(w, r, nil)
	if err != nil {
		t.remove(s)
		return // the upgrader has answered
	}
	s.open(conn, t.options.MaxMessageBytes)
	go t.serve(context.WithoutCancel(r.Context()), s, exec)
}

// serve returns when the socket is closed.
func (t *Websocket) serve(ctx context.Context, s *socket, exec graphql.GraphExecutor) {
	defer t.remove(s)
	newSession(s, exec, t).run(ctx)
	t.closures.add(s.reason())
	t.options.Logger.DebugContext(ctx, "Websocket closed.", "reason", s.reason())
}

// Shutdown closes all sockets with 1012 (service restart), after which clients reconnect, and takes no more. It returns
// when all are closed, or cuts them off when ctx ends. Stop the source of updates after it: a subscription that ends by
// itself looks complete to its client, who then does not come back.
func (t *Websocket) Shutdown(ctx context.Context) error {
	for _, s := range t.stop() {
		go s.close(closeRestart, "Service restart")
	}
	select {
	case <-t.idle:
		return nil
	case <-ctx.Done():
	}
	for _, s := range t.open() {
		s.cut("the server stops")
	}
	return ctx.Err()
}

// stop refuses new sockets from now on and returns those that are open.
func (t *Websocket) stop() []*socket {
	t.mu.Lock()
	first := !t.stopping
	t.stopping = true
	if first && len(t.sockets) == 0 {
		close(t.idle)
	}
	t.mu.Unlock()
	return t.open()
}

func (t *Websocket) open() []*socket {
	t.mu.Lock()
	defer t.mu.Unlock()
	open := make([]*socket, 0, len(t.sockets))
	for s := range t.sockets {
		open = append(open, s)
	}
	return open
}

func (t *Websocket) add(s *socket) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopping || len(t.sockets) >= t.options.MaxSockets {
		return false
	}
	t.sockets[s] = struct{}{}
	return true
}

func (t *Websocket) remove(s *socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sockets, s)
	if t.stopping && len(t.sockets) == 0 {
		close(t.idle)
	}
}

// isAllowedOrigin keeps other web sites from opening sockets in a visitor's name. Programs that are not browsers send no
// origin.
func (t *Websocket) isAllowedOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) || isAmong(t.options.AllowedOrigins, origin)
}
