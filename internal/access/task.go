package access

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

// Tasks are the tasks of a [taskq.Client], as the principal of each call may see and change them. The methods are those
// of the client; they add [*auth.Error] to its errors.
type Tasks struct{ client *taskq.Client }

// NewTasks returns the tasks of a client.
func NewTasks(client *taskq.Client) Tasks { return Tasks{client} }

// ownFilter makes a filter select nothing but what the principal may see.
func ownFilter(ctx context.Context, f taskq.Filter) (taskq.Filter, error) {
	owner, err := owner(ctx)
	if err != nil || owner == "" {
		return f, err
	}
	if f.CreatedBy != "" && f.CreatedBy != owner {
		f.IDs = []uuid.UUID{} // of others: nothing
	}
	f.CreatedBy = owner
	return f, nil
}

// Enqueue is [taskq.Client.Enqueue].
func (t Tasks) Enqueue(ctx context.Context, n taskq.NewTask) (taskq.Enqueued, error) {
	many, err := t.EnqueueMany(ctx, []taskq.NewTask{n})
	if err != nil {
		return taskq.Enqueued{}, err
	}
	return many[0], nil
}

// EnqueueMany is [taskq.Client.EnqueueMany].
func (t Tasks) EnqueueMany(ctx context.Context, many []taskq.NewTask) ([]taskq.Enqueued, error) {
	by, err := subject(ctx)
	if err != nil {
		return nil, err
	}
	own := slices.Clone(many)
	for i := range own {
		own[i].CreatedBy, own[i].IdempotencyKey = by, ownKey(ctx, own[i].IdempotencyKey)
		if own[i].Type == embedding.TaskType && auth.Of(ctx).OwnOnly {
			return nil, all(ctx) // it works on everybody's
		}
	}
	if err := t.checkDependencies(ctx, own); err != nil {
		return nil, err
	}
	return t.client.EnqueueMany(ctx, own)
}

// checkDependencies refuses to depend on others' tasks in the words for those that do not exist.
func (t Tasks) checkDependencies(ctx context.Context, many []taskq.NewTask) error {
	if !auth.Of(ctx).OwnOnly {
		return nil
	}
	wanted := map[uuid.UUID]bool{}
	for i := range many {
		for _, d := range many[i].DependsOn {
			wanted[d.TaskID] = true
		}
	}
	for i := range many {
		delete(wanted, many[i].ID)
	}
	ids := make([]uuid.UUID, 0, len(wanted))
	for id := range wanted {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := t.GetMany(ctx, ids)
	if err == nil && len(found) < len(ids) {
		err = &taskq.InvalidError{Field: "dependsOn", Message: "names a task that does not exist", Kind: taskq.NotThere}
	}
	return err
}

// Count is [taskq.Client.Count].
func (t Tasks) Count(ctx context.Context, f taskq.Filter, limit int) (int, error) {
	f, err := ownFilter(ctx, f)
	if err != nil {
		return 0, err
	}
	return t.client.Count(ctx, f, limit)
}

// Get is [taskq.Client.Get].
func (t Tasks) Get(ctx context.Context, id uuid.UUID) (taskq.Task, error) {
	owner, err := owner(ctx)
	if err != nil {
		return taskq.Task{}, err
	}
	task, err := t.client.Get(ctx, id)
	if err == nil && !isOwn(task.CreatedBy, owner) {
		return taskq.Task{}, taskq.ErrNotFound
	}
	return task, err
}

// GetMany is [taskq.Client.GetMany].
func (t Tasks) GetMany(ctx context.Context, ids []uuid.UUID) ([]taskq.Task, error) {
	owner, err := owner(ctx)
	if err != nil {
		return nil, err
	}
	tasks, err := t.client.GetMany(ctx, ids)
	return slices.DeleteFunc(tasks, func(task taskq.Task) bool { return !isOwn(task.CreatedBy, owner) }), err
}

// List is [taskq.Client.List].
func (t Tasks) List(ctx context.Context, f taskq.Filter, o taskq.Order, p taskq.Page) (taskq.Slice[taskq.Task], error) {
	f, err := ownFilter(ctx, f)
	if err != nil {
		return taskq.Slice[taskq.Task]{}, err
	}
	return t.client.List(ctx, f, o, p)
}

// DependsOn is [taskq.Client.DependsOn] without a filter.
func (t Tasks) DependsOn(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Task], error) {
	f, err := ownFilter(ctx, taskq.Filter{})
	if err != nil {
		return taskq.Slice[taskq.Task]{}, err
	}
	return t.client.DependsOn(ctx, id, f, p)
}

