package taskq_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// busy is a handler that takes a moment and has one effect.
func busy(ctx context.Context, task *taskq.Attempt) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(20 * time.Millisecond):
	}
	return work(ctx, task, func(string) error { return nil })
}

func (b *bench) requireAllDoneOnce(n int) {
	b.Helper()
	b.untilDone()
	require.Equal(b, n, b.count(taskq.Filter{Statuses: []taskq.Status{taskq.Completed}}))
	require.Equal(b, n, get[int](b, `SELECT n FROM totals`), "effects in task.Tx are had exactly once")
}

const noFalseRescue = `SELECT count(*) FROM task_events WHERE reason = 'worker lost'`

func TestTerminatedBackendsLoseNothing(t *testing.T) {
	b := setup(t)
	b.createEffects()
	b.crowd(3, busy, maxRunning(10))
	const tasks = 1_500
	b.enqueueMany(tasks, taskq.NewTask{Type: typeA})
	killer, err := db.Open(b.ctx, b.db.DSN)
	require.NoError(t, err)
	defer func() { require.NoError(t, killer.Close()) }()
	killer.SetMaxOpenConns(1)
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for range 15 {
		<-ticker.C
		_, err := killer.ExecContext(b.ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
		require.NoError(t, err)
	}
	b.untilHealthy()
	b.requireAllDoneOnce(tasks)
	require.Zero(t, get[int](b, noFalseRescue))
}

// untilHealthy waits until the test's own pool has replaced the connections that were cut.
func (b *bench) untilHealthy() {
	b.Helper()
	b.db.SetMaxIdleConns(0)
	b.db.SetMaxIdleConns(5)
	b.until("the database answers", func() bool { return b.db.PingContext(b.ctx) == nil })
}

func TestRestartsOfPostgreSQLLoseNothing(t *testing.T) {
	b, server := setupServer(t)
	b.createEffects()
	b.crowd(2, busy, maxRunning(10))
	const tasks = 1_000
	b.enqueueMany(tasks, taskq.NewTask{Type: typeA})
	const done = `SELECT count(*) FROM tasks WHERE status = 'COMPLETED'`
	b.until("a third is done", func() bool { return get[int](b, done) > tasks/3 })
	server.Restart()
	b.untilHealthy()
	b.until("two thirds are done", func() bool { return get[int](b, done) > 2*tasks/3 })
	server.Kill()
	server.Start()
	b.untilHealthy()
	b.requireAllDoneOnce(tasks)
	require.Zero(t, get[int](b, noFalseRescue))
}

// A half-open connection answers nothing and never ends. The worker behind it stops its handlers before others run its
// tasks, and works again once new connections get through, though the old ones never do.
func TestWorkerSurvivesHalfOpenConnections(t *testing.T) {
	b := setup(t)
	b.createEffects()
	first := newWaiter()
	cutOff, proxy := b.proxied(once(first.run, busy), hurryRescue, func(c *taskq.Config) { c.HurryWatchdog() })
	task := b.enqueue(taskq.NewTask{Type: typeA})
	_ = receive(b, first.began)
	updates, err := cutOff.Watch(b.ctx, taskq.Filter{Types: []taskq.Type{typeB}}, taskq.WatchOptions{})
	require.NoError(t, err)

	proxy.Freeze()
	require.ErrorIs(t, receive(b, first.ended), taskq.ErrLeaseLost)
	heir := survivor(b)
	b.start(heir)
	require.Equal(t, 2, b.await(task.ID, taskq.Completed).Attempt)
	b.stop(heir)
	seen := b.enqueue(taskq.NewTask{Type: typeB}) // while nothing gets through to the watcher

	proxy.Strand("")
	again := b.enqueue(taskq.NewTask{Type: typeA})
	b.await(again.ID, taskq.Completed)
	require.Equal(t, seen.ID, next(t, updates).TaskID)
	require.Equal(t, 2, get[int](b, `SELECT n FROM totals`))
}

// The LISTEN connection is half-open while all others work: the watchdog must give it up, or bells would never ring again.
func TestListenerGivesUpAHalfOpenConnection(t *testing.T) {
	b := setup(t)
	p, dsn := dbtest.NewProxy(t, b.db.DSN)
	c := newClient(t, b.db, func(c *taskq.Config) {
		c.DSN = dsn
		c.HurryWatchdog()
		c.NoPolling()
	})
	c.Handle(typeA, succeed)
	b.start(c)
	before := b.healthWhen(c, "it listens", func(h taskq.FeedHealth) bool { return h.Listening })
	p.Strand("LISTEN")
	b.healthWhen(c, "it listens anew", func(h taskq.FeedHealth) bool { return h.Listening && h.Reconnects > before.Reconnects })
	task := b.enqueue(taskq.NewTask{Type: typeA})
	b.await(task.ID, taskq.Completed)
}

// A program may hold all connections of its pool for long. The engine has its own: claims, completions, progress, cancels,
// rescue and the feed go on, and so does Stop.
func TestExhaustedPoolHoldsUpNothing(t *testing.T) {
	b := setup(t)
	own, err := db.Open(b.ctx, b.db.DSN)
	require.NoError(t, err)
	defer func() { require.NoError(t, own.Close()) }()
	own.SetMaxOpenConns(2)
	config := taskq.Config{DSN: b.db.DSN, StopGrace: time.Second}
	config.HurryRescue()
	config.HurryGrace()
	c := taskq.New(own, config)
	c.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
		task.Progress(50, "half")
		return nil
	})
	waiting := newWaiter()
	c.Handle(typeB, waiting.run)
	require.NoError(t, c.Start(b.ctx))
	updates, err := c.Watch(b.ctx, taskq.Filter{Types: []taskq.Type{typeA}}, taskq.WatchOptions{})
	require.NoError(t, err)
	var held []*sqlx.Conn
	for range 2 {
		conn, err := own.Connx(b.ctx)
		require.NoError(t, err)
		held = append(held, conn)
	}

	lost := b.enqueue(taskq.NewTask{Type: "TYPE_C"})
	b.claim(b.worker(), "TYPE_C")
	task := b.enqueue(taskq.NewTask{Type: typeA})
	b.await(task.ID, taskq.Completed)
	require.Equal(t, task.ID, next(t, updates).TaskID)
	b.await(lost.ID, taskq.Pending) // rescued
	cancelled := b.enqueue(taskq.NewTask{Type: typeB})
	_ = receive(b, waiting.began)
	_, err = b.client.Cancel(b.ctx, []uuid.UUID{cancelled.ID}, "ann", "")
	require.NoError(t, err)
	require.ErrorIs(t, receive(b, waiting.ended), taskq.ErrCancelRequested)
	b.await(cancelled.ID, taskq.Cancelled) // enforced: the handler's own answer waits for the pool

	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c.Stop(ctx)
	}()
	receive(b, stopped)
	for _, conn := range held {
		require.NoError(t, conn.Close())
	}
}

