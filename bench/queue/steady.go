package queue

import (
	"context"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

var percentiles = []struct {
	name string
	p    float64
}{{"p50", 50}, {"p95", 95}, {"p99", 99}}

// steady stores tasks one by one at a steady rate while they are run, and measures how soon each starts and ends: at 200
// a second, and at half of what the system carries.
func (b *bench) steady(ctx context.Context) error {
	d := harness.Pick(b.Quick, time.Second, 10*time.Second)
	r, err := b.rounds(ctx, func(p peers.Peer, put record) error {
		if err := b.pace(ctx, p, 200, d, "200/s", put); err != nil {
			return err
		}
		most, err := p.Flow(ctx, 8, d/2)
		if err != nil {
			return err
		}
		put("half load: rate", most.PerSecond()/2)
		return b.pace(ctx, p, int(most.PerSecond()/2), d, "half load", put)
	})
	if err != nil {
		return err
	}
	targets := map[string]map[string]target{
		"200/s: enqueue to start, p50": {"": func(f harness.Figure) harness.Figure { return f.AtMost(2) }},
		"200/s: enqueue to start, p99": {"": func(f harness.Figure) harness.Figure { return f.AtMost(8) }},
	}
	for _, load := range []string{"200/s", "half load"} {
		if load == "half load" {
			if err := b.tell(r, "half load: rate", "tasks/s", nil); err != nil {
				return err
			}
		}
		for _, way := range []string{"start", "durable end"} {
			for _, p := range percentiles {
				name := load + ": enqueue to " + way + ", " + p.name
				if err := b.tell(r, name, "ms", targets[name]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (b *bench) pace(ctx context.Context, p peers.Peer, rate int, d time.Duration, load string, put record) error {
	latency, err := p.Pace(ctx, rate, d)
	if err != nil {
		return err
	}
	for _, q := range percentiles {
		put(load+": enqueue to start, "+q.name, harness.Percentile(latency.Start, q.p))
		put(load+": enqueue to durable end, "+q.name, harness.Percentile(latency.Done, q.p))
	}
	return nil
}
