package taskq_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// statsWhen reads statistics until a condition holds.
func (b *bench) statsWhen(q taskq.StatsQuery, what string, condition func(taskq.Stats) bool) taskq.Stats {
	b.Helper()
	var stats taskq.Stats
	b.until(what, func() bool {
		var err error
		stats, err = b.client.Stats(b.ctx, q)
		require.NoError(b, err)
		return condition(stats)
	})
	return stats
}

// count returns how many tasks of a type have a status.
func count(s taskq.Stats, t taskq.Type, status taskq.Status) int64 {
	for _, c := range s.Counts {
		if c.Type == t && c.Status == status {
			return c.Count
		}
	}
	return 0
}

// sum adds up the buckets.
func sum(s taskq.Stats) (total taskq.StatsBucket) {
	for _, b := range s.Buckets {
		total.Created += b.Created
		total.Completed += b.Completed
		total.Failed += b.Failed
		total.Cancelled += b.Cancelled
		total.Retried += b.Retried
	}
	return total
}

func TestStatsTellWhatHappened(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
		if task.Description == "" {
			return nil
		}
		if task.Attempt == 1 {
			return fmt.Errorf("row %s of \"a b.csv\" is broken", task.Description)
		}
		return taskq.Fail(errors.New("given up"))
	}, taskq.WithBackoff(atOnce))
	b.start(b.client)
	b.enqueueMany(10, taskq.NewTask{Type: typeA})
	for i := range 3 {
		b.enqueue(taskq.NewTask{Type: typeA, Description: fmt.Sprint(17 + i)})
	}
	b.enqueue(taskq.NewTask{Type: typeB})
	for _, window := range []taskq.StatsWindow{taskq.LastHour, taskq.LastDay, taskq.LastWeek} {
		stats := b.statsWhen(taskq.StatsQuery{Window: window, Types: []taskq.Type{typeA}}, "all is told", func(s taskq.Stats) bool {
			return count(s, typeA, taskq.Completed) == 10 && count(s, typeA, taskq.Failed) == 3
		})
		require.Zero(t, count(stats, typeB, taskq.Pending), "is of another type")
		require.Equal(t, taskq.StatsBucket{Created: 13, Completed: 10, Failed: 3, Retried: 3}, sum(stats))
		require.NotNil(t, stats.Wait.P50Seconds)
		require.LessOrEqual(t, *stats.Run.P50Seconds, *stats.Run.P95Seconds)
		require.Empty(t, stats.Waiting)
		require.Len(t, stats.Failures, 2)
		for i, message := range []string{"given up", "row … of … is broken"} {
			group := stats.Failures[i]
			require.Equal(t, message, group.Message)
			require.EqualValues(t, 3, group.Count)
			require.WithinDuration(t, time.Now(), group.LastAt, time.Minute)
			example, err := b.client.Get(b.ctx, group.ExampleTaskID)
			require.NoError(t, err)
			require.Equal(t, taskq.Failed, example.Status)
		}
	}
}

func TestStatsCoverTheWindow(t *testing.T) {
	b := setup(t)
	for window, want := range map[taskq.StatsWindow]struct{ n, seconds int }{"": {60, 60}, taskq.LastDay: {72, 1200}, taskq.LastWeek: {56, 10800}} {
		stats, err := b.client.Stats(b.ctx, taskq.StatsQuery{Window: window})
		require.NoError(t, err)
		require.Len(t, stats.Buckets, want.n)
		for i, bucket := range stats.Buckets {
			require.Equal(t, want.seconds, bucket.Seconds)
			require.Nil(t, bucket.RunP50Seconds)
			end := bucket.StartedAt.Add(time.Duration(bucket.Seconds) * time.Second)
			if i < want.n-1 {
				require.True(t, end.Equal(stats.Buckets[i+1].StartedAt))
			} else {
				require.True(t, !bucket.StartedAt.After(stats.At) && end.After(stats.At), "the last one is the present")
			}
		}
	}
	_, err := b.client.Stats(b.ctx, taskq.StatsQuery{Window: "YEAR"})
	require.ErrorAs(t, err, new(*taskq.InvalidError))
	_, err = b.client.WatchStats(b.ctx, taskq.StatsQuery{Window: "YEAR"})
	require.ErrorAs(t, err, new(*taskq.InvalidError))
}

