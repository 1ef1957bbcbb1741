package taskq_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
