// Package live measures the way from a commit to those who watch: how soon a change arrives, how many can watch and what
// each of them costs, what one that does not read does to the others, and what writers pay for it all. Server and clients are
// processes of their own. Beside it PostGraphile, whose subscriptions ride on PostgreSQL as ours do.
package live

import (
	"context"
	"errors"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
	"github.com/taskwire/taskwire/bench/peers"
)

// Suite returns the suite.
func Suite() harness.Suite {
	return harness.Suite{
		Name: "live", About: "the live feed beside PostGraphile's subscriptions: latency, sockets, writers' cost", Run: run,
	}
}

// bench is one run of the suite.
type bench struct {
	*harness.Bench
	us    *system
	other *system // nil: not here, or not wanted
	crowd *crowd.Crowd
}

func run(ctx context.Context, h *harness.Bench) (err error) {
	b := &bench{Bench: h}
	if err := harness.RaiseFileLimit(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if b.us, err = startTaskwire(ctx, b.Server); err != nil {
		return err
	}
	if b.WantsPeer(peers.Postgraphile) {
		b.other, err = startPostgraphile(ctx, b.Server, b.Logf)
		if errors.Is(err, peers.ErrNoRuntime) {
			b.Logf("without PostGraphile: %v", err)
		} else if err != nil {
			return err
		}
	}
	if b.crowd, err = crowd.Start(); err != nil {
		return err
	}
	for _, c := range b.cases() {
		if !b.Wants(c.name) {
			continue
		}
		b.Logf("live %s", c.name)
		if err := c.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

type benchCase struct {
	name string
	run  func(context.Context) error
}

func (b *bench) cases() []benchCase {
	return []benchCase{
		{"sockets", b.sockets},
		{"latency", b.latency},
		{"stalled", b.stalled},
		{"harassed", b.harassed},
		{"writers", b.writers},
	}
}

func (b *bench) systems() []*system {
	if b.other == nil {
		return []*system{b.us}
	}
	return []*system{b.us, b.other}
}

func (b *bench) close() error {
	var errs []error
	if b.crowd != nil {
		errs = append(errs, b.crowd.Close())
	}
	for _, s := range b.systems() {
		if s != nil {
			errs = append(errs, s.Stop())
		}
	}
	return errors.Join(errs...)
}

// compare reports a figure of ours, beside the peer's where there is one. values are in the order of systems.
func (b *bench) compare(f harness.Figure, values []float64, target func(harness.Figure) harness.Figure) error {
	f.Value = values[0]
	if len(values) > 1 {
		f = f.Against(peers.Postgraphile, values[1])
	}
	if target != nil {
		f = target(f)
	}
	return b.Report(f)
}
