package graph

import (
	"context"

	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

// GenerateEmbeddings is the resolver for the generateEmbeddings field.
func (r *mutationResolver) GenerateEmbeddings(
	ctx context.Context, input GenerateEmbeddingsInput,
) (*GenerateEmbeddingsPayload, error) {
	ids, err := toIDs(embeddingKind(input.Target), "ids", input.Ids)
	var enqueued taskq.Enqueued
	if err == nil {
		enqueued, err = r.embeddings.Generate(ctx, embedding.GenerateInput{
			Arguments: embedding.Arguments{Target: input.Target, IDs: ids},
			Priority:  input.Priority, IdempotencyKey: value(input.IdempotencyKey),
		})
	}
	task, refused, err := outcome(enqueued, err)
	return &GenerateEmbeddingsPayload{Task: task, UserErrors: refused}, err
}

// embeddingKind is the kind of things that a target means; of ALL, there is none whose ids could be given.
func embeddingKind(target embedding.Target) globalid.Kind {
	if target == embedding.TargetProducts {
		return globalid.Product
	}
	return globalid.Chunk
}
