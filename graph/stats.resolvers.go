package graph

import (
	"context"

	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

// TaskStats is the resolver for the taskStats field.
func (r *queryResolver) TaskStats(ctx context.Context, types []taskq.Type, window taskq.StatsWindow) (*taskq.Stats, error) {
	stats, err := r.tasks.Stats(ctx, taskq.StatsQuery{Types: types, Window: window})
	return &stats, err
}

// TaskStatsUpdated is the resolver for the taskStatsUpdated field.
func (r *subscriptionResolver) TaskStatsUpdated(
	ctx context.Context, types []taskq.Type, window taskq.StatsWindow,
) (<-chan *taskq.Stats, error) {
	stats, err := r.tasks.WatchStats(ctx, taskq.StatsQuery{Types: types, Window: window})
	if err != nil {
		return nil, err
	}
	out := make(chan *taskq.Stats)
	go forwardStats(ctx, stats, out)
	return out, nil
}

// forwardStats is forward for statistics.
func forwardStats(ctx context.Context, stats <-chan taskq.Stats, out chan<- *taskq.Stats) {
	defer close(out)
	for s := range stats {
		select {
		case out <- &s:
		case <-ctx.Done():
			return
		}
	}
	if ctx.Err() == nil {
		transport.Interrupt(ctx)
	}
}

// ExampleTaskID is the resolver for the exampleTaskId field.
func (r *taskFailureGroupResolver) ExampleTaskID(_ context.Context, obj *taskq.FailureGroup) (*string, error) {
	return new(globalid.New(globalid.Task, obj.ExampleTaskID)), nil
}
