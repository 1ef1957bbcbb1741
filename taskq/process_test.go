package taskq_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/taskq"
)

// Workers in processes of their own, to kill: the test program started once more.

// workerVariable holds a workerOrder for such a process.
const workerVariable = "TASKWIRE_TEST_WORKER"

type workerOrder struct {
	DSN   string
	Type  taskq.Type
	Point string // where its handler stops and says so
}

// The points at which a handler can be told to stop.
const (
	atStart    = "at the start of the handler"
	atProgress = "in the midst of progress"
	insideTx   = "inside task.Tx"
	afterTx    = "after task.Tx"
	atFailure  = "about to fail" // does not stop, but fails
	untilEnd   = "until its context ends"
)

// workerProcess is main of such a process. It ends with its input, so that it does not outlive the test.
func workerProcess(order string) int {
	if err := runWorkerProcess(order); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func runWorkerProcess(text string) error {
	var order workerOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pool, err := db.Open(ctx, order.DSN)
	if err != nil {
		return err
	}
	config := taskq.Config{DSN: order.DSN, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)), StopGrace: time.Minute}
	config.HurryRescue()
	client := taskq.New(pool, config)
	client.Handle(order.Type, func(ctx context.Context, task *taskq.Attempt) error {
		return work(ctx, task, func(point string) error { return order.reach(ctx, point, task) })
	}, taskq.WithBackoff(atOnce))
	if err := client.Start(ctx); err != nil {
		return err
	}
	say("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		say("stopping")
		client.Stop(ctx)
		say("stopped")
	}
	return nil
}

func say(what string) { fmt.Fprintln(os.Stdout, what) }

// reach stops at the ordered point for good.
func (o *workerOrder) reach(ctx context.Context, point string, task *taskq.Attempt) error {
	switch {
	case o.Point == atFailure && point == afterTx:
		return errNoLuck
	case o.Point == untilEnd && point == atStart:
		say(atStart)
		<-ctx.Done()
		say("ended: " + context.Cause(ctx).Error())
		err := task.Tx(context.WithoutCancel(ctx), func(tx *sqlx.Tx) error { return effect(tx, task) })
		say(fmt.Sprint("refused: ", errors.Is(err, taskq.ErrLeaseLost)))
		return nil // and so tries to complete
	case o.Point == point:
		say(point)
		select {}
	}
	return nil
}

// work is a handler with one effect, which must be had exactly once: it is noted in the transaction of the effect itself.
func work(ctx context.Context, task *taskq.Attempt, reach func(point string) error) error {
	if err := reach(atStart); err != nil {
		return err
	}
	task.Progress(50, "half")
	if err := reach(atProgress); err != nil {
		return err
	}
	err := task.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := effect(tx, task); err != nil {
			return err
		}
		return reach(insideTx)
	})
	if err != nil {
		return err
	}
	return reach(afterTx)
}

func effect(tx *sqlx.Tx, task *taskq.Attempt) error {
	done, err := tx.Exec(`INSERT INTO effects (task_id) VALUES ($1) ON CONFLICT DO NOTHING`, task.ID)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(`UPDATE totals SET n = n + 1`)
	return err
}

func (b *bench) createEffects() {
	b.Helper()
	b.exec(`CREATE TABLE effects (task_id uuid PRIMARY KEY)`)
	b.exec(`CREATE TABLE totals (n integer)`)
	b.exec(`INSERT INTO totals VALUES (0)`)
}

// victim is a worker in a process of its own.
type victim struct {
	b    *bench
	cmd  *exec.Cmd
	tell func(string)
	read chan struct{} // closed when its output has ended

	mu    sync.Mutex // protects lines
	lines []string
}

// victimName tells the connections of a victim from others.
const victimName = "victim"

func (b *bench) startVictim(kind taskq.Type, point string) *victim {
	b.Helper()
	order, err := json.Marshal(workerOrder{DSN: b.db.DSN + "&application_name=" + victimName, Type: kind, Point: point})
	require.NoError(b, err)
	program, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), workerVariable+"="+string(order))
	cmd.Stderr = b.T.Output()
	input, err := cmd.StdinPipe()
	require.NoError(b, err)
	output, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	v := &victim{b: b, cmd: cmd, read: make(chan struct{})}
	v.tell = func(s string) { _, _ = fmt.Fprintln(input, s) }
	go func() {
		defer close(v.read)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			v.mu.Lock()
			v.lines = append(v.lines, lines.Text())
			v.mu.Unlock()
		}
	}()
	b.Cleanup(v.kill)
	return v
}

func (v *victim) has(line string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, l := range v.lines {
		if strings.HasPrefix(l, line) {
			return true
		}
	}
	return false
}

func (v *victim) await(line string) {
	v.b.Helper()
	v.b.until("the victim says: "+line, func() bool { return v.has(line) })
}

func (v *victim) signal(s syscall.Signal) {
	v.b.Helper()
	require.NoError(v.b, v.cmd.Process.Signal(s))
}

// kill ends the process by kill -9, if it has not ended.
func (v *victim) kill() {
	if v.cmd.ProcessState != nil {
		return
	}
	_ = v.cmd.Process.Kill()
	<-v.read
	_ = v.cmd.Wait()
}

// gateCommit holds up commits of the victim's transactions that have written to effects.
func (b *bench) gateCommit() *gate {
	b.Helper()
	b.exec(fmt.Sprintf(`CREATE FUNCTION gate_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF current_setting('application_name') = '%s' THEN PERFORM pg_advisory_xact_lock_shared(%d); END IF;
		RETURN NULL;
	END $$`, victimName, gateLock))
	b.exec(`CREATE CONSTRAINT TRIGGER gate_commit AFTER INSERT ON effects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate_commit()`)
	return b.closeGate()
}

// gateVictim holds up what takes a task from one status to another, if the victim does it.
func (b *bench) gateVictim(from, to taskq.Status) *gate {
	b.Helper()
	return b.newGate(fmt.Sprintf(`o.status = '%s' AND n.status = '%s' AND current_setting('application_name') = '%s'`, from, to, victimName))
}

// rollback has those who wait at the gate fail, as if the server had noticed at once that their client is gone.
func (g *gate) rollback() {
	g.b.Helper()
	for _, pid := range g.waiting() {
		g.b.exec(`SELECT pg_terminate_backend($1, 5000)`, pid)
	}
	g.open()
}

func survivor(b *bench) *taskq.Client {
	c := newClient(b.T, b.db, hurryRescue)
	c.Handle(typeA, func(ctx context.Context, task *taskq.Attempt) error {
		return work(ctx, task, func(string) error { return nil })
	}, taskq.WithBackoff(atOnce))
	return c
}
