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

// writers is what those who change tasks pay for those who watch: commits of one row each, with one client watching.
func (b *bench) writers(ctx context.Context) error {
	for _, s := range b.systems() {
		if err := b.compareWriters(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (b *bench) compareWriters(ctx context.Context, s *system) error {
	var with, without []float64
	for range b.Rounds {
		b.Logf("  %s: %d writers", s.name, writerConnections)
		if _, err := b.crowd.Do(s.connect(1)); err != nil {
			return err
		}
		if err := b.reach(ctx, s, 1); err != nil {
			return err
		}
		on, err := b.commits(ctx, s)
		if err != nil {
			return err
		}
		off, err := b.commitsWithoutTriggers(ctx, s)
		if err != nil {
			return err
		}
		with, without = append(with, on), append(without, off)
		if _, err := b.crowd.Do(crowd.Command{Op: "leave"}); err != nil {
			return err
		}
	}
	name := fmt.Sprintf("%d writers, one row a commit", writerConnections)
	if s != b.us {
		name += ", with " + s.name + "'s trigger"
	}
	f := harness.Figure{Name: name, Unit: "commits/s", Value: harness.Median(with)}.Against(noTriggers, harness.Median(without))
	if s == b.us {
		f = f.RatioAtLeast(0.6)
	}
	return b.Report(f)
}

func (b *bench) commitsWithoutTriggers(ctx context.Context, s *system) (float64, error) {
	if _, err := s.database.ExecContext(ctx, `ALTER TABLE tasks DISABLE TRIGGER USER`); err != nil {
		return 0, fmt.Errorf("disabling the triggers: %w", err)
	}
	rate, err := b.commits(ctx, s)
	if err != nil {
		return 0, err
	}
	if _, err := s.database.ExecContext(ctx, `ALTER TABLE tasks ENABLE TRIGGER USER`); err != nil {
		return 0, fmt.Errorf("enabling the triggers: %w", err)
	}
	return rate, nil
}

// commits returns how many a second the writers make, each on rows of its own.
func (b *bench) commits(ctx context.Context, s *system) (float64, error) {
	update, err := s.database.PreparexContext(ctx, updateTask)
	if err != nil {
		return 0, fmt.Errorf("preparing: %w", err)
	}
	defer update.Close() //nolint:errcheck // ends with the database
	var done atomic.Int64
	var group errgroup.Group
	began := time.Now()
	end := began.Add(harness.Pick(b.Quick, 1500*time.Millisecond, 8*time.Second))
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
	err = group.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), err
}
