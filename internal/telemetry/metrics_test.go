package telemetry_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/taskq"
)

// sockets are what a server counts.
type sockets struct{}

func (sockets) Sockets() (open int, closed map[string]int64) {
	return 3, map[string]int64{"4400": 2, "the client does not read": 1}
}

func scrape(t *testing.T, client *taskq.Client) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler := telemetry.NewMetrics(client, sockets{}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, recorder.Code)
	return recorder.Body.String()
}

func TestMetricsTellOfTasksAndTheFeed(t *testing.T) {
	t.Parallel()
	database := dbtest.StartServer(t).New() // its own: all databases of a server have one notification queue
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	_, err := client.Enqueue(t.Context(), taskq.NewTask{Type: "A"})
	require.NoError(t, err)
	text := scrape(t, client)
	for _, line := range []string{
		`taskwire_tasks{state="ready",type="A"} 1`, "taskwire_workers 0", "taskwire_feed_listening 0", "taskwire_feed_lag_seconds 0",
		"taskwire_notification_queue_usage_ratio 0", "taskwire_stats_lag_seconds", "taskwire_websockets 3",
		`taskwire_websockets_closed_total{reason="4400"} 2`, `taskwire_websockets_closed_total{reason="the client does not read"} 1`,
	} {
		require.Contains(t, text, line)
	}
}

func TestMetricsOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	require.NoError(t, database.Close())
	text := scrape(t, client)
	require.Contains(t, text, "go_goroutines")
	require.Contains(t, text, "taskwire_feed_listening")
	require.NotContains(t, text, "taskwire_workers")
	require.NotContains(t, text, "taskwire_stats_lag_seconds")
}

// feed says what a test has it say.
type feed struct {
	health taskq.FeedHealth
	err    error
	silent bool
}

func (f feed) FeedHealth(ctx context.Context) (taskq.FeedHealth, error) {
	if f.silent {
		<-ctx.Done()
	}
	return f.health, f.err
}

func TestReadySaysInWordsWhatIsWrong(t *testing.T) {
	t.Parallel()
	well := taskq.FeedHealth{Listening: true}
	for name, c := range map[string]struct {
		feed   feed
		status int
		words  string
	}{
		"well":               {feed{health: well}, http.StatusOK, "All is well.\n"},
		"the database fails": {feed{health: well, err: errors.New("gone")}, http.StatusServiceUnavailable, "The database does not answer.\n"},
		"the database hangs": {feed{silent: true, err: context.DeadlineExceeded}, http.StatusServiceUnavailable, "The database does not answer.\n"},
		"it polls":           {feed{}, http.StatusOK, "The LISTEN connection is down: updates and claims may be up to a second late.\n"},
		"the feed is late": {
			feed{health: taskq.FeedHealth{Listening: true, Lag: 6 * time.Second}},
			http.StatusOK,
			"The feed could not be read for 6s: watchers are told nothing.\n",
		},
		"the feed stands": {
			feed{health: taskq.FeedHealth{Listening: true, Lag: time.Minute}},
			http.StatusServiceUnavailable,
			"The feed could not be read for 1m0s: watchers are told nothing.\n",
		},
		"much at once": {
			feed{health: taskq.FeedHealth{Listening: true, QueueUsage: 0.25, ListenerXminAge: 20_000, ListenerPID: 17, StatsLag: time.Hour}},
			http.StatusOK,
			"The notification queue of PostgreSQL is 25 % full; once it is, changes of tasks fail. A LISTEN connection does not read.\n" +
				"The LISTEN connection of backend 17 has not read for 20000 transactions and holds back vacuum: end it with pg_terminate_backend.\n" +
				"Statistics are 1h0m0s behind.\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder := httptest.NewRecorder()
			telemetry.Ready(c.feed)(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
			require.Equal(t, c.status, recorder.Code)
			require.Equal(t, c.words, recorder.Body.String())
		})
	}
}
