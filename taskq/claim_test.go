package taskq_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// recorder is a handler that notes in what order tasks begin.
type recorder struct {
	mu    sync.Mutex // protects order
	order []uuid.UUID
}

func (r *recorder) run(_ context.Context, task *taskq.Attempt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order = append(r.order, task.ID)
	return nil
}

func TestHigherPriorityGoesFirstAndOlderWithinOne(t *testing.T) {
	b := setup(t)
	var tasks []taskq.Task
	for i := range 60 {
		tasks = append(tasks, b.enqueue(taskq.NewTask{
			Type: []taskq.Type{typeA, typeB}[i%2], Priority: []int{0, -100, 7, 100}[i%4], RunAt: time.Now().Add(-time.Duration(i%3) * time.Hour),
		}))
	}
	slices.SortFunc(tasks, func(a, b taskq.Task) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Type, b.Type), a.RunAt.Compare(b.RunAt),
			cmp.Compare(a.ID.String(), b.ID.String()))
	})
	var want []uuid.UUID
	for _, task := range tasks {
		want = append(want, task.ID)
	}
	var r recorder
	c := newClient(t, b.db, maxRunning(1))
	c.Handle(typeA, r.run)
	c.Handle(typeB, r.run)
	b.start(c)
	b.untilDone()
	require.Equal(t, want, r.order)
}

func TestChangedPriorityCounts(t *testing.T) {
	b := setup(t)
	first, second := b.enqueue(taskq.NewTask{Type: typeA}), b.enqueue(taskq.NewTask{Type: typeA})
	_, err := b.client.SetPriority(b.ctx, []uuid.UUID{second.ID}, 1, "ann", "urgent")
	require.NoError(t, err)
	var r recorder
	c := newClient(t, b.db, maxRunning(1))
	c.Handle(typeA, r.run)
	b.start(c)
	b.untilDone()
	require.Equal(t, []uuid.UUID{second.ID, first.ID}, r.order)
}

// A worker that is idle is woken by the timer of the first of them, not by a poll.
func TestScheduledTasksBeginWhenTheyAreDue(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	c := newClient(t, b.db, func(c *taskq.Config) { c.NoPolling() })
	c.Handle(typeA, succeed)
	b.start(c)
	now := get[time.Time](b, `SELECT now()`)
	for _, milliseconds := range []int{900, 300, 600, 0} {
		b.enqueue(taskq.NewTask{Type: typeA, RunAt: now.Add(time.Duration(milliseconds) * time.Millisecond)})
	}
	b.untilDone()
	require.Zero(t, get[int](b, `SELECT count(*) FROM tasks WHERE started_at < run_at`), "none before its time")
}

func TestPausedTypeWaits(t *testing.T) {
	b := setup(t)
	_, err := b.client.Pause(b.ctx, typeA)
	require.NoError(t, err)
	var r recorder
	b.client.Handle(typeA, r.run)
	b.client.Handle(typeB, r.run)
	b.start(b.client)
	paused := b.enqueue(taskq.NewTask{Type: typeA, Priority: 100})
	other := b.enqueue(taskq.NewTask{Type: typeB})
	b.await(other.ID, taskq.Completed)
	b.await(paused.ID, taskq.Pending)
	_, err = b.client.Resume(b.ctx, typeA)
	require.NoError(t, err)
	b.await(paused.ID, taskq.Completed)
	require.Equal(t, []uuid.UUID{other.ID, paused.ID}, r.order)
}

// Resuming wakes workers by a bell.
func TestResumeWakesWorkers(t *testing.T) {
	b := setup(t)
	_, err := b.client.Pause(b.ctx, typeA)
	require.NoError(t, err)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	c := newClient(t, b.db, func(c *taskq.Config) { c.NoPolling() })
	c.Handle(typeA, succeed)
	b.start(c)
	_, err = b.client.Resume(b.ctx, typeA)
	require.NoError(t, err)
	b.await(task.ID, taskq.Completed)
}

