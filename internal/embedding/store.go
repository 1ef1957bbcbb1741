package embedding

import (
	"context"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// OwnerKind says what a vector belongs to.
type OwnerKind string

// The kinds of owners.
const (
	Chunk   OwnerKind = "chunk"
	Product OwnerKind = "product"
)

// Vector is a vector to be stored for its owner.
type Vector struct {
	OwnerID       uuid.UUID
	ContentSHA256 []byte    // of the text, as the owner's table has it
	Values        []float32 // nil: take the stored vector of the same text
}

// Known returns which of the texts, named by their SHA-256, have a vector by this embedder already. The keys are the raw
// bytes of the sums.
func Known(ctx context.Context, q sqlx.QueryerContext, embedderID string, sums [][]byte) (map[string]bool, error) {
	var found [][]byte
	if err := sqlx.SelectContext(ctx, q, &found, selectKnown, embedderID, pq.Array(sums)); err != nil {
		return nil, fmt.Errorf("look up vectors of equal texts: %w", err)
	}
	known := make(map[string]bool, len(found))
	for _, sum := range found {
		known[string(sum)] = true
	}
	return known, nil
}

const selectKnown = `
SELECT DISTINCT content_sha256
FROM embeddings
WHERE embedder_id = $1
  AND content_sha256 = ANY($2)`

// Write stores vectors in the caller's transaction, replacing those that their owners had from this embedder. They should
// come in the order of their owners' ids, so that two writers cannot deadlock. A vector without values is left out when
// no text is stored that equals its own.
func Write(ctx context.Context, tx *sqlx.Tx, kind OwnerKind, embedderID string, vectors []Vector) error {
	owners := make([]string, len(vectors))
	sums := make([][]byte, len(vectors))
	literals := make([]*string, len(vectors))
	for i, v := range vectors {
		owners[i], sums[i] = v.OwnerID.String(), v.ContentSHA256
		if v.Values != nil {
			literal := arrayLiteral(v.Values)
			literals[i] = &literal
		}
	}
	if _, err := tx.ExecContext(ctx, upsertVectors, kind, embedderID, pq.Array(owners), pq.Array(sums), pq.Array(literals)); err != nil {
		return fmt.Errorf("store vectors: %w", err)
	}
	return nil
}

// Each vector travels as the text of an array: unnest would flatten an array of arrays. Materialized, because the planner
// would otherwise parse every one twice, for the test and for the row.
const upsertVectors = `
WITH filled AS MATERIALIZED (
    SELECT w.owner_id, w.content_sha256, COALESCE(w.embedding::real[], (
        SELECT e.embedding
        FROM embeddings e
        WHERE e.embedder_id = $2
          AND e.content_sha256 = w.content_sha256
        LIMIT 1)) AS embedding
    FROM unnest($3::uuid[], $4::bytea[], $5::text[]) AS w (owner_id, content_sha256, embedding))
INSERT INTO embeddings (owner_kind, owner_id, embedder_id, content_sha256, embedding)
SELECT $1, owner_id, $2, content_sha256, embedding
FROM filled
WHERE embedding IS NOT NULL
ON CONFLICT (owner_kind, owner_id, embedder_id) DO UPDATE
SET content_sha256 = EXCLUDED.content_sha256,
    embedding = EXCLUDED.embedding,
    created_at = now()`

// arrayLiteral writes a vector as PostgreSQL's real[], each number as short as it can be read back exactly.
func arrayLiteral(values []float32) string {
	b := make([]byte, 0, 2+12*len(values))
	b = append(b, '{')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(v), 'g', -1, 32)
	}
	return string(append(b, '}'))
}
