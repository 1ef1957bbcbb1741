package taskq_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/feedtest"
	"github.com/taskwire/taskwire/taskq"
)

// typeTally is what the events of a type add up to.
type typeTally struct {
	Type      taskq.Type `db:"task_type"`
	Created   int64      `db:"created"`
	Completed int64      `db:"completed"`
	Failed    int64      `db:"failed"`
	Cancelled int64      `db:"cancelled"`
	Retried   int64      `db:"retried"`
	Waits     int64      `db:"waits"`
	Runs      int64      `db:"runs"`
	Failures  int64      `db:"failures"`
}

// selectHappened counts the events one by one.
const selectHappened = `
	SELECT task_type, count(*) FILTER (WHERE kind = 'CREATED') AS created, count(*) FILTER (WHERE to_status = 'COMPLETED' AND changed) AS completed,
	       count(*) FILTER (WHERE to_status = 'FAILED' AND changed) AS failed, count(*) FILTER (WHERE to_status = 'CANCELLED' AND changed) AS cancelled,
	       count(*) FILTER (WHERE from_status = 'RUNNING' AND to_status = 'PENDING' AND error IS NOT NULL) AS retried,
	       count(*) FILTER (WHERE to_status = 'RUNNING' AND changed) AS waits, count(*) FILTER (WHERE to_status = 'COMPLETED' AND changed) AS runs,
	       count(*) FILTER (WHERE from_status = 'RUNNING' AND changed AND to_status IN ('PENDING', 'FAILED') AND error IS NOT NULL) AS failures
	FROM (SELECT *, kind = 'TRANSITION' AS changed FROM task_events) AS e GROUP BY 1 ORDER BY 1`

// selectTold adds the buckets of each size up.
const selectTold = `
	SELECT b.task_type, sum(created) AS created, sum(completed) AS completed, sum(failed) AS failed, sum(cancelled) AS cancelled,
	       sum(retried) AS retried, sum((SELECT coalesce(sum(n), 0) FROM unnest(wait) AS n)) AS waits,
	       sum((SELECT coalesce(sum(n), 0) FROM unnest(run) AS n)) AS runs,
	       (SELECT coalesce(sum(count), 0) FROM task_failures f WHERE f.seconds = $1 AND f.task_type = b.task_type) AS failures
	FROM task_buckets b WHERE seconds = $1 GROUP BY 1 ORDER BY 1`

const (
	selectCounted  = `SELECT task_type AS type, status, count FROM task_counts WHERE count <> 0 ORDER BY 1, 2`
	selectCounting = `SELECT task_type AS type, status, count(*) FROM tasks GROUP BY 1, 2 ORDER BY 1, 2`
)

// requireExactStats compares what was folded with what there is, once all is quiet.
func (b *bench) requireExactStats() {
	b.Helper()
	b.until("all is folded", func() bool {
		b.exec(`SELECT taskq_fold_stats(1000, '0')`)
		return get[bool](b, `SELECT NOT EXISTS (SELECT FROM task_events
			WHERE NOT pg_visible_in_snapshot(xid, (SELECT place FROM task_stats_place)))`)
	})
	require.Equal(b, list[taskq.StatusCount](b, selectCounting), list[taskq.StatusCount](b, selectCounted))
	happened := list[typeTally](b, selectHappened)
	for _, seconds := range []int{60, 1200, 10800} {
		require.Equal(b, happened, list[typeTally](b, selectTold, seconds), "in buckets of %d s", seconds)
	}
}

// foldAtRandom folds batches of all sizes, in transactions of which some are rolled back and some killed.
func (b *bench) foldAtRandom(ctx context.Context) {
	for ctx.Err() == nil {
		tx, err := b.db.BeginTxx(ctx, nil)
		if err != nil {
			continue // the server restarts
		}
		_, _ = tx.ExecContext(ctx, `SELECT taskq_fold_stats($1, '0')`, 1+rand.IntN(30))
		<-time.After(time.Duration(rand.IntN(20)) * time.Millisecond)
		switch rand.IntN(4) {
		case 0:
			_ = tx.Rollback()
		case 1:
			_, _ = tx.ExecContext(ctx, `SELECT pg_terminate_backend(pg_backend_pid())`)
			_ = tx.Rollback()
		default:
			_ = tx.Commit()
		}
	}
}

