// Package queue compares the engine with other task systems on PostgreSQL, and holds it to what it promises: how fast it
// enqueues, claims and completes, how soon a task starts, what a task costs, and that none of this depends on what else
// lies in the table.
package queue

import (
	"context"
	"errors"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

// Suite returns the suite.
func Suite() harness.Suite {
	return harness.Suite{
		Name: "queue", About: "the engine beside River and graphile-worker: throughput, latency, cost", Run: run,
	}
}

// bench is one run of the suite.
type bench struct {
	*harness.Bench
	us     peers.Peer
	others []peers.Peer
}

func run(ctx context.Context, h *harness.Bench) (err error) {
	b := &bench{Bench: h}
	defer func() { err = errors.Join(err, b.close(context.WithoutCancel(ctx))) }()
	if err := b.setUp(ctx); err != nil {
		return err
	}
	for _, c := range b.cases() {
		if !b.Wants(c.name) {
			continue
		}
		b.Logf("queue %s", c.name)
		if err := c.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setUp leaves out a peer whose runtime is not here.
func (b *bench) setUp(ctx context.Context) (err error) {
	if b.us, err = peers.NewTaskwire(ctx, b.Server, "taskwire"); err != nil {
		return err
	}
	if b.WantsPeer("River") {
		river, err := peers.NewRiver(ctx, b.Server)
		if err != nil {
			return err
		}
		b.others = append(b.others, river)
	}
	if !b.WantsPeer("graphile-worker") {
		return nil
	}
	graphile, err := peers.NewGraphile(ctx, b.Server, b.Logf)
	if errors.Is(err, peers.ErrNoRuntime) {
		b.Logf("without graphile-worker: %v", err)
		return nil
	}
	b.others = append(b.others, graphile)
	return err
}

func (b *bench) close(ctx context.Context) error {
	var errs []error
	for _, p := range b.all() {
		if p != nil {
			errs = append(errs, p.Close(ctx))
		}
	}
	return errors.Join(errs...)
}

func (b *bench) all() []peers.Peer { return append([]peers.Peer{b.us}, b.others...) }

type benchCase struct {
	name string
	run  func(context.Context) error
}

func (b *bench) cases() []benchCase {
	return []benchCase{
		{"bulk", b.bulk},
		{"single", b.single},
		{"drain", b.drain},
		{"flow", b.flow},
		{"steady", b.steady},
		{"claim", b.claim},
		{"progress", b.progress},
		{"faults", b.faults},
	}
}
