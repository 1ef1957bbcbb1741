package live

import (
	"context"
	"fmt"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
)

const (
	watchers = 100
	busyRate = 200 // changes a second
	calmRate = 20
)

// latency is from the commit of a change to the client, at a steady rate.
func (b *bench) latency(ctx context.Context) error {
	for _, rate := range []int{calmRate, busyRate} {
		median, worst := make([]float64, len(b.systems())), make([]float64, len(b.systems()))
		for i, s := range b.systems() {
			var p50, p99 []float64
			for range b.Rounds {
				all, err := b.measureLatency(ctx, s, rate)
				if err != nil {
					return fmt.Errorf("%s: %w", s.Name(), err)
				}
				p50, p99 = append(p50, harness.Percentile(all, 50)), append(p99, harness.Percentile(all, 99))
			}
			median[i], worst[i] = harness.Median(p50), harness.Median(p99)
		}
		if err := b.reportLatency(rate, median, worst); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) reportLatency(rate int, median, worst []float64) error {
	name := fmt.Sprintf("commit to client, %d changes/s to %d watchers: ", rate, watchers)
	f := harness.Figure{Name: name + "p50", Unit: "ms"}
	if err := b.compare(f, median, func(f harness.Figure) harness.Figure { return f.AtMost(15) }); err != nil {
		return err
	}
	f.Name = name + "p99"
	return b.compare(f, worst, func(f harness.Figure) harness.Figure { return f.AtMost(60) })
}

func (b *bench) measureLatency(ctx context.Context, s *system, rate int) ([]time.Duration, error) {
	b.Logf("  %s: %d changes/s", s.Name(), rate)
	if _, err := b.crowd.Do(s.connect(watchers)); err != nil {
		return nil, err
	}
	if err := b.reach(ctx, s, watchers); err != nil {
		return nil, err
	}
	p, err := s.run(ctx, rate, harness.Pick(b.Quick, 3*time.Second, 15*time.Second))
	if err != nil {
		return nil, err
	}
	all, err := b.latencies(p, rate, watchers, harness.Pick(b.Quick, 2*time.Second, 20*time.Second)) // the first second warms up
	if err != nil {
		return nil, err
	}
	_, err = b.crowd.Do(crowd.Command{Op: "leave"})
	return all, err
}
