package graph

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

// Task is the resolver for the task field.
func (r *queryResolver) Task(ctx context.Context, id string) (*Task, error) {
	taskID, ok := globalid.Find(globalid.Task, id)
	if !ok {
		return nil, nil //nolint:nilnil // the schema says: null when there is none
	}
	return r.findTask(ctx, taskID)
}

// findTask returns nil when there is no such task.
func (r *Resolver) findTask(ctx context.Context, id uuid.UUID) (*Task, error) {
	task, err := r.tasks.Get(ctx, id)
	switch {
	case errors.Is(err, taskq.ErrNotFound):
		return nil, nil //nolint:nilnil // the schema says: null when there is none
	case err != nil:
		return nil, err
	}
	return &Task{&task}, nil
}

// Tasks is the resolver for the tasks field.
func (r *queryResolver) Tasks(
	ctx context.Context, first *int, after *string, last *int, before *string, filter *TaskFilter, orderBy *TaskOrder,
) (*TaskConnection, error) {
	f, err := toFilter(filter)
	if err != nil {
		return nil, err
	}
	page := toPage(first, after, last, before)
	page.Columns = columnsOfTasks(ctx)
	slice, err := r.tasks.List(ctx, f, toOrder(orderBy), page)
	if err != nil {
		return nil, err
	}
	return toTaskConnection(slice, func(ctx context.Context) (int, error) { return r.tasks.Count(ctx, f, maxCount+1) }), nil
}

// WaitingFor is the resolver for the waitingFor field.
func (r *taskResolver) WaitingFor(ctx context.Context, obj *Task) (*taskq.WaitReason, error) {
	if obj.Status != taskq.Pending {
		return nil, nil //nolint:nilnil // the schema says: null unless it is PENDING
	}
	types, err := loadersOf(ctx).types()
	if err != nil {
		return nil, err
	}
	reason, _ := obj.WaitingFor(r.now(), types[obj.Type].Paused)
	return &reason, nil
}

// EstimatedCompletionAt is the resolver for the estimatedCompletionAt field.
func (r *taskResolver) EstimatedCompletionAt(ctx context.Context, obj *Task) (*time.Time, error) {
	if obj.Status != taskq.Running {
		return nil, nil //nolint:nilnil // the schema says: null unless it is RUNNING
	}
	types, err := loadersOf(ctx).types()
	if err != nil {
		return nil, err
	}
	if at, ok := obj.EstimateCompletion(r.now(), types[obj.Type]); ok {
		return &at, nil
	}
	return nil, nil //nolint:nilnil // the schema says: null when too little is known
}

// Stalled is the resolver for the stalled field.
func (r *taskResolver) Stalled(ctx context.Context, obj *Task) (bool, error) {
	if obj.Status != taskq.Running {
		return false, nil
	}
	types, err := loadersOf(ctx).types()
	return err == nil && obj.IsStalled(r.now(), types[obj.Type]), err
}

// Worker is the resolver for the worker field.
func (r *taskResolver) Worker(ctx context.Context, obj *Task) (*Worker, error) {
	if obj.WorkerID == nil {
		return nil, nil //nolint:nilnil // the schema says: null unless it is RUNNING
	}
	return findWorker(ctx, *obj.WorkerID)
}

// DependsOn is the resolver for the dependsOn field.
func (r *taskResolver) DependsOn(
	ctx context.Context, obj *Task, first *int, after *string, last *int, before *string,
) (*TaskConnection, error) {
	return related(ctx, obj, toPage(first, after, last, before), r.tasks.DependsOn)
}

// Dependents is the resolver for the dependents field.
func (r *taskResolver) Dependents(
	ctx context.Context, obj *Task, first *int, after *string, last *int, before *string,
) (*TaskConnection, error) {
	return related(ctx, obj, toPage(first, after, last, before), r.tasks.Dependents)
}

type listRelated func(context.Context, uuid.UUID, taskq.Page) (taskq.Slice[taskq.Task], error)

func related(ctx context.Context, obj *Task, page taskq.Page, list listRelated) (*TaskConnection, error) {
	page.Columns = columnsOfTasks(ctx)
	slice, err := list(ctx, obj.Task.ID, page)
	if err != nil {
		return nil, err
	}
	return toTaskConnection(slice, func(ctx context.Context) (int, error) { return countRelated(ctx, obj, list) }), nil
}

// countRelated pages through what depends on a task or what it depends on: seldom more than a page.
func countRelated(ctx context.Context, obj *Task, list listRelated) (int, error) {
	count, page := 0, taskq.Page{First: taskq.MaxPageSize, Columns: []string{}}
	for count <= maxCount {
		slice, err := list(ctx, obj.Task.ID, page)
		if err != nil {
			return 0, err
		}
		count += len(slice.Items)
		if !slice.HasNext {
			return count, nil
		}
		page.After = slice.Cursors[len(slice.Cursors)-1]
	}
	return maxCount + 1, nil
}

