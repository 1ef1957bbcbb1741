package taskq_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// Most tests wait more than they compute, so that more of them run at once than there are processors.
const parallelTests = "8"

func TestMain(m *testing.M) {
	if order := os.Getenv(workerVariable); order != "" {
		os.Exit(workerProcess(order))
	}
	flag.Parse()
	chosen := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { chosen[f.Name] = true })
	if !chosen["test.parallel"] && !chosen["test.fuzz"] {
		_ = flag.Set("test.parallel", parallelTests)
	}
	if !chosen["rapid.checks"] && !long() {
		_ = flag.Set("rapid.checks", "30")
	}
	goleak.VerifyTestMain(m)
}

// long reports whether the tests may take hours: TASKWIRE_LONG_TESTS is set.
func long() bool { return os.Getenv("TASKWIRE_LONG_TESTS") != "" }

const typeA, typeB = taskq.Type("TYPE_A"), taskq.Type("TYPE_B")

// patience is how long a test waits for what must happen. It is no measure of speed: what never happens fails by it.
const patience = 3 * time.Minute

type bench struct {
	*testing.T
	ctx    context.Context
	db     *dbtest.DB
	client *taskq.Client // not started
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	database := dbtest.New(t, db.Engine) // the engine needs no table of the application
	return &bench{T: t, ctx: ctx, db: database, client: newClient(t, database)}
}

// setupServer is setup with a server of the test's own, to restart and kill.
func setupServer(t *testing.T) (*bench, *dbtest.Server) {
	t.Helper()
	t.Parallel()
	server := dbtest.StartServer(t)
	database := server.New(db.Engine)
	return &bench{T: t, ctx: t.Context(), db: database, client: newClient(t, database)}, server
}

func newClient(t *testing.T, db *dbtest.DB, configure ...func(*taskq.Config)) *taskq.Client {
	config := taskq.Config{DSN: db.DSN, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), StopGrace: patience}
	config.Hurry()
	for _, c := range configure {
		c(&config)
	}
	return taskq.New(db.DB, config)
}

func hurryRescue(c *taskq.Config) { c.HurryRescue() }

func hurryGrace(c *taskq.Config) { c.HurryGrace() }

func maxRunning(n int) func(*taskq.Config) { return func(c *taskq.Config) { c.MaxRunning = n } }

// exec runs SQL of the test's own.
func (b *bench) exec(query string, args ...any) {
	b.Helper()
	_, err := b.db.ExecContext(b.ctx, query, args...)
	require.NoError(b, err)
}

// get reads one value.
func get[T any](b *bench, query string, args ...any) T {
	b.Helper()
	var v T
	require.NoError(b, b.db.GetContext(b.ctx, &v, query, args...))
	return v
}

// list reads rows.
func list[T any](b *bench, query string, args ...any) []T {
	b.Helper()
	var v []T
	require.NoError(b, b.db.SelectContext(b.ctx, &v, query, args...))
	return v
}

// receive waits for a value.
func receive[T any](b *bench, c <-chan T) T {
	b.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.FailNow(b, "what was waited for did not happen")
		panic("unreachable")
	}
}

// until polls, because what is waited for happens in the database or in another process, which send no signal.
func (b *bench) until(what string, condition func() bool) {
	b.Helper()
	require.Eventually(b, condition, patience, 5*time.Millisecond, what)
}

// untilDone waits until no task is PENDING or RUNNING.
func (b *bench) untilDone() {
	b.Helper()
	const left = `SELECT count(*) FROM tasks WHERE status IN ('PENDING', 'RUNNING')`
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for get[int](b, left) > 0 {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.Failf(b, "tasks are left", "%+v", list[taskState](b,
				`SELECT id, status, blocked_by, run_at > now() AS scheduled, worker_id, lease, attempt FROM tasks
				WHERE status IN ('PENDING', 'RUNNING') LIMIT 10`))
		}
	}
}

