package telemetry_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/taskq"
)

func scrape(t *testing.T, handler http.Handler) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, recorder.Code)
	return recorder.Body.String()
}

func TestMetricsTellOfTasks(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	_, err := client.Enqueue(t.Context(), taskq.NewTask{Type: "A"})
	require.NoError(t, err)
	metrics := telemetry.NewMetrics(client, slog.New(slog.NewTextHandler(t.Output(), nil)))
	require.Contains(t, scrape(t, metrics), `taskwire_tasks{state="ready",type="A"} 1`)
	require.Contains(t, scrape(t, metrics), "taskwire_workers 0")
}

func TestMetricsOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	require.NoError(t, database.Close())
	text := scrape(t, telemetry.NewMetrics(client, slog.New(slog.NewTextHandler(t.Output(), nil))))
	require.Contains(t, text, "go_goroutines")
	require.NotContains(t, text, "taskwire_workers")
}

func TestReadySaysWhetherTheDatabaseAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
	}{{nil, http.StatusNoContent}, {errors.New("gone"), http.StatusServiceUnavailable}} {
		recorder := httptest.NewRecorder()
		telemetry.Ready(func(context.Context) error { return c.err })(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		require.Equal(t, c.status, recorder.Code)
	}
}
