package queue

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
	"github.com/taskwire/taskwire/taskq"
)

const (
	reporters       = 1_000                 // tasks that run at once
	reportInterval  = 10 * time.Millisecond // of each
	maxCommitsOfOne = 10                    // a second, of one process
)

// progress has a thousand running tasks report a hundred times a second each, and counts what of that reaches the
// database.
func (b *bench) progress(ctx context.Context) error {
	peer, err := peers.NewTaskwire(ctx, b.Server, "progress") // its own, so that the commits counted are all of it
	if err != nil {
		return err
	}
	r := &reporting{database: peer.Database(), ended: make(chan struct{})}
	stop, err := r.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	d := harness.Pick(b.Quick, 2*time.Second, 15*time.Second)
	if err := pause(ctx, 2*time.Second); err != nil { // until the server's statistics have the claims
		return err
	}
	idle, err := r.database.Measure(ctx, func() error { return pause(ctx, d) })
	if err != nil {
		return err
	}
	rows, err := r.writes(ctx)
	if err != nil {
		return err
	}
	var calls int
	cost, err := r.database.Measure(ctx, func() (err error) {
		calls, err = r.report(ctx, d)
		return err
	})
	if err != nil {
		return err
	}
	written, err := r.writes(ctx)
	if err != nil {
		return err
	}
	lost, err := r.lost(ctx)
	if err != nil {
		return err
	}
	return b.tellProgress(progressResult{
		calls: float64(calls), rows: float64(written - rows), lost: float64(lost), seconds: d.Seconds(), cost: cost,
		commits: float64(cost.Writers - idle.Writers),
	})
}

type progressResult struct {
	calls, rows, commits, lost, seconds float64
	cost                                harness.Cost
}

func (b *bench) tellProgress(r progressResult) error {
	for _, f := range []harness.Figure{
		{Name: "progress: reports of 1,000 tasks", Unit: "calls/s", Value: r.calls / r.seconds},
		{Name: "progress: rows written", Unit: "rows/s", Value: r.rows / r.seconds},
		harness.Figure{Name: "progress: commits", Unit: "commits/s", Value: r.commits / r.seconds}.AtMost(maxCommitsOfOne),
		harness.Figure{Name: "progress: HOT", Unit: "% of rows", Value: 100 * float64(r.cost.HOT) / float64(r.cost.Updates)}.AtLeast(95),
		{Name: "progress: server CPU", Unit: "µs/row", Value: micros(r.cost.Server) / r.rows},
		{Name: "progress: WAL", Unit: "bytes/row", Value: float64(r.cost.WAL) / r.rows},
		harness.Figure{Name: "progress: last values lost", Unit: "tasks", Value: r.lost}.AtMost(0),
	} {
		if err := b.Report(f); err != nil {
			return err
		}
	}
	return nil
}

// reporting is a worker whose tasks only report.
type reporting struct {
	database *harness.Database
	ended    chan struct{} // closed when handlers are to return

	mu       sync.Mutex // protects attempts
	attempts []*taskq.Attempt
}

// start returns when all tasks run.
func (r *reporting) start(ctx context.Context) (stop func(), err error) {
	client := taskq.New(r.database.DB, taskq.Config{DSN: r.database.DSN, MaxRunning: reporters, Logger: slog.New(slog.DiscardHandler)})
	var running sync.WaitGroup
	running.Add(reporters)
	client.Handle(peers.Noop, func(ctx context.Context, a *taskq.Attempt) error {
		r.mu.Lock()
		r.attempts = append(r.attempts, a)
		r.mu.Unlock()
		running.Done()
		select {
		case <-r.ended:
		case <-ctx.Done():
		}
		return context.Cause(ctx)
	})
	many := make([]taskq.NewTask, reporters)
	for i := range many {
		many[i] = taskq.NewTask{Type: peers.Noop}
	}
	if _, err := client.EnqueueMany(ctx, many); err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, err
	}
	running.Wait()
	return func() {
		close(r.ended)
		client.Stop(context.WithoutCancel(ctx))
	}, nil
}

const lastMessage = "the last of all"

// report has all tasks report at each interval, and then once more, and returns how often that was in all.
func (r *reporting) report(ctx context.Context, d time.Duration) (calls int, err error) {
	ticker := time.NewTicker(reportInterval)
	defer ticker.Stop()
	for began := time.Now(); time.Since(began) < d; calls += reporters {
		message := fmt.Sprintf("step %d", calls/reporters)
		r.all(int(98*time.Since(began)/d), message)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return calls, ctx.Err()
		}
	}
	r.all(99, lastMessage)
	return calls, pause(ctx, 2*time.Second) // until that is written, and the server's statistics have it
}

func (r *reporting) all(percent int, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.attempts {
		a.Progress(percent, message)
	}
}

// writes counts the rows written so far: each write makes one more version.
func (r *reporting) writes(ctx context.Context) (n int, err error) {
	err = r.database.GetContext(ctx, &n, `SELECT coalesce(sum(version), 0) FROM tasks`)
	return n, err
}

// lost counts the tasks that do not say what their handler said last.
func (r *reporting) lost(ctx context.Context) (n int, err error) {
	err = r.database.GetContext(ctx, &n, `SELECT count(*) FROM tasks WHERE progress <> 99 OR progress_message IS DISTINCT FROM $1`, lastMessage)
	return n, err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
