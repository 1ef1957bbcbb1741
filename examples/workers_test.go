// Package examples tests the example workers: each runs as a user would run it, against a real database.
package examples

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

const patience = 3 * time.Minute

func TestPythonWorker(t *testing.T) {
	t.Parallel()
	need(t, "python3", "psql")
	testWorker(t, "python3", "worker-python/worker.py")
}

func TestNodeWorker(t *testing.T) {
	t.Parallel()
	need(t, "node")
	if _, err := os.Stat("worker-node/node_modules/pg"); err != nil {
		t.Skip("run npm ci in examples/worker-node first")
	}
	testWorker(t, "node", "worker-node/worker.mjs")
}

func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
}

// testWorker has the worker complete one task, and retry one that it cannot understand.
func testWorker(t *testing.T, program, script string) {
	database := dbtest.New(t, db.Engine)
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() { client.Stop(context.Background()) })
	updates, err := client.Watch(t.Context(), taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)

	good := enqueue(t, client, map[string]string{"text": "añ 1 b"})
	bad := enqueue(t, client, map[string]string{"no": "text"})
	runWorker(t, database.DSN, program, script)

	done := await(t, updates, good, taskq.Completed)
	require.JSONEq(t, `{"letters": 3}`, string(*done.Result))
	failed := await(t, updates, bad, taskq.Pending)
	require.Equal(t, 1, failed.Attempt)
	require.NotEmpty(t, *failed.ErrorMessage)
}

func enqueue(t *testing.T, client *taskq.Client, metadata any) uuid.UUID {
	t.Helper()
	enqueued, err := client.Enqueue(t.Context(), taskq.NewTask{Type: "COUNT_LETTERS", Metadata: metadata})
	require.NoError(t, err)
	return enqueued.Task.ID
}

func runWorker(t *testing.T, dsn, program, script string) {
	t.Helper()
	path, err := filepath.Abs(script)
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), program, path) //nolint:gosec // the examples of this folder
	command.Env = append(os.Environ(), "DATABASE_URL="+connectionURL(t, dsn))
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Log(output.String())
		}
	})
}

// connectionURL turns a keyword DSN into a URL, which the drivers of other languages take.
func connectionURL(t *testing.T, dsn string) string {
	t.Helper()
	if strings.Contains(dsn, "://") {
		return dsn
	}
	config, err := pq.NewConfig(dsn)
	require.NoError(t, err)
	u := url.URL{Scheme: "postgres", User: url.UserPassword(config.User, config.Password), Path: "/" + config.Database}
	u.RawQuery = url.Values{"host": {config.Host}}.Encode()
	return u.String()
}

func await(t *testing.T, updates <-chan taskq.Update, id uuid.UUID, status taskq.Status) *taskq.Task {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case u := <-updates:
			if u.TaskID == id && u.Task.Status == status && u.Task.Attempt > 0 {
				return u.Task
			}
		case <-deadline:
			require.FailNow(t, "the task did not become "+string(status))
		}
	}
}
