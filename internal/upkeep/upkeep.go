// Package upkeep does, now and then and a little at a time, what keeps things tidy: it removes what nothing refers to any
// more. internal/app says what; nothing waits for it, and a round that fails is made up for by a later one.
package upkeep

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Job is a piece of upkeep. Do does a bounded part of it and returns how much it has removed; Of names that in the log.
type Job struct {
	Of string
	Do func(ctx context.Context) (removed int, err error)
}

// Run does a round of all jobs each interval until ctx ends. Of several processes, each begins at a time of its own.
func Run(ctx context.Context, log *slog.Logger, interval time.Duration, jobs ...Job) {
	timer := time.NewTimer(rand.N(interval))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		for _, job := range jobs {
			job.run(ctx, log)
		}
		timer.Reset(interval)
	}
}

func (j *Job) run(ctx context.Context, log *slog.Logger) {
	removed, err := j.Do(ctx)
	if removed > 0 {
		log.Info("removed what nothing refers to", "what", j.Of, "count", removed)
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("upkeep failed; it goes on later", "what", j.Of, "error", err)
	}
}