// Dependents is [taskq.Client.Dependents] without a filter.
func (t Tasks) Dependents(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Task], error) {
	f, err := ownFilter(ctx, taskq.Filter{})
	if err != nil {
		return taskq.Slice[taskq.Task]{}, err
	}
	return t.client.Dependents(ctx, id, f, p)
}

// History is [taskq.Client.History]. Of a task that is gone, those who see only their own get none.
func (t Tasks) History(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Event], error) {
	owner, err := owner(ctx)
	if err != nil {
		return taskq.Slice[taskq.Event]{}, err
	}
	if owner != "" {
		if _, err := t.Get(ctx, id); err != nil {
			return taskq.Slice[taskq.Event]{}, err
		}
	}
	return t.client.History(ctx, id, p)
}

// Bulk is [taskq.Client.Bulk].
func (t Tasks) Bulk(ctx context.Context, b taskq.Bulk) (taskq.BulkOutcome, error) {
	by, err := subject(ctx)
	if err != nil {
		return taskq.BulkOutcome{}, err
	}
	b.By = by
	if !b.Filter.IsEmpty() { // an empty one is refused, whoever sends it
		if b.Filter, err = ownFilter(ctx, b.Filter); err != nil {
			return taskq.BulkOutcome{}, err
		}
	}
	return t.client.Bulk(ctx, b)
}

// Pause is [taskq.Client.Pause].
func (t Tasks) Pause(ctx context.Context, of taskq.Type) (taskq.TypeState, error) {
	if err := all(ctx); err != nil {
		return taskq.TypeState{}, err
	}
	return t.client.Pause(ctx, of)
}

// Resume is [taskq.Client.Resume].
func (t Tasks) Resume(ctx context.Context, of taskq.Type) (taskq.TypeState, error) {
	if err := all(ctx); err != nil {
		return taskq.TypeState{}, err
	}
	return t.client.Resume(ctx, of)
}

// LimitRunning is [taskq.Client.LimitRunning].
func (t Tasks) LimitRunning(ctx context.Context, of taskq.Type, limit int) (taskq.TypeState, error) {
	if err := all(ctx); err != nil {
		return taskq.TypeState{}, err
	}
	return t.client.LimitRunning(ctx, of, limit)
}

// Types is [taskq.Client.Types].
func (t Tasks) Types(ctx context.Context) ([]taskq.TypeState, error) { return t.client.Types(ctx) }

// Workers is [taskq.Client.Workers]. It is for everybody, because what is read of them is shared; the API shows them only
// to those who see everybody's tasks.
func (t Tasks) Workers(ctx context.Context) ([]taskq.Worker, error) { return t.client.Workers(ctx) }

// Stats is [taskq.Client.Stats].
func (t Tasks) Stats(ctx context.Context, q taskq.StatsQuery) (taskq.Stats, error) {
	if err := all(ctx); err != nil {
		return taskq.Stats{}, err
	}
	return t.client.Stats(ctx, q)
}

// NewStatsWatcher is [taskq.Client.NewStatsWatcher].
func (t Tasks) NewStatsWatcher(ctx context.Context, q taskq.StatsQuery, onlyNew bool, notify func()) (*taskq.StatsWatcher, error) {
	if err := all(ctx); err != nil {
		return nil, err
	}
	return t.client.NewStatsWatcher(q, onlyNew, notify)
}

// FeedHealth is [taskq.Client.FeedHealth].
func (t Tasks) FeedHealth(ctx context.Context) (taskq.FeedHealth, error) {
	if err := all(ctx); err != nil {
		return taskq.FeedHealth{}, err
	}
	return t.client.FeedHealth(ctx)
}

// NewWatcher is [taskq.Client.NewWatcher].
func (t Tasks) NewWatcher(ctx context.Context, f taskq.Filter, o taskq.WatchOptions, notify func()) (*taskq.Watcher, error) {
	f, err := ownFilter(ctx, f)
	if err != nil {
		return nil, err
	}
	return t.client.NewWatcher(ctx, f, o, notify)
}
