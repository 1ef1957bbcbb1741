package queue

import (
	"context"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

const (
	riverName    = "River"
	graphileName = "graphile-worker"
)

func atLeast(bound float64) target {
	return func(f harness.Figure) harness.Figure { return f.RatioAtLeast(bound) }
}

// bulk stores many tasks from one caller.
func (b *bench) bulk(ctx context.Context) error {
	n := harness.Pick(b.Quick, 20_000, 100_000)
	r, err := b.rounds(ctx, func(p peers.Peer, put record) error {
		return b.costed(ctx, p, "bulk enqueue", put, func() (peers.Run, error) { return p.Bulk(ctx, n) })
	})
	if err != nil {
		return err
	}
	if err := b.tell(r, "bulk enqueue", "tasks/s", map[string]target{riverName: atLeast(1)}); err != nil {
		return err
	}
	return b.tellCosts(r, "bulk enqueue")
}

// single stores one task a call, from one caller and from eight.
func (b *bench) single(ctx context.Context) error {
	d := harness.Pick(b.Quick, time.Second/2, 4*time.Second)
	r, err := b.rounds(ctx, func(p peers.Peer, put record) error {
		one, err := p.Single(ctx, 1, d)
		if err != nil {
			return err
		}
		put("single enqueue, 1 client", one.PerSecond())
		eight, err := p.Single(ctx, 8, d)
		put("single enqueue, 8 clients", eight.PerSecond())
		return err
	})
	if err != nil {
		return err
	}
	if err := b.tell(r, "single enqueue, 1 client", "tasks/s", nil); err != nil {
		return err
	}
	return b.tell(r, "single enqueue, 8 clients", "tasks/s", map[string]target{riverName: atLeast(1.3)})
}

// drain runs tasks that were stored before.
func (b *bench) drain(ctx context.Context) error {
	n := harness.Pick(b.Quick, 20_000, 100_000)
	r, err := b.rounds(ctx, func(p peers.Peer, put record) error {
		if _, err := p.Bulk(ctx, n); err != nil {
			return err
		}
		if err := p.Database().Analyze(ctx); err != nil {
			return err
		}
		return b.costed(ctx, p, "drain", put, func() (peers.Run, error) { return p.Drain(ctx, n) })
	})
	if err != nil {
		return err
	}
	if err := b.tell(r, "drain", "tasks/s", map[string]target{riverName: atLeast(2), graphileName: atLeast(1)}); err != nil {
		return err
	}
	return b.tellCosts(r, "drain")
}

// flow stores single tasks from eight callers while they are run: what a system carries when nothing comes in batches.
func (b *bench) flow(ctx context.Context) error {
	d := harness.Pick(b.Quick, time.Second/2, 5*time.Second)
	r, err := b.rounds(ctx, func(p peers.Peer, put record) error {
		return b.costed(ctx, p, "enqueue and run", put, func() (peers.Run, error) { return p.Flow(ctx, 8, d) })
	})
	if err != nil {
		return err
	}
	if err := b.tell(r, "enqueue and run", "tasks/s", nil); err != nil {
		return err
	}
	return b.tellCosts(r, "enqueue and run")
}