func TestRunningLimitHoldsAcrossClients(t *testing.T) {
	b := setup(t)
	limits := map[taskq.Type]int64{typeA: 3, typeB: 2}
	running, most := map[taskq.Type]*atomic.Int64{typeA: {}, typeB: {}}, map[taskq.Type]*atomic.Int64{typeA: {}, typeB: {}}
	full := map[taskq.Type]chan struct{}{typeA: make(chan struct{}), typeB: make(chan struct{})}
	for kind, limit := range limits {
		_, err := b.client.LimitRunning(b.ctx, kind, int(limit))
		require.NoError(t, err)
	}
	reach := map[taskq.Type]func(){typeA: sync.OnceFunc(func() { close(full[typeA]) }), typeB: sync.OnceFunc(func() { close(full[typeB]) })}
	handler := func(ctx context.Context, task *taskq.Attempt) error {
		n := running[task.Type].Add(1)
		defer running[task.Type].Add(-1)
		for seen := most[task.Type].Load(); n > seen && !most[task.Type].CompareAndSwap(seen, n); seen = most[task.Type].Load() {
		}
		if n == limits[task.Type] {
			reach[task.Type]()
		}
		select { // nobody ends before as many run as may
		case <-full[task.Type]:
		case <-ctx.Done():
		}
		<-time.After(time.Millisecond)
		return whim()
	}
	for range 4 {
		c := newClient(t, b.db, maxRunning(20))
		for kind := range limits {
			c.Handle(kind, handler, taskq.WithBackoff(atOnce))
		}
		b.start(c)
	}
	for i := range 4 {
		b.enqueueMany(40, taskq.NewTask{Type: typeA, Priority: i})
		b.enqueueMany(20, taskq.NewTask{Type: typeB, Priority: -i})
	}
	const excess = `SELECT count(*) FROM (SELECT FROM tasks JOIN task_types ON type = task_type WHERE status = 'RUNNING'
		GROUP BY task_type, max_running HAVING count(*) > max_running) AS over`
	for get[int](b, `SELECT count(*) FROM tasks WHERE status IN ('PENDING', 'RUNNING')`) > 0 {
		require.Zero(t, get[int](b, excess), "the database shows more running than may")
	}
	for kind, limit := range limits {
		require.Equal(t, limit, most[kind].Load(), "the limit of %s is reached and not passed", kind)
	}
}

// A task ends, and the place that it leaves is taken at once, by whichever client.
func TestRoomUnderALimitWakesWorkers(t *testing.T) {
	b := setup(t)
	_, err := b.client.LimitRunning(b.ctx, typeA, 1)
	require.NoError(t, err)
	release := make(chan struct{})
	for range 2 {
		c := newClient(t, b.db, func(c *taskq.Config) { c.NoPolling() })
		c.Handle(typeA, func(context.Context, *taskq.Attempt) error {
			<-release
			return nil
		})
		b.start(c)
	}
	b.enqueueMany(10, taskq.NewTask{Type: typeA})
	close(release)
	b.untilDone()
}

// The floor of claims follows them; a transaction that was open all the while must not stay below it.
func TestTaskThatIsCommittedLateIsClaimed(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, succeed)
	b.start(b.client)
	tx, err := b.db.BeginTxx(b.ctx, nil)
	require.NoError(b, err)
	late, err := b.client.EnqueueTx(b.ctx, tx, taskq.NewTask{Type: typeA})
	require.NoError(b, err)
	for began := time.Now(); time.Since(began) < time.Second; { // until the floor has passed it, more than once
		b.await(b.enqueue(taskq.NewTask{Type: typeA}).ID, taskq.Completed)
	}
	require.NoError(b, tx.Commit())
	b.await(late.Task.ID, taskq.Completed)
}

// A long snapshot makes the reading of the lanes slow, and no claim waits for it.
func TestClaimsDoNotWaitForTheReadingOfLanes(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, func(context.Context, *taskq.Attempt) error { return nil })
	b.start(b.client)
	b.await(b.enqueue(taskq.NewTask{Type: typeA}).ID, taskq.Completed) // its lane is known now
	stuck, err := b.db.BeginTxx(b.ctx, nil)
	require.NoError(t, err)
	defer stuck.Rollback() //nolint:errcheck // lets the reading end
	_, err = stuck.ExecContext(b.ctx, `SELECT pg_advisory_xact_lock(47, 11)`)
	require.NoError(t, err)
	b.exec(`
		CREATE OR REPLACE FUNCTION taskq_lanes(p_types text[])
		RETURNS TABLE (task_type text, priority smallint, floor_at timestamptz, floor_id uuid, next_at timestamptz)
		LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(47, 11); END $$`)
	b.until("the reading waits", func() bool {
		return get[bool](b, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 47 AND objid = 11 AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`)
	})
	b.await(b.enqueue(taskq.NewTask{Type: typeA}).ID, taskq.Completed)
	require.True(t, get[bool](b, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 47 AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`), "the reading was over")
}