func TestStatisticsAreExactWhateverIsKilled(t *testing.T) {
	b, server := setupServer(t)
	b.crowd(1, chaotic, maxRunning(10))
	other := newClient(t, b.db)
	other.Handle(typeB, chaotic, taskq.WithBackoff(atOnce))
	b.start(other)
	disturbing, calm := context.WithCancel(t.Context())
	var everybody sync.WaitGroup
	for range 4 {
		w := feedtest.NewWriter(b.client, b.db.DB, typeA, typeB)
		everybody.Go(func() { w.Run(disturbing) })
	}
	for range 2 {
		everybody.Go(func() { b.foldAtRandom(disturbing) })
	}
	rounds := 8
	if long() {
		rounds = 600
	}
	const created, enough = `SELECT count(*) FROM task_events WHERE kind = 'CREATED'`, 50
	for round, made := 0, 0; round < rounds || made <= enough; round++ {
		<-time.After(700 * time.Millisecond)
		_, _ = b.db.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%taskq_fold_stats%' AND pid <> pg_backend_pid()`)
		if round%5 == 2 {
			server.Restart()
		}
		_ = b.db.GetContext(t.Context(), &made, created) // while the server restarts there is no answer
	}
	calm()
	everybody.Wait()
	b.untilHealthy()
	feedtest.UntilQuiet(t, b.db.DB, patience)
	b.requireExactStats()
	require.Greater(t, get[int](b, `SELECT sum(created) FROM task_buckets WHERE seconds = 60`), enough)
}

// A long transaction is passed over by many folds and counted once, when it has ended.
func TestStatisticsCountALongTransactionOnce(t *testing.T) {
	b := setup(t)
	open, err := b.db.BeginTxx(b.ctx, nil)
	require.NoError(t, err)
	_, err = b.client.EnqueueTx(b.ctx, open, taskq.NewTask{Type: typeB})
	require.NoError(t, err)
	for range 10 {
		b.enqueue(taskq.NewTask{Type: typeA})
		b.exec(`SELECT taskq_fold_stats(1, '0')`)
	}
	require.Equal(t, []taskq.StatusCount{{Type: typeA, Status: taskq.Pending, Count: 10}}, list[taskq.StatusCount](b, selectCounted))
	require.NoError(t, open.Commit())
	b.requireExactStats()
}

func TestStatisticsBeginWithTheTasksThatThereAre(t *testing.T) {
	b := setup(t)
	b.exec(`DELETE FROM task_stats_place`)
	b.enqueueMany(7, taskq.NewTask{Type: typeA})
	open, err := b.db.BeginTxx(b.ctx, nil)
	require.NoError(t, err)
	_, err = b.client.EnqueueTx(b.ctx, open, taskq.NewTask{Type: typeB})
	require.NoError(t, err)
	b.exec(`SELECT taskq_fold_stats(1000, '0')`)
	require.Equal(t, []taskq.StatusCount{{Type: typeA, Status: taskq.Pending, Count: 7}}, list[taskq.StatusCount](b, selectCounted))
	require.NoError(t, open.Commit())
	b.exec(`SELECT taskq_fold_stats(1000, '0')`)
	require.Equal(t, list[taskq.StatusCount](b, selectCounting), list[taskq.StatusCount](b, selectCounted))

	b.exec(`UPDATE task_stats_place SET system = 'another cluster', place = '3:3:'`)
	b.enqueueMany(2, taskq.NewTask{Type: typeB})
	b.exec(`SELECT taskq_fold_stats(1000, '0')`)
	b.exec(`SELECT taskq_fold_stats(1000, '0')`)
	require.Equal(t, list[taskq.StatusCount](b, selectCounting), list[taskq.StatusCount](b, selectCounted), "after a restore")

	b.exec(`TRUNCATE tasks`)
	b.enqueue(taskq.NewTask{Type: typeB})
	b.exec(`SELECT taskq_fold_stats(1000, '0')`)
	require.Equal(t, []taskq.StatusCount{{Type: typeB, Status: taskq.Pending, Count: 1}}, list[taskq.StatusCount](b, selectCounted))
}
