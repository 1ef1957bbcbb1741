package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/taskwire/taskwire/taskq"
)

const readyTimeout = 2 * time.Second

// hopelessLag is how late a server's feed may be before its clients are better off with another one.
const hopelessLag = 10 * time.Second

// Feed is the part of [taskq.Client] that tells how well changes reach those who watch.
type Feed interface {
	FeedHealth(ctx context.Context) (taskq.FeedHealth, error)
}

var _ Feed = (*taskq.Client)(nil)

// Live answers that the process runs.
func Live(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNoContent)
}

// Ready answers whether requests can be served, and says in plain text what is wrong, a sentence a line: 200, also when
// something should be looked at, or 503 when the database does not answer within two seconds or the feed is at a stand.
func Ready(feed Feed) http.HandlerFunc {
	asking := make(chan struct{}, 1)
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		health, err := ask(ctx, feed, asking)
		lines, status := health.Problems(), http.StatusOK
		if err != nil {
			lines, status = append([]string{"The database does not answer."}, lines...), http.StatusServiceUnavailable
		}
		if health.Lag > hopelessLag {
			status = http.StatusServiceUnavailable
		}
		if len(lines) == 0 {
			lines = []string{"All is well."}
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = fmt.Fprintln(w, strings.Join(lines, "\n"))
	}
}

// ask returns in time, whatever the database does: the driver may wait for an answer beyond the end of ctx. It asks once
// at a time, so that probes do not pile up behind a database that hangs.
func ask(ctx context.Context, feed Feed, asking chan struct{}) (taskq.FeedHealth, error) {
	type answer struct {
		health taskq.FeedHealth
		err    error
	}
	unknown := taskq.FeedHealth{Listening: true}
	select {
	case asking <- struct{}{}:
	case <-ctx.Done():
		return unknown, ctx.Err()
	}
	answered := make(chan answer, 1)
	go func() {
		health, err := feed.FeedHealth(ctx)
		<-asking
		answered <- answer{health, err}
	}()
	select {
	case a := <-answered:
		return a.health, a.err
	case <-ctx.Done():
		return unknown, ctx.Err()
	}
}
