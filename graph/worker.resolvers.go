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
	return typePayload(r.tasks.Pause(ctx, input.Type))
}

// ResumeTaskType is the resolver for the resumeTaskType field.
func (r *mutationResolver) ResumeTaskType(ctx context.Context, input ResumeTaskTypeInput) (*TaskTypePayload, error) {
	return typePayload(r.tasks.Resume(ctx, input.Type))
}

// SetTaskTypeLimit is the resolver for the setTaskTypeLimit field.
func (r *mutationResolver) SetTaskTypeLimit(ctx context.Context, input SetTaskTypeLimitInput) (*TaskTypePayload, error) {
	limit, err := runningLimit(input.MaxRunning)
	if err != nil {
		return typePayload(taskq.TypeState{}, err)
	}
	return typePayload(r.tasks.LimitRunning(ctx, input.Type, limit))
}

// runningLimit returns the limit in the engine's terms, where 0 stands for none.
func runningLimit(limit *int) (int, error) {
	if limit == nil {
		return 0, nil
	}
	if *limit < 1 {
		return 0, &taskq.InvalidError{Field: "maxRunning", Message: "must be at least 1; to hold back all, pause the type"}
	}
	return *limit, nil
}

func typePayload(state taskq.TypeState, err error) (*TaskTypePayload, error) {
	if err != nil {
		refused, err := userErrors(err)
		return &TaskTypePayload{UserErrors: refused}, err
	}
	return &TaskTypePayload{TaskType: &state, UserErrors: []*UserError{}}, nil
}