// taskState is what a failing test tells of a task.
type taskState struct {
	ID        uuid.UUID    `db:"id"`
	Status    taskq.Status `db:"status"`
	BlockedBy int          `db:"blocked_by"`
	Scheduled bool         `db:"scheduled"`
	WorkerID  *uuid.UUID   `db:"worker_id"`
	Lease     int64        `db:"lease"`
	Attempt   int          `db:"attempt"`
}

// start starts a client and stops it at the end of the test.
func (b *bench) start(c *taskq.Client) {
	b.Helper()
	require.NoError(b, c.Start(context.Background()))
	b.Cleanup(func() { b.stop(c) })
}

func (b *bench) stop(c *taskq.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c.Stop(ctx)
}

func (b *bench) enqueue(n taskq.NewTask) taskq.Task {
	b.Helper()
	e, err := b.client.Enqueue(b.ctx, n)
	require.NoError(b, err)
	return e.Task
}

// await watches a task until it has this status, and returns it as it was then.
func (b *bench) await(id uuid.UUID, status taskq.Status) taskq.Task {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		task, err := b.client.Get(ctx, id)
		require.NoError(b, err)
		if task.Status == status {
			return task
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.Failf(b, "wrong status", "the task is %s, not %s: %+v", task.Status, status, task)
		}
	}
}

// transitions returns a task's history as "FROM→TO: reason".
func (b *bench) transitions(id uuid.UUID) []string {
	b.Helper()
	history, err := b.client.History(b.ctx, id, taskq.Page{First: 100})
	require.NoError(b, err)
	var list []string
	for _, e := range history.Items {
		from, reason := "", ""
		if e.From != nil {
			from = string(*e.From)
		}
		if e.Reason != nil {
			reason = ": " + *e.Reason
		}
		list = append(list, from+"→"+string(e.To)+reason)
	}
	return list
}

// textArray is a parameter of type text[].
func textArray[T ~string](values []T) any { return pq.Array(values) }

// gate holds up, at the end of the statement and before its commit, whoever takes a task from one status to another.
type gate struct {
	b    *bench
	conn *sqlx.Conn // holds the lock that closes it
}

// Numbers of advisory locks that nothing else uses.
const gateLock = 4711

// newGate returns a closed gate. where narrows the changes down by the task's new row n and old row o.
func (b *bench) newGate(where string) *gate {
	b.Helper()
	b.exec(fmt.Sprintf(`CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF EXISTS (SELECT FROM new_tasks n JOIN old_tasks o USING (id) WHERE %s) THEN
		    PERFORM pg_advisory_xact_lock_shared(%d);
		END IF;
		RETURN NULL;
	END $$`, where, gateLock))
	b.exec(`CREATE TRIGGER z_gate AFTER UPDATE ON tasks REFERENCING OLD TABLE AS old_tasks NEW TABLE AS new_tasks
		FOR EACH STATEMENT EXECUTE FUNCTION gate()`)
	return b.closeGate()
}

// closeGate takes the lock that triggers of the test wait for.
func (b *bench) closeGate() *gate {
	b.Helper()
	conn, err := b.db.Connx(b.ctx)
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	_, err = conn.ExecContext(b.ctx, `SELECT pg_advisory_lock($1)`, gateLock)
	require.NoError(b, err)
	return &gate{b: b, conn: conn}
}

// waiting returns the process ids of those who wait at the gate.
func (g *gate) waiting() []int {
	g.b.Helper()
	return list[int](g.b, `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, gateLock)
}

func (g *gate) awaitSomebody() {
	g.b.Helper()
	g.b.until("somebody is at the gate", func() bool { return len(g.waiting()) > 0 })
}

func (g *gate) open() {
	g.b.Helper()
	_, err := g.conn.ExecContext(g.b.ctx, `SELECT pg_advisory_unlock($1)`, gateLock)
	require.NoError(g.b, err)
}
