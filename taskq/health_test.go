//go:build unix

package taskq_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// healthWhen reads a client's health until a condition holds.
func (b *bench) healthWhen(c *taskq.Client, what string, condition func(taskq.FeedHealth) bool) taskq.FeedHealth {
	b.Helper()
	var health taskq.FeedHealth
	b.until(what, func() bool {
		var err error
		health, err = c.FeedHealth(b.ctx)
		require.NoError(b, err)
		return condition(health)
	})
	return health
}

func (b *bench) watchAll(c *taskq.Client) <-chan taskq.Update {
	b.Helper()
	updates, err := c.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(b, err)
	return updates
}

func TestHealthyFeedHasNoProblems(t *testing.T) {
	b := setup(t)
	health, err := b.client.FeedHealth(b.ctx)
	require.NoError(t, err)
	require.Contains(t, health.Problems()[0], "LISTEN", "the client was not started")
	b.start(b.client)
	updates := b.watchAll(b.client)
	b.enqueue(taskq.NewTask{Type: typeA})
	next(t, updates)
	health = b.healthWhen(b.client, "all is well", func(h taskq.FeedHealth) bool { return h.Listening && len(h.Problems()) == 0 })
	require.Equal(t, 1, health.Watchers)
	b.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'taskq listener' AND datname = current_database()`)
	b.healthWhen(b.client, "it reconnects", func(h taskq.FeedHealth) bool { return h.Reconnects >= 1 && h.Listening })
}

func TestListenersAreNamedWhateverTheFormOfTheDSN(t *testing.T) {
	b := setup(t)
	settings, err := pq.ParseURL(b.db.DSNWith("application_name", "somebody else")) //nolint:staticcheck // the other form is wanted
	require.NoError(t, err)
	for i, dsn := range []string{b.db.DSN, settings} {
		c := newClient(t, b.db, func(c *taskq.Config) { c.DSN = dsn })
		b.start(c)
		b.healthWhen(c, "it listens", func(h taskq.FeedHealth) bool { return h.Listening })
		require.Equal(t, i+1, get[int](b, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'taskq listener' AND datname = current_database()`))
	}
}

// A LISTEN connection that nobody drains holds back vacuum for the whole database, and any process can tell.
func TestListenerThatDoesNotReadIsFound(t *testing.T) {
	b, _ := setupServer(t) // its notification queue is its own
	proxy, dsn := dbtest.NewProxy(t, b.db.DSN)
	stalled := newClient(t, b.db, func(c *taskq.Config) { c.NoWatchdog(); c.DSN = dsn })
	b.start(stalled)
	b.healthWhen(stalled, "it listens", func(h taskq.FeedHealth) bool { return h.Listening })
	updates := b.watchAll(stalled)
	proxy.Strand("LISTEN")
	b.healthWhen(stalled, "a poll finds what happens", func(h taskq.FeedHealth) bool {
		b.enqueue(taskq.NewTask{Type: typeB})
		next(t, updates)
		return h.BackstopHits > 0
	})

	for range 50 {
		b.exec(`SELECT pg_notify('tasks_changed', n || repeat('x', 7000)) FROM generate_series(1, 300) n`)
	}
	health := b.healthWhen(b.client, "it holds a snapshot", func(h taskq.FeedHealth) bool { return h.ListenerXminAge > 0 })
	require.Positive(t, health.QueueUsage)
	require.Equal(t, "taskq listener", get[string](b, `SELECT application_name FROM pg_stat_activity WHERE pid = $1`, health.ListenerPID))
	b.exec(`DO $$ BEGIN FOR i IN 1 .. 10001 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`)
	health = b.healthWhen(b.client, "it is long ago", func(h taskq.FeedHealth) bool { return h.ListenerXminAge > 10_000 })
	require.Contains(t, strings.Join(health.Problems(), "\n"), "holds back vacuum")
	b.exec(`SELECT pg_terminate_backend($1)`, health.ListenerPID)
	b.healthWhen(b.client, "vacuum goes on", func(h taskq.FeedHealth) bool { return h.ListenerXminAge == 0 })
}

// The feed's own backend is stopped, as by a machine that swaps.
func TestLagOfAFeedThatIsStoppedGrows(t *testing.T) {
	b, _ := setupServer(t) // on this machine
	b.start(b.client)
	updates := b.watchAll(b.client)
	b.enqueue(taskq.NewTask{Type: typeA})
	next(t, updates)
	pid := get[int](b, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%e.version AS event_version%' AND pid <> pg_backend_pid()`)
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	health := b.healthWhen(b.client, "it is late", func(h taskq.FeedHealth) bool { return h.Lag > 6*time.Second })
	require.Contains(t, strings.Join(health.Problems(), "\n"), "The feed could not be read for")
	require.NoError(t, syscall.Kill(pid, syscall.SIGCONT))
	b.healthWhen(b.client, "it has caught up", func(h taskq.FeedHealth) bool { return h.Lag < 2*time.Second })
}

func TestHealthTellsOfStatisticsThatAreBehind(t *testing.T) {
	b := setup(t)
	b.enqueue(taskq.NewTask{Type: typeA})
	b.exec(`UPDATE task_events SET at = now() - interval '1 hour'`)
	health, err := b.client.FeedHealth(b.ctx)
	require.NoError(t, err)
	require.Contains(t, strings.Join(health.Problems(), "\n"), "Statistics are 1h0m")
	b.exec(`SELECT taskq_fold_stats(1000, '0')`)
	health, err = b.client.FeedHealth(b.ctx)
	require.NoError(t, err)
	require.Zero(t, health.StatsLag)
}