// The database's clock is five minutes off the workers': every decision is the database's, and takes no notice.
func TestClocksNeedNotAgree(t *testing.T) {
	for _, skew := range []string{"5 minutes", "-5 minutes"} {
		t.Run(skew, func(t *testing.T) {
			b := setup(t)
			b.skewClock(skew)
			waiting := newWaiter()
			fickle := once(func(context.Context, *taskq.Attempt) error { return errNoLuck }, succeed)
			for range 2 {
				c := newClient(t, b.db, hurryRescue)
				c.Handle(typeA, fickle, taskq.WithBackoff(func(int) time.Duration { return 300 * time.Millisecond }))
				c.Handle(typeB, waiting.run)
				b.start(c)
			}
			retried := b.enqueue(taskq.NewTask{Type: typeA})
			require.Equal(t, 2, b.await(retried.ID, taskq.Completed).Attempt)

			scheduled := b.enqueue(taskq.NewTask{Type: typeA, RunAt: get[time.Time](b, `SELECT now() + interval '1 second'`)})
			done := b.await(scheduled.ID, taskq.Completed)
			require.False(t, done.StartedAt.Before(done.RunAt), "it began before its time")

			lost := b.enqueue(taskq.NewTask{Type: "TYPE_C"})
			b.claim(b.worker(), "TYPE_C")
			b.await(lost.ID, taskq.Pending)
			require.Equal(t, 1, get[int](b, noFalseRescue), "only the dead worker's task was rescued")

			cancelled := b.enqueue(taskq.NewTask{Type: typeB})
			_ = receive(b, waiting.began)
			_, err := b.client.Cancel(b.ctx, []uuid.UUID{cancelled.ID}, "ann", "")
			require.NoError(t, err)
			b.await(cancelled.ID, taskq.Cancelled)

			b.enqueue(taskq.NewTask{Type: typeA, RunAt: get[time.Time](b, `SELECT now() + interval '1 minute'`)})
			before, began := get[int](b, `SELECT last_value FROM skew.looks`), time.Now()
			receive(b, time.After(time.Second))
			looks := get[int](b, `SELECT last_value FROM skew.looks`) - before
			require.Less(t, float64(looks), 100*time.Since(began).Seconds(), "a worker looks all the time for what is not due")
		})
	}
}

// skewClock moves the clock that all SQL of this database sees.
func (b *bench) skewClock(by string) {
	b.Helper()
	b.exec(`CREATE SCHEMA skew`)
	b.exec(`CREATE SEQUENCE skew.looks`)
	b.exec(fmt.Sprintf(`CREATE FUNCTION skew.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT pg_catalog.now() + interval '%s' $$`, by))
	b.exec(fmt.Sprintf(`CREATE FUNCTION skew.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$
		SELECT pg_catalog.clock_timestamp() + interval '%s' FROM nextval('skew.looks') $$`, by))
	b.exec(`DO $$ DECLARE f regprocedure; c record; BEGIN
		EXECUTE format('ALTER DATABASE %I SET search_path = skew, public, pg_catalog', current_database());
		FOR f IN SELECT oid FROM pg_proc WHERE proname LIKE 'taskq%' LOOP
		    EXECUTE format('ALTER FUNCTION %s SET search_path = skew, public, pg_catalog', f);
		END LOOP;
		FOR c IN SELECT table_name, column_name, column_default FROM information_schema.columns
		         WHERE table_schema = 'public' AND column_default ~ '^(now|clock_timestamp)\(\)$' LOOP
		    EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT skew.%s', c.table_name, c.column_name, c.column_default);
		END LOOP;
	END $$`)
	b.db.SetMaxIdleConns(0) // connections know the path that was set when they were opened
	b.db.SetMaxIdleConns(5)
	off := get[float64](b, `SELECT extract(epoch FROM now() - pg_catalog.now())`)
	require.InDelta(b, 300, max(off, -off), 1)
}
