package taskq

import (
	"context"
	"log/slog"
	"time"
)

// statistician folds what happened into the statistics, as one process of many does each second, and tells those who
// watch them in this process what has changed.
type statistician struct {
	dsn      string
	timing   *timing
	log      *slog.Logger
	watchers statsWatchers
	latest   *statsRead // nil: nothing was read yet; only run's goroutine uses it
}

const (
	// foldBatch limits the events of one transaction.
	foldBatch = 100_000
	// foldLimit limits the time that one statement may take: the first one counts all tasks.
	foldLimit = 15 * time.Minute
)

func newStatistician(config *Config) *statistician {
	return &statistician{dsn: config.DSN, timing: &config.timing, log: config.Logger, watchers: newStatsWatchers()}
}

func (s *statistician) run(ctx context.Context) {
	defer s.watchers.stop()
	folds, reads := newSession(s.dsn, foldLimit), newSession(s.dsn, s.timing.call)
	defer folds.close()
	defer reads.close()
	ticker := time.NewTicker(s.timing.stats)
	defer ticker.Stop()
	s.fold(ctx, folds)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.watchers.wanted.c:
		case <-ticker.C:
			s.fold(ctx, folds)
		}
		s.tell(ctx, reads)
	}
}

// fold counts until nothing is left to count.
func (s *statistician) fold(ctx context.Context, session *session) {
	// A little less than the interval: of several processes, each finds the other's fold too fresh, or its time has come.
	more, err := foldOnce(ctx, session, foldBatch, s.timing.stats*9/10)
	for more && err == nil && ctx.Err() == nil {
		more, err = foldOnce(ctx, session, foldBatch, 0)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("statistics cannot be folded; trying again", "error", err)
	}
}

// tell reads the statistics once for all who watch them.
func (s *statistician) tell(ctx context.Context, session *session) {
	frames := s.watchers.frames()
	if len(frames) == 0 {
		return
	}
	read, err := s.latest.next(ctx, session, frames)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("statistics cannot be read; trying again", "error", err)
		}
		return
	}
	s.latest = read
	s.watchers.publish(read)
}
