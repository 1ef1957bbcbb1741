package live

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
)

const (
	writerConnections = 64
	noTriggers        = "no triggers"
)

// writing is what some writers achieved.
type writing struct {
	rate float64 // commits a second
	cpu  float64 // PostgreSQL's, µs a commit
}

// writers is what those who change tasks pay for those who watch, or might: commits of one row each.
func (b *bench) writers(ctx context.Context) error {
	for _, s := range b.systems() {
		b.Logf("  %s: %d writers", s.Name(), writerConnections)
		if err := b.compareWriters(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
	}
	return nil
}

// compareWriters takes turns: what others do on this machine meanwhile is to hit all alike.
func (b *bench) compareWriters(ctx context.Context, s *system) error {
	var alone, watched, without []writing
	for range b.Rounds {
		w, err := s.write(ctx, b.Quick)
		if err != nil {
			return err
		}
		alone = append(alone, w)
		if w, err = b.writeWatched(ctx, s); err != nil {
			return err
		}
		watched = append(watched, w)
		if w, err = s.writeWithoutTriggers(ctx, b.Quick); err != nil {
			return err
		}
		without = append(without, w)
	}
	return b.reportWriters(s, alone, watched, without)
}

func (b *bench) reportWriters(s *system, alone, watched, without []writing) error {
	rate := func(w writing) float64 { return w.rate }
	name := fmt.Sprintf("%d writers, one row a commit", writerConnections)
	if s != b.us {
		name += ", PostGraphile's trigger"
	}
	of := func(name, unit string, with []writing, part func(writing) float64) harness.Figure {
		return harness.Figure{Name: name, Unit: unit, Value: median(with, part)}.Against(noTriggers, median(without, part))
	}
	commits := of(name, "commits/s", alone, rate)
	if s == b.us {
		commits = commits.RatioAtLeast(0.6)
	}
	for _, f := range []harness.Figure{
		commits,
		of(name+", one watches", "commits/s", watched, rate),
		of(name+": PostgreSQL's CPU", "µs/commit", alone, func(w writing) float64 { return w.cpu }),
	} {
		if err := b.Report(f); err != nil {
			return err
		}
	}
	return nil
}

func median(all []writing, part func(writing) float64) float64 {
	values := make([]float64, len(all))
	for i := range all {
		values[i] = part(all[i])
	}
	return harness.Median(values)
}

func (b *bench) writeWatched(ctx context.Context, s *system) (w writing, err error) {
	if _, err := b.crowd.Do(s.connect(1)); err != nil {
		return w, err
	}
	if err := b.reach(ctx, s, 1); err != nil {
		return w, err
	}
	if w, err = s.write(ctx, b.Quick); err != nil {
		return w, err
	}
	_, err = b.crowd.Do(crowd.Command{Op: "leave"})
	return w, err
}

func (s *system) writeWithoutTriggers(ctx context.Context, quick bool) (writing, error) {
	if _, err := s.database.ExecContext(ctx, `ALTER TABLE tasks DISABLE TRIGGER USER`); err != nil {
		return writing{}, fmt.Errorf("disabling the triggers: %w", err)
	}
	w, err := s.write(ctx, quick)
	if err != nil {
		return writing{}, err
	}
	if _, err := s.database.ExecContext(ctx, `ALTER TABLE tasks ENABLE TRIGGER USER`); err != nil {
		return writing{}, fmt.Errorf("enabling the triggers: %w", err)
	}
	return w, nil
}

// write has the writers commit for a while, each on rows of its own.
func (s *system) write(ctx context.Context, quick bool) (writing, error) {
	update, err := s.database.PreparexContext(ctx, updateTask)
	if err != nil {
		return writing{}, fmt.Errorf("preparing: %w", err)
	}
	defer update.Close() //nolint:errcheck // ends with the database
	var done atomic.Int64
	cost, err := s.database.Measure(ctx, func() error {
		var group errgroup.Group
		end := time.Now().Add(harness.Pick(quick, time.Second, 8*time.Second))
		for w := range writerConnections {
			group.Go(func() error {
				for i := w; time.Now().Before(end); i += writerConnections {
					if _, err := update.ExecContext(ctx, "changed", s.tasks[i%len(s.tasks)]); err != nil {
						return fmt.Errorf("changing a task: %w", err)
					}
					done.Add(1)
				}
				return nil
			})
		}
		return group.Wait()
	})
	n := float64(done.Load())
	return writing{rate: n / cost.Elapsed.Seconds(), cpu: float64(cost.Server.Microseconds()) / n}, err
}
