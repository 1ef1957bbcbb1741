package taskq_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/taskq"
)

func TestNothingStaysBlockedForGood(t *testing.T) {
	b := setup(t)
	b.ctx = t.Context() // when it fails, shrinking takes a while
	rapid.Check(t, func(t *rapid.T) {
		b.exec(`TRUNCATE tasks, task_events, task_dependencies, workers`)
		g := &graphRun{bench: b, t: t, model: &graphModel{tasks: map[uuid.UUID]*node{}}, worker: b.worker()}
		t.Repeat(map[string]func(*rapid.T){
			"enqueue": func(*rapid.T) { g.enqueueBatch() },
			"claim":   func(*rapid.T) { g.claimSome() },
			"finish":  func(*rapid.T) { g.finish() },
			"cancel":  func(*rapid.T) { g.cancel() },
			"retry":   func(*rapid.T) { g.retry() },
			"by hand": func(*rapid.T) { g.retryByHand() },
			"delete":  func(*rapid.T) { g.remove() },
			"":        func(*rapid.T) { g.check() },
		})
		g.drain()
	})
}

// Workers complete, fail and cancel, while people retry, cancel and delete, and while new tasks come that depend on what
// is just ending: by id, and by an idempotency key that stands for a task that is there already.
func TestNothingStaysBlockedForGoodUnderConcurrency(t *testing.T) {
	b := setup(t)
	var calm atomic.Bool
	b.crowd(3, func(context.Context, *taskq.Attempt) error {
		switch n := rand.IntN(10); {
		case calm.Load() || n < 6:
			return nil
		case n < 8:
			return taskq.Fail(errors.New("broken"))
		case n < 9:
			return taskq.Cancel(errors.New("unwanted"))
		default:
			return errNoLuck
		}
	}, maxRunning(10))
	rounds := 60
	if long() {
		rounds, b.ctx = 5_000, t.Context()
	}
	var everybody sync.WaitGroup
	for writer := range 4 {
		everybody.Go(func() {
			known := []uuid.UUID{}
			for round := range rounds {
				known = append(known, b.enqueueTangle(fmt.Sprintf("%d/%d", writer, round), known)...)
				b.meddle(known)
			}
		})
	}
	everybody.Wait()
	b.untilDone()
	require.Zero(t, get[int](b, `SELECT count(*) FROM task_events WHERE reason = 'worker lost'`))

	calm.Store(true) // now all ends well that is retried
	for range 1_000 {
		ids := list[uuid.UUID](b, `SELECT id FROM tasks WHERE status IN ('FAILED', 'CANCELLED') ORDER BY id LIMIT 200`)
		if len(ids) == 0 {
			break
		}
		b.retryOrDelete(ids)
		b.untilDone()
	}
	require.Zero(t, get[int](b, `SELECT count(*) FROM tasks WHERE status <> 'COMPLETED'`))
	require.Zero(t, get[int](b, `SELECT count(*) FROM task_dependencies WHERE NOT settled`))
}

// enqueueTangle enqueues a few tasks that depend on one another and on some of those known.
func (b *bench) enqueueTangle(key string, known []uuid.UUID) []uuid.UUID {
	b.Helper()
	existing := "shared/" + fmt.Sprint(rand.IntN(20))
	many := make([]taskq.NewTask, 5)
	ids := make([]uuid.UUID, len(many))
	for i := range many {
		ids[i] = uuid.Must(uuid.NewV7())
		many[i] = taskq.NewTask{ID: ids[i], Type: typeA}
		for range rand.IntN(3) {
			if i > 0 {
				many[i].DependsOn = append(many[i].DependsOn, anyPolicy(ids[rand.IntN(i)]))
			}
			if len(known) > 0 {
				many[i].DependsOn = append(many[i].DependsOn, anyPolicy(known[max(0, len(known)-1-rand.IntN(10))]))
			}
		}
	}
	many[0].IdempotencyKey, many[0].DependsOn = existing, nil // others that depend on it depend on the one that has the key
	many[1].IdempotencyKey = key
	_, err := b.client.EnqueueMany(b.ctx, many)
	var invalid *taskq.InvalidError
	if errors.As(err, &invalid) { // a dependency was deleted meanwhile
		return nil
	}
	require.NoError(b, err)
	return ids[1:]
}

func anyPolicy(id uuid.UUID) taskq.Dependency {
	return taskq.Dependency{TaskID: id, OnFailure: []taskq.OnFailure{taskq.CancelDependent, taskq.RunDependent}[rand.IntN(2)]}
}

