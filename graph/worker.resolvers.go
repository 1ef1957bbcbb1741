package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/taskq"
)

// Workers is the resolver for the workers field.
func (r *queryResolver) Workers(ctx context.Context) ([]*Worker, error) {
	workers, err := r.tasks.Workers(ctx)
	list := make([]*Worker, len(workers))
	for i := range workers {
		list[i] = &Worker{&workers[i]}
	}
	return list, err
}

// findWorker returns nil when there is no such worker (any more), and to those who see only their own tasks: it would tell
// them how many others there are.
func findWorker(ctx context.Context, id uuid.UUID) (*Worker, error) {
	if auth.Of(ctx).OwnOnly {
		return nil, nil //nolint:nilnil // the schema says: null then
	}
	workers, err := loadersOf(ctx).workers()
	if worker, ok := workers[id]; ok {
		return &Worker{&worker}, nil
	}
	return nil, err
}

// TaskTypes is the resolver for the taskTypes field.
func (r *queryResolver) TaskTypes(ctx context.Context) ([]*taskq.TypeState, error) {
	states, err := r.tasks.Types(ctx)
	list := make([]*taskq.TypeState, len(states))
	for i := range states {
		list[i] = &states[i]
	}
	return list, err
}

// PauseTaskType is the resolver for the pauseTaskType field.
func (r *mutationResolver) PauseTaskType(ctx context.Context, input PauseTaskTypeInput) (*TaskTypePayload, error) {
	state, err := r.tasks.Pause(ctx, input.Type)
	return &TaskTypePayload{TaskType: &state}, err
}

// ResumeTaskType is the resolver for the resumeTaskType field.
func (r *mutationResolver) ResumeTaskType(ctx context.Context, input ResumeTaskTypeInput) (*TaskTypePayload, error) {
	state, err := r.tasks.Resume(ctx, input.Type)
	return &TaskTypePayload{TaskType: &state}, err
}
