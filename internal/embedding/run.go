package embedding

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/taskq"
)

// run is one attempt at an EMBEDDING_GENERATION task.
type run struct {
	service *Service
	task    *taskq.Attempt
	sources []Source
	ids     []uuid.UUID
	result  Result
	done    int
	total   int // texts that were pending at the start
}

// all passes over every source until nothing is pending.
func (r *run) all(ctx context.Context) error {
	for _, source := range r.sources {
		count, err := source.Count(ctx, r.result.Embedder, r.ids)
		if err != nil {
			return err
		}
		r.total += count.Pending
		r.result.Unchanged += count.Total - count.Pending
	}
	for _, source := range r.sources {
		for pass := 0; pass < maxPasses; pass++ {
			found, err := r.pass(ctx, source)
			if err != nil {
				return err
			}
			if found == 0 {
				break
			}
		}
	}
	return nil
}

// pass embeds what is pending, in the order of ids, and returns how much that was.
func (r *run) pass(ctx context.Context, source Source) (int, error) {
	found := 0
	scope := Scope{EmbedderID: r.result.Embedder, IDs: r.ids, Limit: batchSize}
	for {
		items, err := source.Pending(ctx, scope)
		if err != nil || len(items) == 0 {
			return found, err
		}
		if err := r.batch(ctx, source.Kind(), items); err != nil {
			return found, err
		}
		found += len(items)
		scope.After = items[len(items)-1].OwnerID
	}
}

// batch embeds the texts that nobody embedded before and stores the vectors of all.
func (r *run) batch(ctx context.Context, kind OwnerKind, items []Item) error {
	sums := make([][]byte, len(items))
	for i, item := range items {
		sums[i] = item.ContentSHA256
	}
	known, err := Known(ctx, r.service.db, r.result.Embedder, sums)
	if err != nil {
		return err
	}
	fresh, err := r.embed(ctx, items, known)
	if err != nil {
		return err
	}
	vectors := make([]Vector, len(items))
	for i, item := range items {
		vectors[i] = Vector{OwnerID: item.OwnerID, ContentSHA256: item.ContentSHA256, Values: fresh[string(item.ContentSHA256)]}
	}
	err = r.task.Tx(ctx, func(tx *sqlx.Tx) error {
		return Write(ctx, tx, kind, r.result.Embedder, vectors)
	})
	if err != nil {
		return err
	}
	r.result.Embedded += len(fresh)
	r.result.Reused += len(items) - len(fresh)
	r.report(len(items))
	return nil
}

// embed returns the vectors of the distinct texts that are not known, by their sum.
func (r *run) embed(ctx context.Context, items []Item, known map[string]bool) (map[string][]float32, error) {
	var texts, sums []string
	seen := map[string]bool{}
	for _, item := range items {
		if sum := string(item.ContentSHA256); !known[sum] && !seen[sum] {
			seen[sum] = true
			texts, sums = append(texts, item.Text), append(sums, sum)
		}
	}
	vectors, err := r.service.embedder.Embed(ctx, texts, Passage)
	if err != nil {
		return nil, fmt.Errorf("embed %d texts: %w", len(texts), err)
	}
	fresh := make(map[string][]float32, len(sums))
	for i, sum := range sums {
		fresh[sum] = vectors[i]
	}
	return fresh, nil
}

func (r *run) report(items int) {
	r.done += items
	r.total = max(r.total, r.done) // texts may have been added meanwhile
	r.task.Progress(100*r.done/r.total, fmt.Sprintf("%d of %d texts have a vector", r.done, r.total))
}
