package taskq_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// mirror is what a reader knows of tasks from what it was told.
type mirror map[uuid.UUID]taskq.Task

func (m mirror) take(u taskq.Update) {
	if u.Task == nil {
		delete(m, u.TaskID)
		return
	}
	m[u.TaskID] = *u.Task
}

// readUntil reads until the update of one task has come, and returns how many did.
func (m mirror) readUntil(b *bench, updates <-chan taskq.Update, last uuid.UUID, status taskq.Status) int {
	b.Helper()
	for n := 1; ; n++ {
		u := next(b.T, updates)
		m.take(u)
		if u.TaskID == last && u.Task != nil && u.Task.Status == status {
			return n
		}
	}
}

func (m mirror) requireCurrent(b *bench) {
	b.Helper()
	rows := list[modelTask](b, selectModel)
	require.Len(b, m, len(rows))
	for _, row := range rows {
		require.Equal(b, row.Version, m[row.ID].Version)
		require.Equal(b, row.Status, m[row.ID].Status)
	}
}

// A watcher that does not read is told less than of each change, and yet knows the last state of each task in the end. One
// that reads is told all, however slow the other is.
func TestSlowWatcherGetsTheLatestStateAndHurtsNobody(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	slow, err := b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)
	fast, err := b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)
	const tasks, changes = 2_000, 9
	quick, late, told := mirror{}, mirror{}, 0
	for change := range changes {
		if change == 0 {
			b.enqueueMany(tasks, taskq.NewTask{Type: typeA})
		} else {
			b.exec(`UPDATE tasks SET priority = priority + 1`)
		}
		mark := b.enqueue(taskq.NewTask{Type: typeB})
		told += quick.readUntil(b, fast, mark.ID, taskq.Pending)
		b.exec(`UPDATE tasks SET status = 'CANCELLED', completed_at = now() WHERE id = $1`, mark.ID)
		told += quick.readUntil(b, fast, mark.ID, taskq.Cancelled)
		b.exec(`DELETE FROM tasks WHERE id = $1`, mark.ID)
	}
	last := b.enqueue(taskq.NewTask{Type: typeA})
	told += quick.readUntil(b, fast, last.ID, taskq.Pending)
	require.Equal(t, changes*(tasks+3)+1, told, "the fast one is told of everything")
	quick.requireCurrent(b)

	const pinned = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'taskq listener' AND backend_xmin IS NOT NULL`
	b.until("the LISTEN connection holds back no vacuum", func() bool { return get[int](b, pinned) == 0 })

	require.Less(t, late.readUntil(b, slow, last.ID, taskq.Pending), told, "a slow one is told less")
	late.requireCurrent(b)
}

// Of more tasks than may wait, a watcher that does not read is told no more; it comes back with its cursor and misses
// nothing, or is told that the cursor is too old.
func TestWatcherFarBehindComesBackWithItsCursor(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	updates, err := b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)
	b.enqueue(taskq.NewTask{Type: typeA})
	first := next(t, updates)
	for range 4 { // what is on its way to the reader, and what waits behind it, and more
		b.enqueueMany(9_000, taskq.NewTask{Type: typeA})
	}
	cursor := first.Cursor
	deadline := time.After(patience)
	for open := true; open; {
		var u taskq.Update
		select {
		case u, open = <-updates:
			if open {
				cursor = u.Cursor
				receive(b, time.After(100*time.Millisecond)) // reads slowly
			}
		case <-deadline:
			require.FailNow(t, "the watch did not end")
		}
	}
	_, err = b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{After: cursor})
	require.ErrorIs(t, err, taskq.ErrCursorExpired)
	health, err := b.client.FeedHealth(b.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, health.Resyncs)
}

func TestWatcherThatNeverReadsEndsAtStop(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	updates, err := b.client.Watch(context.Background(), taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)
	b.enqueueMany(100, taskq.NewTask{Type: typeA})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.stop(b.client)
	}()
	receive(b, stopped)
	_, open := <-updates
	require.False(t, open)
	_, err = b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.Error(t, err, "a client that has stopped serves no watch")
}

// A watch that begins while the program holds all connections of its pool waits; Stop does not.
func TestStopEndsAWatchThatWaitsForThePool(t *testing.T) {
	b := setup(t)
	b.db.SetMaxOpenConns(1)
	b.start(b.client)
	conn, err := b.db.Connx(b.ctx)
	require.NoError(t, err)
	refused, stopped := make(chan error, 1), make(chan struct{})
	go func() {
		_, err := b.client.Watch(context.Background(), taskq.Filter{}, taskq.WatchOptions{Snapshot: true})
		refused <- err
	}()
	b.until("it waits for a connection", func() bool { return b.db.Stats().WaitCount > 0 })
	go func() {
		defer close(stopped)
		b.stop(b.client)
	}()
	require.Error(t, receive(b, refused))
	receive(b, stopped)
	require.NoError(t, conn.Close())
}

// While the database is down, nothing tries again as fast as it can, and Stop ends.
func TestDatabaseThatIsDownIsNotHammered(t *testing.T) {
	b := setup(t)
	handler := newWaiter()
	c, proxy := b.proxied(func(ctx context.Context, task *taskq.Attempt) error {
		go func() {
			for i := 0; ctx.Err() == nil; i++ {
				task.Progress(i%100, time.Now().String())
				<-time.After(time.Millisecond)
			}
		}()
		return handler.run(ctx, task)
	}, func(c *taskq.Config) { c.StopGrace = time.Second })
	_, err := c.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)
	b.enqueueMany(5, taskq.NewTask{Type: typeA})
	for range 5 {
		_ = receive(b, handler.began)
	}
	proxy.Refuse()
	receive(b, time.After(2*time.Second))
	require.Less(t, proxy.Refusals(), 300)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		c.Stop(ctx)
	}()
	receive(b, stopped)
}
