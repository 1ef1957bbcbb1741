package taskq_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// ledger records who runs what, to find a task that two handlers of valid leases run at once.
type ledger struct {
	mu      sync.Mutex // protects the rest
	holders map[uuid.UUID]int64
	starts  int
	overlap []uuid.UUID
}

func newLedger() *ledger { return &ledger{holders: map[uuid.UUID]int64{}} }

func (l *ledger) begin(a *taskq.Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.starts++
	if _, held := l.holders[a.ID]; held {
		l.overlap = append(l.overlap, a.ID)
	}
	l.holders[a.ID] = a.Lease
}

func (l *ledger) end(a *taskq.Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.holders, a.ID)
}

// whim makes a handler end in one of the ways a handler can end; most often well.
func whim() error {
	switch n := rand.IntN(100); {
	case n < 70:
		return nil
	case n < 85:
		return errors.New("no luck")
	case n < 95:
		return taskq.Snooze(time.Duration(rand.IntN(3)) * time.Millisecond)
	case n < 98:
		return taskq.Fail(errors.New("hopeless"))
	default:
		panic("ouch")
	}
}

func atOnce(int) time.Duration { return 0 }

// crowd starts n clients that run typeA with h.
func (b *bench) crowd(n int, h taskq.Handler, configure ...func(*taskq.Config)) {
	b.Helper()
	for range n {
		c := newClient(b.T, b.db, configure...)
		c.Handle(typeA, h, taskq.WithBackoff(atOnce))
		b.start(c)
	}
}

func TestNoTaskRunsUnderTwoValidLeases(t *testing.T) {
	b := setup(t)
	tasks := 2_000
	if long() {
		tasks = 100_000
		b.ctx = t.Context()
	}
	l := newLedger()
	b.crowd(8, func(_ context.Context, task *taskq.Attempt) error {
		l.begin(task)
		defer l.end(task)
		return whim()
	}, maxRunning(20))
	for left := tasks; left > 0; left -= 1_000 {
		b.enqueueMany(min(left, 1_000), taskq.NewTask{Type: typeA})
	}
	b.untilDone()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Empty(t, l.overlap)
	require.Equal(t, l.starts, get[int](b, `SELECT sum(lease) FROM tasks`), "each claim began one attempt")
	require.Equal(t, l.starts, get[int](b, `SELECT count(*) FROM task_events WHERE from_status = 'PENDING' AND to_status = 'RUNNING'`))
	require.Zero(t, get[int](b, `SELECT count(*) FROM task_events WHERE reason = 'worker lost'`), "nobody was taken for dead")
}

// Workers are taken for dead all the time while their handlers go on, so that most tasks have zombies. What a handler
// writes in Tx tells at which version of the task it was written, and so whether its lease was the valid one then.
func TestEffectsCommitOnlyUnderTheValidLease(t *testing.T) {
	b := setup(t)
	b.exec(`CREATE TABLE effects (task_id uuid, lease bigint, version bigint)`)
	var refused sync.Map
	b.crowd(4, func(ctx context.Context, task *taskq.Attempt) error {
		for range 5 {
			err := task.Tx(context.WithoutCancel(ctx), func(tx *sqlx.Tx) error {
				_, err := tx.Exec(`INSERT INTO effects SELECT id, $2, version FROM tasks WHERE id = $1 FOR UPDATE`, task.ID, task.Lease)
				return err
			})
			if errors.Is(err, taskq.ErrLeaseLost) {
				refused.Store(task.ID, true) // and on it goes, as a zombie does
			} else if err != nil {
				return err
			}
		}
		return whim()
	}, hurryRescue, maxRunning(5))
	b.enqueueMany(300, taskq.NewTask{Type: typeA, MaxAttempts: 1_000})
	for seen := 0; seen < 1_000; seen = get[int](b, `SELECT count(*) FROM effects`) {
		b.exec(`DELETE FROM workers WHERE id IN (SELECT id FROM workers ORDER BY random() LIMIT 1)`)
		b.until("effects are written", func() bool { return get[int](b, `SELECT count(*) FROM effects`) >= seen+20 })
	}
	b.untilDone()

	const foreign = `
		WITH claims AS (
		    SELECT task_id, version, row_number() OVER (PARTITION BY task_id ORDER BY version) AS lease,
		           (SELECT min(e.version) FROM task_events e WHERE e.task_id = c.task_id AND e.version > c.version
		                AND e.kind = 'TRANSITION') AS ended
		    FROM task_events c WHERE from_status = 'PENDING' AND to_status = 'RUNNING')
		SELECT count(*) FROM effects f WHERE NOT EXISTS (
		    SELECT FROM claims c WHERE c.task_id = f.task_id AND c.lease = f.lease AND f.version >= c.version AND f.version < c.ended)`
	require.Zero(t, get[int](b, foreign), "an effect was committed under a lease that was not valid")
	require.NotZero(t, get[int](b, `SELECT count(*) FROM task_events WHERE reason = 'worker lost'`))
	zombies := 0
	refused.Range(func(any, any) bool { zombies++; return true })
	require.NotZero(t, zombies, "no zombie wrote anything: the test shows nothing")
}
