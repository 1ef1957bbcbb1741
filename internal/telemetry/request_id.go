// Package telemetry lets operators follow what the server does. Its request ids tie an error that a client saw to the
// line in the log that explains it.
package telemetry

import (
	"context"
	"crypto/rand"
	"net/http"
)

// RequestIDHeader carries a request's id in both directions.
const RequestIDHeader = "X-Request-Id"

const maxRequestIDLength = 64

type requestIDKey struct{}

// WithRequestIDs gives each request an id: the one that a proxy in front sent, if it is short and plain, else a random
// one. The response carries it too.
func WithRequestIDs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestIDHeader)
		if RequestID(r.Context()) != "" {
			id = RequestID(r.Context()) // an outer handler gave it
		}
		if !isRequestID(id) {
			id = rand.Text()
		}
		w.Header().Set(RequestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// RequestID returns the id of the request that ctx belongs to, or "" outside of one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// isRequestID refuses what could garble a log line.
func isRequestID(id string) bool {
	for _, c := range []byte(id) {
		isPlain := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.'
		if !isPlain {
			return false
		}
	}
	return id != "" && len(id) <= maxRequestIDLength
}
