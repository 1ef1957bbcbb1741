package telemetry

import (
	"context"
	"net/http"
	"time"
)

const readyTimeout = 2 * time.Second

// Live answers that the process runs.
func Live(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNoContent)
}

// Ready answers whether requests can be served: 204, or 503 when check fails or takes longer than two seconds.
func Ready(check func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := check(ctx); err != nil {
			http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
