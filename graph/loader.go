package graph

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/taskq"
)

// loaders hold what many fields of one response need, read at most once. The tables of types and workers are small, so
// they are read whole.
type loaders struct {
	types   func() (map[taskq.Type]taskq.TypeState, error)
	workers func() (map[uuid.UUID]taskq.Worker, error)
	tasks   *taskLoader
}

type loadersKey struct{}

// withLoaders prepares a response. Those of queries and mutations read afresh: a client that has just paused a type sees
// so. Events come by the thousand, so they share what was read within the last second.
func (r *Resolver) withLoaders(ctx context.Context, isEvent bool) context.Context {
	l := &loaders{
		types:   sync.OnceValues(func() (map[taskq.Type]taskq.TypeState, error) { return r.loadTypes(ctx) }),
		workers: sync.OnceValues(func() (map[uuid.UUID]taskq.Worker, error) { return r.loadWorkers(ctx) }),
		tasks:   &taskLoader{load: r.tasks.GetMany, found: map[uuid.UUID]*Task{}},
	}
	if isEvent {
		l.types = func() (map[taskq.Type]taskq.TypeState, error) { return r.recent.types.get(ctx, r.loadTypes) }
		l.workers = func() (map[uuid.UUID]taskq.Worker, error) { return r.recent.workers.get(ctx, r.loadWorkers) }
	}
	return context.WithValue(ctx, loadersKey{}, l)
}

func loadersOf(ctx context.Context) *loaders {
	l, _ := ctx.Value(loadersKey{}).(*loaders)
	return l
}

func (r *Resolver) loadTypes(ctx context.Context) (map[taskq.Type]taskq.TypeState, error) {
	states, err := r.tasks.Types(ctx)
	return index(states, func(s *taskq.TypeState) taskq.Type { return s.Type }), err
}

func (r *Resolver) loadWorkers(ctx context.Context) (map[uuid.UUID]taskq.Worker, error) {
	workers, err := r.tasks.Workers(ctx)
	return index(workers, func(w *taskq.Worker) uuid.UUID { return w.ID }), err
}

func index[K comparable, T any](list []T, key func(*T) K) map[K]T {
	indexed := make(map[K]T, len(list))
	for i := range list {
		indexed[key(&list[i])] = list[i]
	}
	return indexed
}

// recentLoaders hold what events share.
type recentLoaders struct {
	types   recent[map[taskq.Type]taskq.TypeState]
	workers recent[map[uuid.UUID]taskq.Worker]
}

const recentFor = time.Second

// recent keeps a value for a second. While one caller reads it, the others wait.
type recent[T any] struct {
	mu    sync.Mutex
	value T         // guarded by mu
	until time.Time // guarded by mu
}

func (r *recent[T]) get(ctx context.Context, load func(context.Context) (T, error)) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Now().Before(r.until) {
		return r.value, nil
	}
	value, err := load(ctx)
	if err == nil {
		r.value, r.until = value, time.Now().Add(recentFor)
	}
	return value, err
}

// taskLoader reads tasks that were announced all at once, when the first of them is asked for. A list announces the tasks
// of its items, so that asking each item for its task costs one query for the list.
type taskLoader struct {
	load func(context.Context, []uuid.UUID) ([]taskq.Task, error)

	mu        sync.Mutex
	announced []uuid.UUID         // guarded by mu: not read yet
	found     map[uuid.UUID]*Task // guarded by mu: nil for one that does not exist
}

// announce says that a task may be asked for. nil announces nothing.
func (l *taskLoader) announce(id *uuid.UUID) {
	if id == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.found[*id]; !known {
		l.announced = append(l.announced, *id)
	}
}

// get returns nil for no id, and for a task that does not exist.
func (l *taskLoader) get(ctx context.Context, id *uuid.UUID) (*Task, error) {
	if id == nil {
		return nil, nil //nolint:nilnil // no id, no task
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if task, known := l.found[*id]; known {
		return task, nil
	}
	wanted := slices.Concat(l.announced, []uuid.UUID{*id})
	tasks, err := l.load(ctx, wanted)
	if err != nil {
		return nil, err
	}
	l.announced = nil
	for _, id := range wanted {
		l.found[id] = nil
	}
	for i := range tasks {
		l.found[tasks[i].ID] = &Task{&tasks[i]}
	}
	return l.found[*id], nil
}
