package taskq_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// Tests that a task never stays RUNNING for good while the worker that has it lives.

// waiter is a handler that waits for the end of its context, and tells why it ended.
type waiter struct{ began, ended chan error }

func newWaiter() *waiter { return &waiter{make(chan error, 100), make(chan error, 100)} }

func (w *waiter) run(ctx context.Context, _ *taskq.Attempt) error {
	w.began <- nil
	<-ctx.Done()
	w.ended <- context.Cause(ctx)
	return context.Cause(ctx)
}

// once runs first the first time and then rest.
func once(first, rest taskq.Handler) taskq.Handler {
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	return func(ctx context.Context, task *taskq.Attempt) error {
		select {
		case <-turn:
			return first(ctx, task)
		default:
			return rest(ctx, task)
		}
	}
}

func succeed(context.Context, *taskq.Attempt) error { return nil }

// proxied starts a client whose own connections go through a proxy.
func (b *bench) proxied(h taskq.Handler, configure ...func(*taskq.Config)) (*taskq.Client, *dbtest.Proxy) {
	b.Helper()
	p, dsn := dbtest.NewProxy(b.T, b.db.DSN)
	c := newClient(b.T, b.db, append(configure, func(c *taskq.Config) { c.DSN = dsn })...)
	c.Handle(typeA, h, taskq.WithBackoff(atOnce))
	b.start(c)
	return c, p
}

// The worker fences itself when no heartbeat gets through, and is back before anybody takes it for dead.
func TestTaskOfAWorkerThatWasCutOffForAWhileIsNotStuck(t *testing.T) {
	b := setup(t)
	first := newWaiter()
	_, proxy := b.proxied(once(first.run, succeed), func(c *taskq.Config) {
		c.HurryRescue()
		c.NeverDead()
	})
	task := b.enqueue(taskq.NewTask{Type: typeA})
	_ = receive(b, first.began)
	proxy.Freeze()
	require.ErrorIs(t, receive(b, first.ended), taskq.ErrLeaseLost)
	proxy.Resume()
	require.Equal(t, 2, b.await(task.ID, taskq.Completed).Attempt)
}

func TestClaimWhoseAnswerWasLostIsNotStuck(t *testing.T) {
	b := setup(t)
	_, proxy := b.proxied(succeed)
	proxy.LoseAnswer("taskq_claim_lanes")
	tasks := b.enqueueMany(10, taskq.NewTask{Type: typeA})
	b.untilDone()
	require.Equal(t, 1, proxy.Losses())
	for _, e := range tasks {
		task := b.await(e.Task.ID, taskq.Completed)
		require.Equal(t, 1, task.Attempt, "a claim that began nothing uses up no attempt")
	}
}

func TestCompletionWhoseAnswerWasLostIsNotRepeated(t *testing.T) {
	b := setup(t)
	_, proxy := b.proxied(succeed)
	proxy.LoseAnswer("taskq_complete")
	b.enqueueMany(10, taskq.NewTask{Type: typeA})
	b.untilDone()
	b.until("an answer is lost", func() bool { return proxy.Losses() == 1 }) // after what it answers was committed
	require.Equal(t, 10, get[int](b, `SELECT sum(lease) FROM tasks WHERE status = 'COMPLETED'`))
}

// A worker that finds itself unknown may have claimed anew under its old name before it learns of it.
func TestWorkerThatWasStruckOffByMistakeKeepsNothing(t *testing.T) {
	b := setup(t)
	l := newLedger()
	b.crowd(2, func(ctx context.Context, task *taskq.Attempt) error {
		l.begin(task)
		defer l.end(task)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
			return nil
		}
	}, hurryRescue, maxRunning(3))
	for range 30 {
		b.enqueueMany(20, taskq.NewTask{Type: typeA})
		b.exec(`DELETE FROM workers`)
	}
	b.untilDone()
}

func TestHandlerThatIgnoresItsTimeoutLosesItsLease(t *testing.T) {
	b := setup(t)
	b.client = newClient(t, b.db, hurryGrace)
	release, late := make(chan struct{}), make(chan struct{})
	defer func() { // also when the test fails
		select {
		case <-release:
		default:
			close(release)
		}
	}()
	b.client.Handle(typeA, once(func(context.Context, *taskq.Attempt) error {
		<-release
		defer close(late)
		return nil
	}, succeed), taskq.WithTimeout(10*time.Millisecond), taskq.WithBackoff(atOnce))
	b.start(b.client)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	done := b.await(task.ID, taskq.Completed)
	require.Greater(t, done.Attempt, 1)
	close(release)
	<-late
	b.stop(b.client)
	require.Equal(t, done, b.await(task.ID, taskq.Completed), "the first attempt changed nothing any more")
}

func TestEndOfStartsContextEndsHandlersAndHandsTasksBack(t *testing.T) {
	b := setup(t)
	first := newWaiter()
	b.client.Handle(typeA, first.run)
	ctx, cancel := context.WithCancel(b.ctx)
	require.NoError(t, b.client.Start(ctx))
	defer b.stop(b.client)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	_ = receive(b, first.began)
	cancel()
	require.ErrorIs(t, receive(b, first.ended), taskq.ErrShutdown)
	require.Equal(t, 0, b.await(task.ID, taskq.Pending).Attempt)
}

// The fetcher may be in the middle of a claim when Stop is called.
func TestStopWaitsForItsLastClaimAndHandsItBack(t *testing.T) {
	b := setup(t)
	began := make(chan struct{}, 1)
	b.client.Handle(typeA, func(context.Context, *taskq.Attempt) error {
		began <- struct{}{}
		return nil
	})
	b.start(b.client)
	gate := b.newGate(`n.status = 'RUNNING' AND o.status = 'PENDING'`)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	gate.awaitSomebody()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.stop(b.client)
	}()
	select {
	case <-stopped:
		require.Fail(t, "Stop did not wait for the claim")
	case <-time.After(100 * time.Millisecond): // Stop has most probably begun; if it has not, the test passes all the same
	}
	gate.open()
	receive(b, stopped)
	require.Zero(t, b.await(task.ID, taskq.Pending).Attempt)
	require.Empty(t, began)
}

func TestPrincipalMayBeCalledWorker(t *testing.T) {
	b := setup(t)
	task := b.enqueue(taskq.NewTask{Type: typeA, CreatedBy: "worker"})
	_, err := b.client.Cancel(b.ctx, []uuid.UUID{task.ID}, "worker", "")
	require.NoError(t, err)
}

// A worker that cannot claim must not try again as fast as it can.
func TestClaimsThatFailBackOff(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, succeed)
	b.start(b.client)
	b.exec(`CREATE SEQUENCE attempts`)
	b.exec(`CREATE OR REPLACE FUNCTION taskq_claim_lanes(p_worker uuid, p_types text[], p_priorities smallint[], p_floors timestamptz[], p_floor_ids uuid[], p_limit integer)
		RETURNS SETOF tasks LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('attempts'); RAISE EXCEPTION 'broken'; END $$`)
	for range 200 {
		b.enqueue(taskq.NewTask{Type: typeA})
	}
	require.Less(t, get[int](b, `SELECT last_value FROM attempts`), 50)
}

var errNoLuck = errors.New("no luck")