// meddle does what people do.
func (b *bench) meddle(known []uuid.UUID) {
	b.Helper()
	if len(known) == 0 {
		return
	}
	some := make([]uuid.UUID, 1+rand.IntN(5))
	for i := range some {
		some[i] = known[rand.IntN(len(known))]
	}
	operation := []func(context.Context, []uuid.UUID, string, string) ([]taskq.Change, error){
		b.client.Retry, b.client.Retry, b.client.Cancel, b.client.Delete,
	}[rand.IntN(4)]
	_, err := operation(b.ctx, some, "ann", "")
	require.NoError(b, err)
}

// retryOrDelete retries what can be; a task whose dependency was deleted after it ended badly stays as it is.
func (b *bench) retryOrDelete(ids []uuid.UUID) {
	b.Helper()
	_, err := b.client.Retry(b.ctx, ids, "ann", "")
	require.NoError(b, err)
}

func TestLongChainOfDependentsIsCancelledWhole(t *testing.T) {
	b := setup(t)
	const length = 3_000
	chain := make([]taskq.NewTask, length)
	for i := range chain {
		chain[i] = taskq.NewTask{ID: uuid.Must(uuid.NewV7()), Type: typeA}
		if i > 0 {
			chain[i].DependsOn = []taskq.Dependency{{TaskID: chain[i-1].ID}}
		}
	}
	_, err := b.client.EnqueueMany(b.ctx, chain)
	require.NoError(t, err)
	_, err = b.client.Cancel(b.ctx, []uuid.UUID{chain[0].ID}, "ann", "not needed")
	require.NoError(t, err)
	require.Equal(t, length, b.count(taskq.Filter{Statuses: []taskq.Status{taskq.Cancelled}}))
	require.Equal(t, []string{"→PENDING", "PENDING→CANCELLED: dependency failed"}, b.transitions(chain[length-1].ID))
}

// A dependency that is named by a task whose idempotency key is taken is the task that has it: it may be ending just now.
func TestDependencyThroughATakenKeyIsNotMissed(t *testing.T) {
	b := setup(t)
	holder := b.enqueue(taskq.NewTask{Type: typeA, IdempotencyKey: "one"})
	running := b.claim(b.worker(), typeA)
	require.Equal(t, holder.ID, running.ID)
	b.exec(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$`)
	b.exec(`CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON task_dependencies DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION slow()`)
	gate := b.closeGate()
	again, dependent := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	failed := make(chan error, 2)
	go func() {
		_, err := b.client.EnqueueMany(b.ctx, []taskq.NewTask{
			{ID: again, Type: typeA, IdempotencyKey: "one"},
			{ID: dependent, Type: typeB, DependsOn: []taskq.Dependency{{TaskID: again}}},
		})
		failed <- err
	}()
	gate.awaitSomebody() // the edge is there, its dependency was looked at, and it is not yet committed
	go func() {
		_, err := b.db.ExecContext(b.ctx, lateWrites["complete"], running.ID, running.Lease)
		failed <- err
	}()
	b.until("the completion waits for the edge or is done", func() bool {
		return get[bool](b, `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple'))
			OR EXISTS (SELECT FROM tasks WHERE status = 'COMPLETED')`)
	})
	gate.open()
	require.NoError(t, receive(b, failed))
	require.NoError(t, receive(b, failed))
	require.Zero(t, b.await(dependent, taskq.Pending).BlockedBy)
}

func TestCyclesAreRefused(t *testing.T) {
	b := setup(t)
	ids := []uuid.UUID{uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())}
	on := func(list ...uuid.UUID) []taskq.Dependency {
		var d []taskq.Dependency
		for _, id := range list {
			d = append(d, taskq.Dependency{TaskID: id})
		}
		return d
	}
	cases := map[string][]taskq.NewTask{
		"of one":   {{ID: ids[0], Type: typeA, DependsOn: on(ids[0])}},
		"of two":   {{ID: ids[0], Type: typeA, DependsOn: on(ids[1])}, {ID: ids[1], Type: typeA, DependsOn: on(ids[0])}},
		"of three": {{ID: ids[0], Type: typeA, DependsOn: on(ids[1])}, {ID: ids[1], Type: typeA, DependsOn: on(ids[2])}, {ID: ids[2], Type: typeA, DependsOn: on(ids[0])}},
		"through a key": {
			{ID: ids[0], Type: typeA, IdempotencyKey: "k", DependsOn: on(ids[1])},
			{ID: ids[1], Type: typeA, DependsOn: on(ids[2])},
			{ID: ids[2], Type: typeA, IdempotencyKey: "k"},
		},
		"of one through a key": {
			{ID: ids[0], Type: typeA, IdempotencyKey: "k", DependsOn: on(ids[1])},
			{ID: ids[1], Type: typeA, IdempotencyKey: "k"},
		},
	}
	for name, many := range cases {
		_, err := b.client.EnqueueMany(b.ctx, many)
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid, name)
		require.Equal(t, "dependsOn", invalid.Field, name)
	}
	require.Zero(t, b.count(taskq.Filter{}))
}
