package taskq_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// bell rings when a watcher has something.
type bell chan struct{}

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

func (b *bench) watcher(o taskq.WatchOptions) (*taskq.Watcher, bell) {
	b.Helper()
	rings := make(bell, 1)
	w, err := b.client.NewWatcher(b.ctx, taskq.Filter{}, o, rings.ring)
	require.NoError(b, err)
	b.Cleanup(func() { w.Stop() })
	return w, rings
}

func TestWatcherTellsWhenItHasSomething(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	old := b.enqueue(taskq.NewTask{Type: typeA})
	w, rings := b.watcher(taskq.WatchOptions{Snapshot: true})
	receive(b, rings)
	past := w.Take()
	require.Len(t, past.Updates, 1)
	require.Equal(t, old.ID, past.Updates[0].TaskID)
	require.Zero(t, past.Updates[0].Pass)
	for batch := past; !batch.Settled; batch = w.Take() {
		receive(b, rings)
	}

	created := b.enqueue(taskq.NewTask{Type: typeA})
	receive(b, rings)
	live := w.Take()
	require.Len(t, live.Updates, 1)
	require.Equal(t, created.ID, live.Updates[0].TaskID)
	require.Empty(t, w.Take().Updates, "once")

	require.GreaterOrEqual(t, w.Stop(), live.Updates[0].Pass)
	other, others := b.watcher(taskq.WatchOptions{})
	b.enqueue(taskq.NewTask{Type: typeA})
	receive(b, others)
	require.Greater(t, other.Take().Updates[0].Pass, w.Stop()-1)
	require.Empty(t, w.Take().Updates, "nothing after it was stopped")

	b.stop(b.client)
	receive(b, others)
	require.True(t, other.Take().Ended)
	_, err := b.client.NewWatcher(b.ctx, taskq.Filter{}, taskq.WatchOptions{}, func() {})
	require.Error(t, err)
}

// shared is one watcher's updates, handed to many readers.
type shared struct {
	mu      sync.Mutex
	readers map[*sharingReader]struct{} // guarded by mu
}

func (s *shared) run(ctx context.Context, w *taskq.Watcher, rings bell) {
	for {
		updates := w.Take().Updates
		s.mu.Lock()
		for r := range s.readers {
			r.shared = append(r.shared, updates...)
		}
		s.mu.Unlock()
		select {
		case <-rings:
		case <-ctx.Done():
			return
		}
	}
}

// sharingReader begins with a watcher of its own and goes on with the shared one.
type sharingReader struct {
	own    []taskq.Update
	last   uint64         // the last pass of its own watcher
	shared []taskq.Update // guarded by shared.mu
}

// begin reads on its own until settled. Joining before stopping leaves no gap; leaving out the passes up to the last one
// leaves no overlap.
func (r *sharingReader) begin(b *bench, s *shared) {
	w, rings := b.watcher(taskq.WatchOptions{Snapshot: true})
	for {
		batch := w.Take()
		r.own = append(r.own, batch.Updates...)
		if batch.Settled {
			break
		}
		receive(b, rings)
	}
	s.mu.Lock()
	s.readers[r] = struct{}{}
	s.mu.Unlock()
	r.last = w.Stop()
	r.own = append(r.own, w.Take().Updates...)
}

// told returns the latest version of each task, and false when one did not rise.
func (r *sharingReader) told() (versions map[uuid.UUID]int64, rising bool) {
	versions, rising = map[uuid.UUID]int64{}, true
	for i, u := range append(r.own, r.shared...) {
		if i >= len(r.own) && u.Pass <= r.last {
			continue
		}
		rising = rising && u.Task.Version > versions[u.TaskID]
		versions[u.TaskID] = u.Task.Version
	}
	return versions, rising
}

// While tasks run and report, with a transaction that stays open, readers come and go over to what they share: each sees
// every version rise and ends with what the database has.
func TestReadersGoOverToASharedWatcherWithoutGapOrStepBack(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, func(ctx context.Context, task *taskq.Attempt) error {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for percent := range 20 {
			task.Progress(percent, "")
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
		return nil
	})
	b.start(b.client)
	ctx, cancel := context.WithCancel(b.ctx)
	w, rings := b.watcher(taskq.WatchOptions{})
	s := &shared{readers: map[*sharingReader]struct{}{}}
	var running sync.WaitGroup
	running.Go(func() { s.run(ctx, w, rings) })
	open, err := b.db.BeginTxx(b.ctx, nil)
	require.NoError(t, err)
	_, err = open.ExecContext(b.ctx, `CREATE TABLE held (id int)`)
	require.NoError(t, err)

	readers := make([]*sharingReader, 40)
	for i := range readers {
		b.enqueueMany(20, taskq.NewTask{Type: typeA})
		readers[i] = &sharingReader{}
		readers[i].begin(b, s)
	}
	require.NoError(t, open.Rollback())
	b.untilDone()
	rows := list[modelTask](b, selectModel)
	for i, r := range readers {
		rises := true
		b.until("everything is told", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			versions, rising := r.told()
			rises = rises && rising
			return !rises || !slices.ContainsFunc(rows, func(row modelTask) bool { return versions[row.ID] != row.Version })
		})
		require.True(t, rises, "reader %d", i)
	}
	cancel()
	running.Wait()
}

func TestStatsWatcherTellsTheLatest(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	rings := make(bell, 1)
	w, err := b.client.NewStatsWatcher(taskq.StatsQuery{}, false, rings.ring)
	require.NoError(t, err)
	take := func(w *taskq.StatsWatcher, rings bell, tasks int64) uint64 {
		t.Helper()
		for {
			receive(b, rings)
			now, pass, ended := w.Take()
			require.False(t, ended)
			if now != nil && count(*now, typeA, taskq.Pending) == tasks {
				again, _, _ := w.Take()
				require.Nil(t, again, "once")
				return pass
			}
		}
	}
	take(w, rings, 0)
	b.enqueueMany(3, taskq.NewTask{Type: typeA})
	told := take(w, rings, 3)

	present, err := b.client.NewStatsWatcher(taskq.StatsQuery{}, false, func() {})
	require.NoError(t, err)
	now, _, _ := present.Take()
	require.EqualValues(t, 3, count(*now, typeA, taskq.Pending), "the present at once")
	newRings := make(bell, 1)
	onlyNew, err := b.client.NewStatsWatcher(taskq.StatsQuery{}, true, newRings.ring)
	require.NoError(t, err)
	now, _, _ = onlyNew.Take()
	require.Nil(t, now)
	last := w.Stop()
	require.GreaterOrEqual(t, last, told)
	b.enqueueMany(1, taskq.NewTask{Type: typeA})
	require.Greater(t, take(onlyNew, newRings, 4), last)
	now, _, _ = w.Take()
	require.Nil(t, now, "nothing after it was stopped")

	_, err = b.client.NewStatsWatcher(taskq.StatsQuery{Window: "YEAR"}, false, rings.ring)
	require.Error(t, err)
	b.stop(b.client)
	_, _, ended := onlyNew.Take()
	require.True(t, ended)
}
