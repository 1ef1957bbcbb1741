package peers

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/taskwire/taskwire/bench/harness"
)

// library is a task system that is a Go library; local has the loops that drive it.
type library interface {
	name() string
	db() *harness.Database
	clear(ctx context.Context) error
	// enqueue stores a task that carries a number of the caller's.
	enqueue(ctx context.Context, number int) (key any, err error)
	enqueueMany(ctx context.Context, n int) error
	// batch is the n of enqueueMany that suits it best.
	batch() int
	// start runs tasks until stop, and calls ran with each one's number as its handler starts.
	start(ctx context.Context, ran func(number int)) (stop func(), err error)
	// unfinished reports whether any task has not ended durably.
	unfinished(ctx context.Context) (bool, error)
	// isDone reports whether the task has ended durably.
	isDone(ctx context.Context, key any) (bool, error)
	close(ctx context.Context)
}

// local is a Peer in this process.
type local struct{ library }

var _ Peer = local{}

func (l local) Name() string                    { return l.name() }
func (l local) Database() *harness.Database     { return l.db() }
func (l local) Clear(ctx context.Context) error { return l.clear(ctx) }

func (l local) Close(ctx context.Context) error {
	l.close(ctx)
	return nil
}

func (l local) Bulk(ctx context.Context, n int) (Run, error) {
	return timed(func() (int, error) {
		for stored := 0; stored < n; {
			size := min(l.batch(), n-stored)
			if err := l.enqueueMany(ctx, size); err != nil {
				return 0, err
			}
			stored += size
		}
		return n, nil
	})
}

func (l local) Single(ctx context.Context, callers int, d time.Duration) (Run, error) {
	return timed(func() (int, error) { return l.store(ctx, callers, d) })
}

// store calls enqueue from some goroutines for a while, and returns how often.
func (l local) store(ctx context.Context, callers int, d time.Duration) (int, error) {
	var stored atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for end := time.Now().Add(d); callers > 0; callers-- {
		group.Go(func() error {
			for time.Now().Before(end) {
				if _, err := l.enqueue(ctx, int(stored.Add(1))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return int(stored.Load()), err
}

func (l local) Drain(ctx context.Context, n int) (Run, error) {
	var ran atomic.Int64
	stop := func() {}
	defer func() { stop() }()
	return timed(func() (_ int, err error) {
		if stop, err = l.start(ctx, func(int) { ran.Add(1) }); err != nil {
			return 0, err
		}
		return n, l.awaitEnd(ctx, &ran, n)
	})
}

// awaitEnd waits until n handlers have run and all tasks have ended. It asks the server only then.
func (l local) awaitEnd(ctx context.Context, ran *atomic.Int64, n int) error {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		if int(ran.Load()) >= n {
			if unfinished, err := l.unfinished(ctx); err != nil || !unfinished {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for tasks to end: %w", ctx.Err())
		}
	}
}

func (l local) Flow(ctx context.Context, callers int, d time.Duration) (Run, error) {
	var ran atomic.Int64
	stop, err := l.start(ctx, func(int) { ran.Add(1) })
	if err != nil {
		return Run{}, err
	}
	defer stop()
	return timed(func() (int, error) {
		n, err := l.store(ctx, callers, d)
		if err != nil {
			return 0, err
		}
		return n, l.awaitEnd(ctx, &ran, n)
	})
}

func (l local) Pace(ctx context.Context, rate int, d time.Duration) (Latency, error) {
	p := newPace(l.library, rate, d)
	stop, err := l.start(ctx, p.ran)
	if err != nil {
		return Latency{}, err
	}
	defer stop()
	return p.run(ctx)
}

func timed(work func() (int, error)) (Run, error) {
	cpu, began := harness.OwnCPU(), time.Now()
	n, err := work()
	return Run{Tasks: n, Elapsed: time.Since(began), CPU: harness.OwnCPU() - cpu}, err
}