func TestStatsTellWhatTasksWaitFor(t *testing.T) {
	b := setup(t)
	b.start(b.client) // it runs nothing
	due := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	first := b.enqueue(taskq.NewTask{Type: typeA, RunAt: due})
	b.enqueueMany(4, taskq.NewTask{Type: typeA, Priority: 5})
	b.enqueueMany(2, taskq.NewTask{Type: typeA, RunAt: time.Now().Add(time.Hour)})
	b.enqueueMany(3, taskq.NewTask{Type: typeA, DependsOn: []taskq.Dependency{{TaskID: first.ID}}})
	b.enqueue(taskq.NewTask{Type: typeB, RunAt: due.Add(-time.Hour)})
	_, err := b.client.Pause(b.ctx, typeB)
	require.NoError(t, err)
	stats := b.statsWhen(taskq.StatsQuery{}, "all is counted", func(s taskq.Stats) bool { return len(s.Waiting) == 4 })
	require.Equal(t, []taskq.WaitCount{{taskq.Ready, 5}, {taskq.Scheduled, 2}, {taskq.Blocked, 3}, {taskq.Paused, 1}}, stats.Waiting)
	require.True(t, due.Equal(*stats.OldestReadyAt), "paused tasks wait for no worker")

	none, err := b.client.Stats(b.ctx, taskq.StatsQuery{Types: []taskq.Type{}})
	require.NoError(t, err)
	require.Empty(t, none.Counts)
	require.Empty(t, none.Waiting)
	require.Nil(t, none.OldestReadyAt)
}

// nextStats waits until watched statistics say what is expected.
func nextStats(b *bench, updates <-chan taskq.Stats, condition func(taskq.Stats) bool) {
	b.Helper()
	for !condition(receive(b, updates)) {
		continue
	}
}

func TestWatchersOfStatsAreToldWhatChanges(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	ctx, cancel := context.WithCancel(b.ctx)
	var all []<-chan taskq.Stats
	for range 50 {
		updates, err := b.client.WatchStats(ctx, taskq.StatsQuery{})
		require.NoError(t, err)
		all = append(all, updates)
	}
	onlyB, err := b.client.WatchStats(b.ctx, taskq.StatsQuery{Types: []taskq.Type{typeB}, Window: taskq.LastWeek})
	require.NoError(t, err)
	b.enqueueMany(3, taskq.NewTask{Type: typeA})
	for _, updates := range all {
		nextStats(b, updates, func(s taskq.Stats) bool { return count(s, typeA, taskq.Pending) == 3 && len(s.Buckets) == 60 })
	}
	cancel()
	for _, updates := range all {
		for range updates { // until it is closed
			continue
		}
	}
	b.enqueueMany(2, taskq.NewTask{Type: typeB})
	nextStats(b, onlyB, func(s taskq.Stats) bool {
		require.Zero(t, count(s, typeA, taskq.Pending))
		return count(s, typeB, taskq.Pending) == 2 && len(s.Buckets) == 56
	})
	b.stop(b.client)
	for range onlyB {
		continue
	}
	_, err = b.client.WatchStats(b.ctx, taskq.StatsQuery{})
	require.Error(t, err, "the client has stopped")
}

