package graph

import (
	"context"

	"github.com/taskwire/taskwire/internal/embedding"
)

// GenerateEmbeddings is the resolver for the generateEmbeddings field.
func (r *mutationResolver) GenerateEmbeddings(
	ctx context.Context, input GenerateEmbeddingsInput,
) (*GenerateEmbeddingsPayload, error) {
	ids, err := toIDs(embeddingKind(input.Target), "ids", input.Ids)
	if err != nil {
		refused, err := userErrors(err)
		return &GenerateEmbeddingsPayload{UserErrors: refused}, err
	}
	enqueued, err := r.embeddings.Generate(ctx, embedding.GenerateInput{
		Arguments: embedding.Arguments{Target: input.Target, IDs: ids},
		Priority:  input.Priority, IdempotencyKey: value(input.IdempotencyKey), CreatedBy: anonymous,
	})
	if err != nil {
		refused, err := userErrors(err)
		return &GenerateEmbeddingsPayload{UserErrors: refused}, err
	}
	return &GenerateEmbeddingsPayload{Task: &Task{&enqueued.Task}, UserErrors: []*UserError{}}, nil
}

// embeddingKind is the kind of things that a target means; of ALL, there is none whose ids could be given.
func embeddingKind(target embedding.Target) kind {
	if target == embedding.TargetProducts {
		return kindProduct
	}
	return kindChunk
}
