package graph

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

// Node is the resolver for the node field.
func (r *queryResolver) Node(ctx context.Context, id string) (Node, error) {
	nodes, err := r.Nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// Nodes is the resolver for the nodes field. It reads each kind at once.
func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]Node, error) {
	if len(ids) > taskq.MaxPageSize {
		return nil, &taskq.InvalidError{Field: "ids", Message: fmt.Sprintf("must be at most %d", taskq.MaxPageSize)}
	}
	wanted := map[globalid.Kind][]uuid.UUID{}
	for _, text := range ids {
		if k, id, ok := globalid.Parse(text); ok {
			wanted[k] = append(wanted[k], id)
		}
	}
	found := map[string]Node{}
	for k, find := range r.finders() {
		if len(wanted[k]) == 0 {
			continue
		}
		if err := find(ctx, wanted[k], func(id uuid.UUID, n Node) { found[globalid.New(k, id)] = n }); err != nil {
			return nil, err
		}
	}
	nodes := make([]Node, len(ids))
	for i, text := range ids {
		nodes[i] = found[text]
	}
	return nodes, nil
}

// finder passes on those of the ids that there are.
type finder func(ctx context.Context, ids []uuid.UUID, found func(uuid.UUID, Node)) error

func (r *Resolver) finders() map[globalid.Kind]finder {
	return map[globalid.Kind]finder{
		globalid.APIKey: r.findAPIKeys, globalid.Chunk: r.findChunks, globalid.Document: r.findDocuments, globalid.Product: r.findProducts, globalid.Task: r.findTasks,
		globalid.Worker: r.findWorkers,
	}
}

// findAPIKeys finds none for those who may not list them.
func (r *Resolver) findAPIKeys(ctx context.Context, ids []uuid.UUID, found func(uuid.UUID, Node)) error {
	if auth.Of(ctx).Role < auth.Admin {
		return nil
	}
	for _, id := range ids {
		key, err := r.keys.Get(ctx, id)
		switch {
		case err == nil:
			found(id, APIKey{&key})
		case !errors.Is(err, auth.ErrKeyNotFound):
			return err
		}
	}
	return nil
}

func (r *Resolver) findChunks(ctx context.Context, ids []uuid.UUID, found func(uuid.UUID, Node)) error {
	chunks, err := r.documents.ChunksByID(ctx, ids)
	for i := range chunks {
		found(chunks[i].ID, Chunk{&chunks[i]})
	}
	return err
}

func (r *Resolver) findDocuments(ctx context.Context, ids []uuid.UUID, found func(uuid.UUID, Node)) error {
	documents, err := r.documents.GetMany(ctx, ids)
	for i := range documents {
		found(documents[i].ID, Document{&documents[i]})
	}
	return err
}

func (r *Resolver) findProducts(ctx context.Context, ids []uuid.UUID, found func(uuid.UUID, Node)) error {
	for _, id := range ids {
		p, err := r.findProduct(ctx, id)
		if err != nil {
			return err
		}
		if p != nil {
			found(id, *p)
		}
	}
	return nil
}

func (r *Resolver) findTasks(ctx context.Context, ids []uuid.UUID, found func(uuid.UUID, Node)) error {
	tasks, err := r.tasks.GetMany(ctx, ids)
	for i := range tasks {
		found(tasks[i].ID, Task{&tasks[i]})
	}
	return err
}

func (r *Resolver) findWorkers(ctx context.Context, ids []uuid.UUID, found func(uuid.UUID, Node)) error {
	for _, id := range ids {
		worker, err := findWorker(ctx, id)
		if err != nil {
			return err
		}
		if worker != nil {
			found(id, *worker)
		}
	}
	return nil
}