func TestPercentilesAreAtMostTenPercentOff(t *testing.T) {
	b := setup(t)
	for _, typical := range []float64{0.004, 0.3, 45, 7200} {
		exact := struct{ P50, P95 float64 }{}
		b.exec(`DELETE FROM task_buckets`)
		require.NoError(t, b.db.GetContext(b.ctx, &exact, `
			WITH durations AS MATERIALIZED (SELECT $1 * exp(2 * random()) AS d FROM generate_series(1, 5000)),
			bins AS (SELECT taskq_bin(d) AS bin, count(*) AS n FROM durations GROUP BY 1),
			told AS (
			    INSERT INTO task_buckets SELECT 60, date_bin('1 minute', now(), 'epoch'), 'TYPE_A', 0, 0, 0, 0, 0, NULL,
			    (SELECT array_agg(coalesce(n, 0) ORDER BY i) FROM generate_series(1, 108) AS i LEFT JOIN bins ON bin = i))
			SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d) AS p50, percentile_cont(0.95) WITHIN GROUP (ORDER BY d) AS p95 FROM durations`,
			typical))
		stats, err := b.client.Stats(b.ctx, taskq.StatsQuery{})
		require.NoError(t, err)
		require.InEpsilon(t, exact.P50, *stats.Run.P50Seconds, 0.1)
		require.InEpsilon(t, exact.P95, *stats.Run.P95Seconds, 0.1)
		require.Nil(t, stats.Wait.P50Seconds)
	}
	require.Equal(t, []int{1, 1, 1, 5, 108, 108}, list[int](b,
		`SELECT taskq_bin(d) FROM unnest('{-1,0,0.001,0.002,999999,Infinity}'::float8[]) WITH ORDINALITY AS u (d, n) ORDER BY n`))
}

func TestErrorsOfOneKindAreGrouped(t *testing.T) {
	b := setup(t)
	for message, kind := range map[string]string{
		"row 17 of \"a b.csv\": no price\ngoroutine 1 [running]":                   "row … of …: no price",
		"task 0198c0de-beef-7000-8000-facadefacade of 2026-11-23 12:30:05 is gone": "task … of … … is gone",
		"0xdeadbeef, deadbeef1, facade, café 3.5 s, v2":                            "…xdeadbeef, …, facade, café … s, v…",
		"dial tcp 10.0.0.7:5432: connect: connection refused":                      "dial tcp …: connect: connection refused",
		"“Handbuch (2)”: no text":                                                  "…: no text",
		"":                                                                         "",
		"\n":                                                                       "",
		"she said \"no":                                                            "she said \"no",
	} {
		require.Equal(t, kind, get[string](b, `SELECT taskq_error_kind($1)`, message), message)
	}
}

func TestManyKindsOfErrorsAreBounded(t *testing.T) {
	b := setup(t)
	worker := b.worker()
	for round := range 3 {
		b.enqueueMany(100, taskq.NewTask{Type: typeA, MaxAttempts: 1})
		b.exec(`SELECT taskq_claim($1, '{TYPE_A}', 100)`, worker)
		b.exec(`UPDATE tasks SET status = 'FAILED', worker_id = NULL, completed_at = now(), error_message = concat($1::text, ' ', translate(n::text, '0123456789', 'abcdefghij'))
			FROM (SELECT id, row_number() OVER () AS n FROM tasks WHERE status = 'RUNNING') AS r WHERE tasks.id = r.id`, string(rune('p'+round)))
		b.exec(`SELECT taskq_fold_stats(1000, '0')`)
	}
	require.LessOrEqual(t, get[int](b, `SELECT count(*) FROM task_failures WHERE seconds = 10800`), 2*21, "three hours may have ended meanwhile")
	stats, err := b.client.Stats(b.ctx, taskq.StatsQuery{Window: taskq.LastWeek})
	require.NoError(t, err)
	require.Empty(t, stats.Failures[0].Message, "most are of kinds that are too many")
	total := int64(0)
	for _, f := range stats.Failures {
		total += f.Count
	}
	require.EqualValues(t, 300, total)
}

func TestNothingIsAskedWhileNobodyWatchesStats(t *testing.T) {
	b := setup(t)
	proxy, dsn := dbtest.NewProxy(t, b.db.DSN)
	client := newClient(t, b.db, func(c *taskq.Config) { c.DSN = dsn })
	b.start(client)
	b.enqueue(taskq.NewTask{Type: typeA})
	b.until("it folds", func() bool { return get[int](b, `SELECT count(*) FROM task_counts`) == 1 })
	require.Zero(t, proxy.Sayings("task_failures"))
	for range 20 {
		updates, err := client.WatchStats(b.ctx, taskq.StatsQuery{})
		require.NoError(t, err)
		receive(b, updates)
	}
	require.Equal(t, 1, proxy.Sayings("task_failures"), "one connection asks for all")
}
