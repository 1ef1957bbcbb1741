package taskq_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// lateWrites are all the ways in which a worker writes to a task that it runs, each by its SQL function. Each returns
// whether the function says that something was written.
var lateWrites = map[string]string{
	"complete":  `SELECT EXISTS (SELECT FROM taskq_complete((SELECT worker_id FROM tasks WHERE id = $1), ARRAY[$1::uuid], ARRAY[$2::bigint], ARRAY['{"late": true}'::jsonb]))`,
	"progress":  `SELECT EXISTS (SELECT FROM taskq_progress(ARRAY[$1::uuid], ARRAY[$2::bigint], ARRAY[77::smallint], ARRAY['late']))`,
	"fail":      `SELECT taskq_fail($1, $2, 'late', '', '0') IS NOT NULL`,
	"release":   `SELECT taskq_release($1, $2, '0', 'late') IS NOT NULL`,
	"cancelled": `SELECT taskq_cancelled($1, $2, 'late')`,
	"hold":      `SELECT taskq_hold($1, $2)`,
}

// losses are the ways in which a lease becomes an old one.
var losses = map[string]func(b *bench, id uuid.UUID){
	"rescued": func(b *bench, id uuid.UUID) { b.rescue() },
	"rescued and claimed by another": func(b *bench, id uuid.UUID) {
		b.rescue()
		b.claim(b.worker(), typeA)
	},
	"snoozed and claimed by the same worker": func(b *bench, id uuid.UUID) { // the number of the attempt is the same again
		worker := get[uuid.UUID](b, `SELECT worker_id FROM tasks WHERE id = $1`, id)
		b.exec(`SELECT taskq_release(id, lease, '0', 'snoozed') FROM tasks WHERE id = $1`, id)
		b.claim(worker, typeA)
	},
	"cancelled by force": func(b *bench, id uuid.UUID) {
		_, err := b.client.Cancel(b.ctx, []uuid.UUID{id}, "ann", "")
		require.NoError(b, err)
		b.exec(`SELECT taskq_maintain('1 hour', '0')`)
	},
	"completed": func(b *bench, id uuid.UUID) {
		b.exec(`SELECT taskq_complete(worker_id, ARRAY[id], ARRAY[lease], ARRAY[NULL::jsonb]) FROM tasks WHERE id = $1`, id)
	},
	"failed, retried by hand and claimed": func(b *bench, id uuid.UUID) {
		b.exec(`SELECT taskq_fail(id, lease, 'broken', '', NULL) FROM tasks WHERE id = $1`, id)
		_, err := b.client.Retry(b.ctx, []uuid.UUID{id}, "ann", "")
		require.NoError(b, err)
		b.claim(b.worker(), typeA)
	},
}

// worker makes a worker known that only the test drives.
func (b *bench) worker() uuid.UUID {
	b.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(`SELECT taskq_heartbeat($1, 'test', '', 0)`, id)
	return id
}

type claimed struct {
	ID    uuid.UUID `db:"id"`
	Lease int64     `db:"lease"`
}

// claim claims one task.
func (b *bench) claim(worker uuid.UUID, types ...taskq.Type) claimed {
	b.Helper()
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	got := list[claimed](b, `SELECT id, lease FROM taskq_claim($1, $2, 1)`, worker, textArray(names))
	require.Len(b, got, 1)
	return got[0]
}

// rescue has all workers taken for dead.
func (b *bench) rescue() {
	b.Helper()
	b.exec(`UPDATE workers SET heartbeat_at = now() - interval '1 minute'`)
	b.exec(`SELECT taskq_maintain('15 s', '1 hour')`)
}

// acceptedLateWrite reports whether a late write, after the lease was lost in this way, changes the task or says so.
func (b *bench) acceptedLateWrite(write, loss string) bool {
	b.Helper()
	b.exec(`UPDATE tasks SET run_at = now() + interval '1 day' WHERE status = 'PENDING'`) // of the round before
	b.enqueue(taskq.NewTask{Type: typeA})
	old := b.claim(b.worker(), typeA)
	losses[loss](b, old.ID)
	const row = `SELECT to_jsonb(t)::text || xmin::text FROM tasks t WHERE id = $1`
	before := get[string](b, row, old.ID)
	said := get[bool](b, lateWrites[write], old.ID, old.Lease)
	return said || before != get[string](b, row, old.ID)
}

func TestLateWritesOfAnOldLeaseChangeNothing(t *testing.T) {
	b := setup(t)
	for loss := range losses {
		for write := range lateWrites {
			require.False(t, b.acceptedLateWrite(write, loss), "%s after %s", write, loss)
		}
	}
}

