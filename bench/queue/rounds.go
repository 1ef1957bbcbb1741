package queue

import (
	"context"
	"fmt"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

// results holds, for each peer and each name, the values of all rounds.
type results map[string]map[string][]float64

func (r results) add(peer, name string, value float64) {
	if r[peer] == nil {
		r[peer] = map[string][]float64{}
	}
	r[peer][name] = append(r[peer][name], value)
}

// record is how a case reports what one round of it gave.
type record func(name string, value float64)

// rounds has each peer take its turn in each round, A B C A B C, from empty tables, so that what else the machine does
// falls on all alike.
func (b *bench) rounds(ctx context.Context, turn func(p peers.Peer, put record) error) (results, error) {
	all := results{}
	for range b.Rounds {
		for _, p := range b.all() {
			if err := p.Clear(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name(), err)
			}
			noise := b.Server.Listen()
			err := turn(p, func(name string, value float64) {
				all.add(p.Name(), name, value)
				b.Logf("  %-16s %-34s %12.1f", p.Name(), name, value)
			})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name(), err)
			}
			b.Logf("  %-16s others used %.1f cores", p.Name(), noise.Cores())
		}
	}
	return all, nil
}

// target judges a figure beside the peer that it names.
type target func(harness.Figure) harness.Figure

// tell reports the median of a name beside each peer's, and judges it by the targets: those of peers by their names, and
// that of the value alone by the empty name.
func (b *bench) tell(r results, name, unit string, targets map[string]target) error {
	ours := harness.Figure{Name: name, Unit: unit, Value: harness.Median(r[b.us.Name()][name])}
	if judge := targets[""]; judge != nil || len(b.others) == 0 {
		alone := ours
		if judge != nil {
			alone = judge(ours)
		}
		if err := b.Report(alone); err != nil {
			return err
		}
	}
	for _, p := range b.others {
		f := ours.Against(p.Name(), harness.Median(r[p.Name()][name]))
		if judge := targets[p.Name()]; judge != nil {
			f = judge(f)
		}
		if err := b.Report(f); err != nil {
			return err
		}
	}
	return nil
}
