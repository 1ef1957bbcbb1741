package live

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/taskwire/taskwire/bench/live/crowd"
)

// pace is a steady stream of changes.
type pace struct {
	first     int     // mark
	committed []int64 // of each change, Unix µs
}

// run makes changes at a rate for a while, each by a connection of its own if need be: one that takes long delays no other.
func (s *system) run(ctx context.Context, rate int, d time.Duration) (pace, error) {
	n := int(d.Seconds() * float64(rate))
	p := pace{first: s.mark + 1, committed: make([]int64, n)}
	s.mark += n
	group, ctx := errgroup.WithContext(ctx)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	began := time.Now()
	for i := 0; i < n; {
		for due := int(time.Since(began).Seconds()*float64(rate)) + 1; i < min(due, n); i++ {
			at := i
			group.Go(func() (err error) {
				p.committed[at], err = s.change(ctx, p.first+at)
				return err
			})
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return p, group.Wait()
		}
	}
	return p, group.Wait()
}

// last is when the last change was committed, which need not be the one that was begun last.
func (p *pace) last() int64 { return slices.Max(p.committed) }

// await returns when each change arrived, once all have or the patience is at its end.
func (b *bench) await(p pace, watchers int, patience time.Duration) (crowd.Answer, error) {
	return b.crowd.Do(crowd.Command{
		Op: "await", First: p.first, Last: p.first + len(p.committed) - 1, Each: watchers, Timeout: patience,
	})
}

// latencies are how long the changes from some on took to each watcher. What does not arrive within the patience counts as
// if it had taken that long.
func (b *bench) latencies(p pace, from, watchers int, patience time.Duration) ([]time.Duration, error) {
	seen, err := b.await(p, watchers, patience)
	if err != nil {
		return nil, err
	}
	var all []time.Duration
	late := 0
	for i := from; i < len(p.committed); i++ {
		all = append(all, delays(seen.Arrivals[i], p.committed[i])...)
		for range watchers - len(seen.Arrivals[i]) {
			all = append(all, patience)
			late++
		}
	}
	if late > 0 {
		b.Logf("    %d of %d updates did not arrive within %s", late, len(all), patience)
	}
	return all, nil
}