// History is the resolver for the history field.
func (r *taskResolver) History(
	ctx context.Context, obj *Task, first *int, after *string, last *int, before *string,
) (*TaskEventConnection, error) {
	slice, err := r.tasks.History(ctx, obj.Task.ID, toPage(first, after, last, before))
	if err != nil {
		return nil, err
	}
	return toTaskEventConnection(slice), nil
}

// CreateTask is the resolver for the createTask field.
func (r *mutationResolver) CreateTask(ctx context.Context, input CreateTaskInput) (*CreateTaskPayload, error) {
	task, err := toNewTask(&input, "", nil)
	if err == nil {
		err = r.resolveDocument(ctx, &task, "")
	}
	var enqueued taskq.Enqueued
	if err == nil {
		enqueued, err = r.tasks.Enqueue(ctx, task)
	}
	created, refused, err := outcome(enqueued, err)
	return &CreateTaskPayload{Task: created, Duplicate: enqueued.Duplicate, UserErrors: refused}, err
}

// CreateTasks is the resolver for the createTasks field.
func (r *mutationResolver) CreateTasks(ctx context.Context, input CreateTasksInput) (*CreateTasksPayload, error) {
	tasks, err := toNewTasks(input.Tasks)
	for i := 0; err == nil && i < len(tasks); i++ {
		err = r.resolveDocument(ctx, &tasks[i], fmt.Sprintf("tasks.%d.", i))
	}
	var enqueued []taskq.Enqueued
	if err == nil {
		enqueued, err = r.tasks.EnqueueMany(ctx, tasks)
	}
	err = ofBatch(err)
	refused, err := userErrors(err)
	return &CreateTasksPayload{Tasks: toTasks(enqueued), UserErrors: refused}, err
}

// CancelTasks is the resolver for the cancelTasks field.
func (r *mutationResolver) CancelTasks(ctx context.Context, input CancelTasksInput) (*TaskBulkPayload, error) {
	bulk := taskq.Bulk{Action: taskq.ActionCancel, Reason: value(input.Reason)}
	return r.operate(ctx, input.Ids, input.Filter, bulk)
}

// RetryTasks is the resolver for the retryTasks field.
func (r *mutationResolver) RetryTasks(ctx context.Context, input RetryTasksInput) (*TaskBulkPayload, error) {
	bulk := taskq.Bulk{Action: taskq.ActionRetry, Reason: value(input.Reason)}
	return r.operate(ctx, input.Ids, input.Filter, bulk)
}

// SetTaskPriority is the resolver for the setTaskPriority field.
func (r *mutationResolver) SetTaskPriority(ctx context.Context, input SetTaskPriorityInput) (*TaskBulkPayload, error) {
	bulk := taskq.Bulk{Action: taskq.ActionSetPriority, Priority: input.Priority, Reason: value(input.Reason)}
	return r.operate(ctx, input.Ids, input.Filter, bulk)
}

// DeleteTasks is the resolver for the deleteTasks field.
func (r *mutationResolver) DeleteTasks(ctx context.Context, input DeleteTasksInput) (*TaskBulkPayload, error) {
	bulk := taskq.Bulk{Action: taskq.ActionDelete, Reason: value(input.Reason)}
	return r.operate(ctx, input.Ids, input.Filter, bulk)
}

// operate acts on tasks that are selected by their ids or by a filter.
func (r *mutationResolver) operate(
	ctx context.Context, ids []string, filter *TaskFilter, bulk taskq.Bulk,
) (*TaskBulkPayload, error) {
	s, err := toSelection(ids, filter)
	var done taskq.BulkOutcome
	if err == nil {
		bulk.Filter = s.filter
		done, err = r.tasks.Bulk(ctx, bulk)
	}
	if err != nil {
		refused, err := userErrors(err)
		return &TaskBulkPayload{Results: []*TaskBulkResult{}, UserErrors: refused}, err
	}
	return toBulkPayload(s, done), nil
}

// TaskUpdated is the resolver for the taskUpdated field.
func (r *subscriptionResolver) TaskUpdated(
	ctx context.Context, filter *TaskFilter, after *string, snapshot bool,
) (<-chan *TaskUpdate, error) {
	f, err := toFilter(filter)
	if err != nil {
		return nil, err
	}
	updates, err := transport.Stream(ctx, transport.Source[*TaskUpdate]{
		OwnArguments: []string{"after", "snapshot"},
		Open: func(ctx context.Context, own bool, notify func()) (transport.Feed[*TaskUpdate], error) {
			options := taskq.WatchOptions{}
			if own {
				options = taskq.WatchOptions{After: value(after), Snapshot: snapshot}
			}
			w, err := r.tasks.NewWatcher(ctx, f, options, notify)
			return taskFeed{w}, err
		},
	})
	return updates, comeAgain(ctx, err)
}
