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
	return transport.Stream(ctx, transport.Source[*taskq.Stats]{
		Open: func(ctx context.Context, own bool, notify func()) (transport.Feed[*taskq.Stats], error) {
			w, err := r.tasks.NewStatsWatcher(ctx, taskq.StatsQuery{Types: types, Window: window}, !own, notify)
			return statsFeed{w}, err
		},
	})
}

// ExampleTaskID is the resolver for the exampleTaskId field.
func (r *taskFailureGroupResolver) ExampleTaskID(_ context.Context, obj *taskq.FailureGroup) (*string, error) {
	return new(globalid.New(globalid.Task, obj.ExampleTaskID)), nil
}