func TestWritesOfTheValidLeaseAreAccepted(t *testing.T) {
	b := setup(t)
	for write, query := range lateWrites {
		b.exec(`UPDATE tasks SET run_at = now() + interval '1 day' WHERE status = 'PENDING'`) // of the round before
		b.enqueue(taskq.NewTask{Type: typeA})
		mine := b.claim(b.worker(), typeA)
		require.True(t, get[bool](b, query, mine.ID, mine.Lease), write)
	}
}

func TestHeartbeatOfADeadWorkerGivesItsLeasesNoLife(t *testing.T) {
	b := setup(t)
	b.enqueue(taskq.NewTask{Type: typeA})
	worker := b.worker()
	old := b.claim(worker, typeA)
	b.rescue()
	require.False(t, get[bool](b, `SELECT taskq_heartbeat($1, 'test', '', 1)`, worker), "it is told that it was dead")
	require.Equal(t, taskq.Pending, b.await(old.ID, taskq.Pending).Status)
	require.True(t, get[bool](b, `SELECT taskq_heartbeat($1, 'test', '', 1)`, worker))
	require.False(t, get[bool](b, lateWrites["complete"], old.ID, old.Lease))
}

func TestUnknownWorkerClaimsNothing(t *testing.T) {
	b := setup(t)
	b.enqueue(taskq.NewTask{Type: typeA})
	_, err := b.db.ExecContext(b.ctx, `SELECT taskq_claim($1, '{TYPE_A}', 1)`, uuid.New())
	require.ErrorContains(t, err, "call taskq_heartbeat first")
}

// fences are the predicates that fence a worker's writes, as the migrations have them.
var fences = map[string]*regexp.Regexp{
	"taskq_complete":  regexp.MustCompile(` AND t\.lease = u\.lease`),
	"taskq_progress":  regexp.MustCompile(` AND t\.lease = u\.lease`),
	"taskq_fail":      regexp.MustCompile(` AND t\.lease = p_lease`),
	"taskq_release":   regexp.MustCompile(` AND t\.lease = p_lease`),
	"taskq_cancelled": regexp.MustCompile(` AND t\.lease = p_lease`),
	"taskq_hold":      regexp.MustCompile(` AND lease = p_lease`),
}

// A suite that a broken engine passes proves nothing: without the fence of any one function it must fail.
func TestMutantsWithoutFencingAreFound(t *testing.T) {
	for name, fence := range fences {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			healthy := get[string](b, `SELECT pg_get_functiondef($1::regproc)`, name)
			mutant := fence.ReplaceAllString(healthy, "")
			require.NotEqual(t, healthy, mutant, "the function has changed: mend the pattern of this test")
			b.exec(mutant)
			write := strings.TrimPrefix(name, "taskq_")
			for _, loss := range []string{"rescued and claimed by another", "snoozed and claimed by the same worker"} {
				require.True(t, b.acceptedLateWrite(write, loss), "the mutant survived %s", loss)
			}
		})
	}
}

// A zombie is a handler that goes on after its task was given to another: whatever it does then must leave no trace.
func TestZombieHandlerLeavesNoTrace(t *testing.T) {
	ends := map[string]func() error{
		"completes": func() error { return nil },
		"fails":     func() error { return errors.New("late") },
		"gives up":  func() error { return taskq.Fail(errors.New("late")) },
		"snoozes":   func() error { return taskq.Snooze(0) },
		"cancels":   func() error { return taskq.Cancel(errors.New("late")) },
		"panics":    func() error { panic("late") },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.exec(`CREATE TABLE effects (task_id uuid)`)
			began, wake, refused := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			zombie := newClient(t, b.db, maxRunning(1))
			zombie.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
				close(began)
				<-wake
				task.Progress(77, "late")
				_ = task.SetResult("late")
				refused <- task.Tx(context.Background(), func(tx *sqlx.Tx) error {
					_, err := tx.Exec(`INSERT INTO effects VALUES ($1)`, task.ID)
					return err
				})
				return end()
			})
			b.start(zombie)
			task := b.enqueue(taskq.NewTask{Type: typeA})
			<-began
			b.exec(`DELETE FROM workers`) // taken for dead; the upkeep of the zombie's own client rescues the task
			b.await(task.ID, taskq.Pending)
			heir := b.claim(b.worker(), typeA)
			require.Equal(t, task.ID, heir.ID)
			before := get[string](b, `SELECT to_jsonb(t)::text FROM tasks t WHERE id = $1`, task.ID)

			close(wake)
			require.ErrorIs(t, <-refused, taskq.ErrLeaseLost)
			b.stop(zombie)
			require.Equal(t, before, get[string](b, `SELECT to_jsonb(t)::text FROM tasks t WHERE id = $1`, task.ID))
			require.Zero(t, get[int](b, `SELECT count(*) FROM effects`))
			require.True(t, get[bool](b, lateWrites["complete"], heir.ID, heir.Lease), "the heir still owns the task")
		})
	}
}
