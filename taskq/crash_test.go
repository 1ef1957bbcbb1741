package taskq_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// crash brings a victim to some point and kills it there.
type crash func(b *bench)

// atPoint kills the victim where its handler stops.
func atPoint(point string) crash {
	return func(b *bench) {
		v := b.startVictim(typeA, point)
		v.await(point)
		v.kill()
	}
}

// atGate kills the victim in the midst of a statement or commit, whose transaction then goes on without it, or does not.
func atGate(point string, newGate func(b *bench) *gate, goOn func(*gate)) crash {
	return func(b *bench) {
		gate := newGate(b)
		v := b.startVictim(typeA, point)
		gate.awaitSomebody()
		v.kill()
		goOn(gate)
	}
}

func gateOf(from, to taskq.Status) func(*bench) *gate {
	return func(b *bench) *gate { return b.gateVictim(from, to) }
}

// crashes are the points at which kill -9 must lose nothing.
var crashes = map[string]crash{
	"before a claim commits":                 atGate("", gateOf(taskq.Pending, taskq.Running), (*gate).rollback),
	"after a claim, before its answer":       atGate("", gateOf(taskq.Pending, taskq.Running), (*gate).open),
	"at the start of the handler":            atPoint(atStart),
	"in the midst of progress":               duringProgress,
	"inside task.Tx":                         atPoint(insideTx),
	"before the commit of task.Tx":           atGate("", (*bench).gateCommit, (*gate).rollback),
	"after the commit of task.Tx, unknowing": atGate("", (*bench).gateCommit, (*gate).open),
	"after task.Tx":                          atPoint(afterTx),
	"before a completion commits":            atGate("", gateOf(taskq.Running, taskq.Completed), (*gate).rollback),
	"after a completion, before its answer":  atGate("", gateOf(taskq.Running, taskq.Completed), (*gate).open),
	"before a failure commits":               atGate(atFailure, gateOf(taskq.Running, taskq.Pending), (*gate).rollback),
	"after a failure, before its answer":     atGate(atFailure, gateOf(taskq.Running, taskq.Pending), (*gate).open),
	"while it drains":                        whileDraining,
	"in the midst of a rescue":               duringRescue((*gate).rollback),
	"after a rescue, before its answer":      duringRescue((*gate).open),
}

func duringProgress(b *bench) {
	v := b.startVictim(typeA, atProgress)
	b.until("all progress is written", func() bool { return get[int](b, `SELECT count(*) FROM tasks WHERE progress = 50`) == crashTasks })
	v.kill()
}

func whileDraining(b *bench) {
	v := b.startVictim(typeA, atStart)
	v.await(atStart)
	v.tell("stop")
	v.await("stopping")
	v.kill()
}

// duringRescue kills the worker that rescues the tasks of another.
func duringRescue(goOn func(*gate)) crash {
	return func(b *bench) {
		dead := b.worker()
		b.exec(`SELECT taskq_claim($1, '{TYPE_A}', 100)`, dead)
		b.exec(`UPDATE workers SET heartbeat_at = now() - interval '1 minute'`)
		gate := b.gateVictim(taskq.Running, taskq.Pending)
		v := b.startVictim(typeB, "")
		gate.awaitSomebody()
		v.kill()
		goOn(gate)
	}
}

const crashTasks = 3

func TestKilledWorkerLosesNothing(t *testing.T) {
	for name, crash := range crashes {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			b := setup(t)
			b.createEffects()
			b.enqueueMany(crashTasks, taskq.NewTask{Type: typeA})
			crash(b)
			killed := time.Now()
			b.start(survivor(b))
			b.untilDone()
			t.Logf("all done %s after the kill; workers are dead after %s", time.Since(killed).Round(time.Millisecond), taskq.DeadAfterInHurry)
			require.Equal(t, crashTasks, b.count(taskq.Filter{Statuses: []taskq.Status{taskq.Completed}}))
			require.Equal(t, crashTasks, get[int](b, `SELECT n FROM totals`), "effects in task.Tx are had exactly once")
		})
	}
}

func TestCompletionThatCommittedIsNotRepeatedAfterACrash(t *testing.T) {
	b := setup(t)
	b.createEffects()
	b.enqueueMany(crashTasks, taskq.NewTask{Type: typeA})
	crashes["after a completion, before its answer"](b)
	b.start(survivor(b))
	b.untilDone()
	require.Equal(t, 1, get[int](b, `SELECT lease FROM tasks ORDER BY lease LIMIT 1`), "what was completed did not run again")
}

// A process that was stopped for longer than its lease is a zombie when it goes on: it must notice, stop its handlers, and
// write nothing.
func TestStoppedProcessWritesNothingWhenItGoesOn(t *testing.T) {
	b := setup(t)
	b.createEffects()
	v := b.startVictim(typeA, untilEnd)
	task := b.enqueue(taskq.NewTask{Type: typeA})
	v.await(atStart)
	v.signal(syscall.SIGSTOP)

	began, release := make(chan int64, 1), make(chan struct{})
	heir := newClient(t, b.db, hurryRescue)
	heir.Handle(typeA, func(ctx context.Context, task *taskq.Attempt) error {
		began <- task.Lease
		<-release
		return work(ctx, task, func(string) error { return nil })
	})
	b.start(heir)
	require.Equal(t, int64(2), receive(b, began))
	before := get[string](b, `SELECT to_jsonb(t)::text FROM tasks t`)
	v.signal(syscall.SIGCONT)
	v.await("ended: " + taskq.ErrLeaseLost.Error())
	v.await("refused: true")
	v.tell("stop")
	v.await("stopped") // and with it all that it would write
	require.Equal(t, before, get[string](b, `SELECT to_jsonb(t)::text FROM tasks t`))
	require.Zero(t, get[int](b, `SELECT n FROM totals`))
	close(release)
	require.Equal(t, 2, b.await(task.ID, taskq.Completed).Attempt)
	require.Equal(t, 1, get[int](b, `SELECT n FROM totals`))
}

// A worker that stops in good order signs off, and hands its tasks back at once.
func TestStopOfAProcessNeedsNoRescue(t *testing.T) {
	b := setup(t)
	b.createEffects()
	v := b.startVictim(typeA, "")
	v.await("ready")
	task := b.enqueue(taskq.NewTask{Type: typeA})
	b.await(task.ID, taskq.Completed)
	v.tell("stop")
	v.await("stopped")
	require.Empty(t, list[uuid.UUID](b, `SELECT id FROM workers`))
}
