package auth

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RefuseFunc answers a request that is not let in, in the form of its API. The headers WWW-Authenticate and Retry-After
// are set already.
type RefuseFunc func(w http.ResponseWriter, r *http.Request, err *Error)

// Handler lets requests through to next, with their principal in the context. A request without a credential is refused,
// but for websockets, which say later who they are ([Guard.Socket]), and for OPTIONS, which browsers send without. A
// stream of events ends when its credential does.
func (g *Guard) Handler(next http.Handler, refuse RefuseFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		r, err := g.admit(r)
		if err != nil {
			_ = g.refusals.count(err)
			setHeaders(w.Header(), err)
			refuse(w, r, err)
			return
		}
		if isStream(r) {
			ctx, release := g.held.hold(r.Context(), Of(r.Context())) //nolint:contextcheck // what it starts serves all sessions
			defer release()
			r = r.WithContext(ctx) //nolint:contextcheck // derived from the context of r
		}
		next.ServeHTTP(w, r)
	})
}

// Require is [Guard.Handler] for those who have at least this role.
func (g *Guard) Require(role Role, next http.Handler, refuse RefuseFunc) http.Handler {
	return g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := Of(r.Context()); p.Role < role {
			err := Forbidden("This needs the role " + role.String() + ".")
			_ = g.refusals.count(err)
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	}), refuse)
}

// admit returns the request with its principal in the context.
func (g *Guard) admit(r *http.Request) (*http.Request, *Error) {
	ctx := context.WithValue(r.Context(), addressKey{}, clientAddress(r, g.proxies))
	header := r.Header.Get("Authorization")
	switch {
	case g.IsOpen() && !isKnownHost(r.Host, g.hosts):
		return r, misdirected(r.Host)
	case g.IsOpen():
		ctx = With(ctx, Local())
	case header != "":
		p, err := g.authenticate(ctx, header)
		if err != nil {
			return r, err
		}
		ctx = With(ctx, p)
	case r.Header.Get("Upgrade") == "":
		return r, missing()
	}
	return r.WithContext(ctx), g.countRequest(ctx)
}

func (g *Guard) countRequest(ctx context.Context) *Error {
	if wait, ok := g.requests.Take(limitName(ctx), 1, time.Now()); !ok {
		return tooMany("You have sent too many requests in a short time.", wait)
	}
	return nil
}

func setHeaders(header http.Header, err *Error) {
	if err.challenge != "" {
		header.Set("WWW-Authenticate", err.challenge)
	}
	if err.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(err.RetryAfter.Seconds()))))
	}
}

func isStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// Socket returns the context under which the operations of a websocket run, given the payload of its connection_init:
// {"Authorization": "Bearer …"}, unless its request had that header. It ends when the credential does. Errors: [*Error].
func (g *Guard) Socket(ctx context.Context, payload map[string]any) (context.Context, error) {
	if g.IsOpen() {
		return With(ctx, Local()), nil
	}
	held, err := g.hold(ctx, payload)
	return held, g.refusals.count(err)
}

func (g *Guard) hold(ctx context.Context, payload map[string]any) (context.Context, error) {
	p := Of(ctx)
	if header := authorization(payload); header != "" {
		var err *Error
		if p, err = g.authenticate(ctx, header); err != nil {
			return nil, err
		}
	}
	if p.Subject == "" {
		return nil, missing()
	}
	leave, ok := g.sockets.Enter(p.Subject)
	if !ok {
		return nil, tooMany("You have too many websockets open at once.", time.Second)
	}
	ctx, release := g.held.hold(With(ctx, p), p)
	context.AfterFunc(ctx, func() { release(); leave() })
	return ctx, nil
}

// authorization finds the member as HTTP would: in any case.
func authorization(payload map[string]any) string {
	for name, value := range payload {
		if text, ok := value.(string); ok && strings.EqualFold(name, "Authorization") {
			return text
		}
	}
	return ""
}

// RefusePlainly is a [RefuseFunc] for routes that answer in plain text.
func RefusePlainly(w http.ResponseWriter, _ *http.Request, err *Error) {
	http.Error(w, err.Message, err.Status)
}
