package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
	"github.com/taskwire/taskwire/bench/queue/outside"
	"github.com/taskwire/taskwire/taskq"
)

// faults measures what the engine promises of workers that die, that have too little of the processor, and whose tasks are
// cancelled from another process. All times are its defaults.
func (b *bench) faults(ctx context.Context) (err error) {
	if b.Quick {
		b.Logf("left out: a dead worker is waited for longer than a quick run takes")
		return nil
	}
	peer, err := peers.NewTaskwire(ctx, b.Server, "faults")
	if err != nil {
		return err
	}
	f := &faults{bench: b, database: peer.Database()}
	f.client = taskq.New(f.database.DB, taskq.Config{DSN: f.database.DSN, Logger: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, peer.Close(context.WithoutCancel(ctx))) }()
	for _, measure := range []func(context.Context) error{f.cancels, f.rescue, f.overload} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

type faults struct {
	*bench
	database *harness.Database
	client   *taskq.Client
}

const faultTasks = 20 // that run when the fault comes

// run enqueues tasks and returns them when a worker in another process runs them.
func (f *faults) run(ctx context.Context, t taskq.Type, worker outside.Order) (*outside.Process, []uuid.UUID, error) {
	many := make([]taskq.NewTask, faultTasks)
	for i := range many {
		many[i] = taskq.NewTask{Type: t}
	}
	enqueued, err := f.client.EnqueueMany(ctx, many)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]uuid.UUID, len(enqueued))
	for i, e := range enqueued {
		ids[i] = e.Task.ID
	}
	process, err := outside.Start(worker)
	if err != nil {
		return nil, nil, err
	}
	return process, ids, f.until(ctx, `SELECT count(*) = $2 FROM tasks WHERE id = ANY ($1) AND status = 'RUNNING'`, pq.Array(ids), faultTasks)
}

// until asks until the answer is true.
func (f *faults) until(ctx context.Context, query string, args ...any) error {
	for {
		var yes bool
		if err := f.database.GetContext(ctx, &yes, query, args...); err != nil || yes {
			return err
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// cancels asks from here that tasks stop which run in another process.
func (f *faults) cancels(ctx context.Context) error {
	for _, c := range []struct {
		handler taskq.Type
		name    string
		seconds float64
	}{
		{outside.Cooperative, "cancel across processes, a handler that listens", 2},
		{outside.Stubborn, "cancel across processes, a handler that does not", 10},
	} {
		process, ids, err := f.run(ctx, c.handler, outside.Order{DSN: f.database.DSN, Types: []taskq.Type{c.handler}})
		if err != nil {
			return err
		}
		began := time.Now()
		if _, err := f.client.Cancel(ctx, ids, "bench", ""); err != nil {
			return err
		}
		err = f.until(ctx, `SELECT count(*) = 0 FROM tasks WHERE id = ANY ($1) AND status <> 'CANCELLED'`, pq.Array(ids))
		took := time.Since(began)
		if err := errors.Join(err, process.Kill()); err != nil {
			return err
		}
		if err := f.Report(harness.Figure{Name: c.name, Unit: "s to the last", Value: took.Seconds()}.AtMost(c.seconds)); err != nil {
			return err
		}
	}
	return nil
}

// rescue kills a worker, and waits until another runs its tasks.
func (f *faults) rescue(ctx context.Context) error {
	order := outside.Order{DSN: f.database.DSN, Types: []taskq.Type{outside.Cooperative}}
	first, ids, err := f.run(ctx, outside.Cooperative, order)
	if err != nil {
		return err
	}
	second, err := outside.Start(order)
	if err != nil {
		return errors.Join(err, first.Kill())
	}
	if err := f.until(ctx, `SELECT count(*) = 2 FROM workers`); err != nil {
		return errors.Join(err, first.Kill(), second.Kill())
	}
	began := time.Now()
	err = first.Kill()
	if err == nil {
		err = f.until(ctx, `SELECT count(*) = $2 FROM tasks WHERE id = ANY ($1) AND status = 'RUNNING' AND attempt = 2`, pq.Array(ids), faultTasks)
	}
	took := time.Since(began)
	if err := errors.Join(err, second.Kill()); err != nil {
		return err
	}
	return f.Report(harness.Figure{Name: "rescue after kill -9", Unit: "s to the last", Value: took.Seconds()}.AtMost(20))
}

// overload has twice as many processes compute as there are cores, beside two workers that compute too.
func (f *faults) overload(ctx context.Context) (err error) {
	var processes []*outside.Process
	defer func() {
		for _, p := range processes {
			err = errors.Join(err, p.Kill())
		}
	}()
	start := func(o outside.Order) error {
		p, err := outside.Start(o)
		processes = append(processes, p)
		return err
	}
	for range 2 * runtime.NumCPU() {
		if err := start(outside.Order{}); err != nil {
			return err
		}
	}
	const tasks = 200
	if _, err := f.client.EnqueueMany(ctx, slices.Repeat([]taskq.NewTask{{Type: outside.Busy}}, tasks)); err != nil {
		return err
	}
	for range 2 {
		if err := start(outside.Order{DSN: f.database.DSN, Types: []taskq.Type{outside.Busy}}); err != nil {
			return err
		}
	}
	if err := pause(ctx, time.Minute); err != nil {
		return err
	}
	lost, ended, err := f.countLost(ctx)
	if err != nil {
		return err
	}
	f.Logf("  %d attempts ended meanwhile", ended)
	return f.Report(harness.Figure{Name: "a minute of twice the load that the processor carries: false rescues", Unit: "tasks", Value: float64(lost)}.AtMost(0))
}

func (f *faults) countLost(ctx context.Context) (lost, ended int, err error) {
	err = f.database.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE e.reason = 'worker lost'), count(*) FILTER (WHERE e.to_status = 'COMPLETED')
		FROM task_events e WHERE e.task_type = $1`, string(outside.Busy)).Scan(&lost, &ended)
	if err != nil {
		return 0, 0, fmt.Errorf("counting rescues: %w", err)
	}
	return lost, ended, nil
}
