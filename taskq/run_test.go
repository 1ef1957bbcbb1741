package taskq_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

func TestTaskRunsToCompletion(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
		task.Progress(40, "halfway")
		return task.SetResult(map[string]any{"metadata": task.Metadata})
	})
	b.start(b.client)
	task := b.enqueue(taskq.NewTask{Type: typeA, Description: "one", Metadata: map[string]int{"n": 7}})
	require.Equal(t, taskq.Pending, task.Status)

	done := b.await(task.ID, taskq.Completed)
	require.Equal(t, 100, done.Progress)
	require.JSONEq(t, `{"metadata": {"n": 7}}`, string(*done.Result))
	require.NotNil(t, done.CompletedAt)
	require.Equal(t, []string{"→PENDING", "PENDING→RUNNING: claimed", "RUNNING→COMPLETED: completed"}, b.transitions(task.ID))
}

func TestErrorIsRetriedUntilAttemptsAreUsedUp(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, func(context.Context, *taskq.Attempt) error { return errors.New("no luck") },
		taskq.WithBackoff(func(int) time.Duration { return 0 }))
	b.start(b.client)
	task := b.enqueue(taskq.NewTask{Type: typeA, MaxAttempts: 3})
	failed := b.await(task.ID, taskq.Failed)
	require.Equal(t, 3, failed.Attempt)
	require.Equal(t, "no luck", *failed.ErrorMessage)
}

func TestWhatAHandlerReturnsDecides(t *testing.T) {
	cases := []struct {
		name    string
		handler taskq.Handler
		status  taskq.Status
		message string
	}{
		{"fail", func(context.Context, *taskq.Attempt) error { return taskq.Fail(errors.New("hopeless")) }, taskq.Failed, "hopeless"},
		{"cancel", func(context.Context, *taskq.Attempt) error { return taskq.Cancel(errors.New("unwanted")) }, taskq.Cancelled, "unwanted"},
		{"panic", func(context.Context, *taskq.Attempt) error { panic("ouch") }, taskq.Failed, "The handler panicked: ouch"},
		{"unstorable", func(context.Context, *taskq.Attempt) error { return taskq.Fail(errors.New("a\x00b\xff")) }, taskq.Failed, "ab\uFFFD"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			b.client.Handle(typeA, c.handler)
			b.start(b.client)
			ended := b.await(b.enqueue(taskq.NewTask{Type: typeA, MaxAttempts: 1}).ID, c.status)
			require.Equal(t, c.message, *ended.ErrorMessage)
		})
	}
}

func TestPanicKeepsItsStackInTheHistory(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, func(context.Context, *taskq.Attempt) error { panic("ouch") })
	b.start(b.client)
	task := b.await(b.enqueue(taskq.NewTask{Type: typeA, MaxAttempts: 1}).ID, taskq.Failed)
	history, err := b.client.History(b.ctx, task.ID, taskq.Page{Last: 1})
	require.NoError(t, err)
	require.Contains(t, *history.Items[0].Error, "run_test.go")
}

func TestSnoozeUsesUpNoAttempt(t *testing.T) {
	b := setup(t)
	snoozed := false
	b.client.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
		if !snoozed {
			snoozed = true
			return taskq.Snooze(time.Millisecond)
		}
		return nil
	})
	b.start(b.client)
	done := b.await(b.enqueue(taskq.NewTask{Type: typeA, MaxAttempts: 1}).ID, taskq.Completed)
	require.Equal(t, 1, done.Attempt)
	require.Equal(t, int64(2), done.Lease)
}

func TestTimeoutEndsAnAttempt(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, func(ctx context.Context, _ *taskq.Attempt) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}, taskq.WithTimeout(10*time.Millisecond))
	b.start(b.client)
	failed := b.await(b.enqueue(taskq.NewTask{Type: typeA, MaxAttempts: 1}).ID, taskq.Failed)
	require.Contains(t, *failed.ErrorMessage, "longer than its timeout")
}

func TestCancelOfACooperativeHandler(t *testing.T) {
	b := setup(t)
	began := make(chan struct{})
	b.client.Handle(typeA, func(ctx context.Context, _ *taskq.Attempt) error {
		close(began)
		<-ctx.Done()
		require.ErrorIs(t, context.Cause(ctx), taskq.ErrCancelRequested)
		return ctx.Err()
	})
	b.start(b.client)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	<-began
	changes, err := b.client.Cancel(b.ctx, []uuid.UUID{task.ID}, "ann", "not needed")
	require.NoError(t, err)
	require.Equal(t, taskq.Changed, changes[0].Outcome)
	b.await(task.ID, taskq.Cancelled)
	require.Equal(t, []string{
		"→PENDING", "PENDING→RUNNING: claimed", "RUNNING→RUNNING: not needed", "RUNNING→CANCELLED: cancelled",
	}, b.transitions(task.ID))
}

func TestCancelOfAHandlerThatIgnoresItsContext(t *testing.T) {
	b := setup(t)
	b.client = newClient(t, b.db, hurryGrace)
	began, release, refused := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	b.client.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
		close(began)
		<-release
		refused <- task.Tx(context.Background(), func(*sqlx.Tx) error { return nil })
		return nil
	})
	b.start(b.client)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	<-began
	_, err := b.client.Cancel(b.ctx, []uuid.UUID{task.ID}, "ann", "")
	require.NoError(t, err)
	b.await(task.ID, taskq.Cancelled)
	close(release)
	require.ErrorIs(t, <-refused, taskq.ErrLeaseLost)
	b.stop(b.client)
	require.Equal(t, taskq.Cancelled, b.await(task.ID, taskq.Cancelled).Status)
}

func TestStopHandsTasksBack(t *testing.T) {
	b := setup(t)
	began := make(chan struct{}, 1)
	b.client.Handle(typeA, func(ctx context.Context, _ *taskq.Attempt) error {
		began <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	b.start(b.client)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	<-began
	expired, cancel := context.WithCancel(b.ctx)
	cancel()
	b.client.Stop(expired)
	back := b.await(task.ID, taskq.Pending)
	require.Equal(t, 0, back.Attempt)
	workers, err := b.client.Workers(b.ctx)
	require.NoError(t, err)
	require.Empty(t, workers)
}
