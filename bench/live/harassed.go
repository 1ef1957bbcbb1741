package live

import (
	"context"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
)

// harassed kills the connection on which the server listens again and again: what a notification would have told must be
// found without.
func (b *bench) harassed(ctx context.Context) error {
	const name = "listener killed every 0.7 s, 200 changes/s to 100 watchers: "
	var settled, p99 []float64
	for range b.Rounds {
		took, delays, err := b.measureHarassed(ctx, b.us)
		if err != nil {
			return err
		}
		settled, p99 = append(settled, took.Seconds()*1000), append(p99, harness.Percentile(delays, 99))
	}
	last := harness.Figure{Name: name + "all told after the last commit", Unit: "ms", Value: harness.Median(settled)}.AtMost(1_500)
	if err := b.Report(last); err != nil {
		return err
	}
	return b.Report(harness.Figure{Name: name + "p99", Unit: "ms", Value: harness.Median(p99)})
}

// measureHarassed returns how long after the last commit the last watcher knew of every change, and the latencies of all.
func (b *bench) measureHarassed(ctx context.Context, s *system) (settled time.Duration, all []time.Duration, err error) {
	if _, err := b.crowd.Do(s.connect(watchers)); err != nil {
		return 0, nil, err
	}
	if err := b.reach(ctx, s, watchers); err != nil {
		return 0, nil, err
	}
	harassing, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.harass(harassing)
	}()
	p, err := s.run(ctx, busyRate, harness.Pick(b.Quick, 3*time.Second, 15*time.Second))
	stop()
	<-done
	if err != nil {
		return 0, nil, err
	}
	const patience = 20 * time.Second
	seen, err := b.await(p, watchers, patience)
	if err != nil {
		return 0, nil, err
	}
	for i, committed := range p.committed {
		settled = max(settled, b.settled(seen.Arrivals[i], p, patience))
		all = append(all, delays(seen.Arrivals[i], committed)...)
	}
	_, err = b.crowd.Do(crowd.Command{Op: "leave"})
	return settled, all, err
}

// settled is how long after the last commit of all a change had arrived everywhere; the patience if it had not.
func (b *bench) settled(arrivals []int64, p pace, patience time.Duration) time.Duration {
	if len(arrivals) < watchers {
		return patience
	}
	late := delays(arrivals, p.last())
	return time.Duration(harness.Percentile(late, 100) * float64(time.Millisecond))
}

// harass kills the connections on which somebody listens, until ctx ends.
func (s *system) harass(ctx context.Context) {
	ticker := time.NewTicker(700 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_, _ = s.database.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
		}
	}
}
