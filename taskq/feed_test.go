package taskq_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

func next(t *testing.T, updates <-chan taskq.Update) taskq.Update {
	t.Helper()
	select {
	case u, ok := <-updates:
		require.True(t, ok, "the feed ended")
		return u
	case <-time.After(patience):
		require.FailNow(t, "no update came")
		return taskq.Update{}
	}
}

func describe(u taskq.Update) string {
	if u.Task == nil {
		return string(u.Kind)
	}
	return fmt.Sprintf("%s %s %d", u.Kind, u.Task.Status, u.Task.Progress)
}

func TestWatcherSeesEachStepInOrder(t *testing.T) {
	b := setup(t)
	steps := make(chan int)
	b.client.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
		for percent := range steps {
			task.Progress(percent, "")
		}
		return nil
	})
	b.start(b.client)
	updates, err := b.client.Watch(b.ctx, taskq.Filter{Types: []taskq.Type{typeA}}, taskq.WatchOptions{})
	require.NoError(t, err)
	b.enqueue(taskq.NewTask{Type: typeA})
	require.Equal(t, "CREATED PENDING 0", describe(next(t, updates)))
	require.Equal(t, "UPDATED RUNNING 0", describe(next(t, updates)))
	for _, percent := range []int{10, 50, 99} {
		steps <- percent
		require.Equal(t, fmt.Sprintf("UPDATED RUNNING %d", percent), describe(next(t, updates)))
	}
	close(steps)
	last := next(t, updates)
	require.Equal(t, "UPDATED COMPLETED 100", describe(last))
	require.Equal(t, taskq.Running, *last.Event.From)
}

func TestCursorResumesWithoutLoss(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	ctx, cancel := context.WithCancel(b.ctx)
	updates, err := b.client.Watch(ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)
	seen := b.enqueue(taskq.NewTask{Type: typeA, Description: "seen"})
	last := next(t, updates)
	require.Equal(t, seen.ID, last.TaskID)
	cancel()
	missed := b.enqueue(taskq.NewTask{Type: typeA, Description: "missed"})
	_, err = b.client.Cancel(b.ctx, []uuid.UUID{missed.ID}, "ann", "")
	require.NoError(t, err)
	deleted := b.enqueue(taskq.NewTask{Type: typeA, Description: "deleted"})
	_, err = b.client.Cancel(b.ctx, []uuid.UUID{deleted.ID}, "ann", "")
	require.NoError(t, err)
	_, err = b.client.Delete(b.ctx, []uuid.UUID{deleted.ID}, "ann", "")
	require.NoError(t, err)

	resumed, err := b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{After: last.Cursor})
	require.NoError(t, err)
	got := map[string][]string{}
	for range 5 {
		u := next(t, resumed)
		got[u.TaskID.String()] = append(got[u.TaskID.String()], describe(u))
	}
	require.Equal(t, map[string][]string{
		missed.ID.String():  {"CREATED PENDING 0", "UPDATED CANCELLED 0"},
		deleted.ID.String(): {"REMOVED", "REMOVED", "REMOVED"},
	}, got)
}

func TestCursorOfAnotherClusterHasExpired(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	_, err := b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{After: "eyJzIjoiMSIsIm4iOjEsIngiOjF9"})
	require.ErrorIs(t, err, taskq.ErrCursorExpired)
	var invalid *taskq.InvalidError
	_, err = b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{After: "garbage!"})
	require.ErrorAs(t, err, &invalid)
}

func TestSnapshotThenLive(t *testing.T) {
	b := setup(t)
	b.start(b.client)
	old := b.enqueue(taskq.NewTask{Type: typeA})
	pending := taskq.Filter{Statuses: []taskq.Status{taskq.Pending}}
	updates, err := b.client.Watch(b.ctx, pending, taskq.WatchOptions{Snapshot: true})
	require.NoError(t, err)
	require.Equal(t, "SNAPSHOT PENDING 0", describe(next(t, updates)))
	_, err = b.client.Cancel(b.ctx, []uuid.UUID{old.ID}, "ann", "")
	require.NoError(t, err)
	removed := next(t, updates)
	require.Equal(t, taskq.UpdateRemoved, removed.Kind)
	require.Equal(t, old.ID, removed.TaskID)
}
