package embedding

import (
	"context"

	"github.com/google/uuid"
)

// Source tells what texts of one kind are to be embedded. The document and the product package each have one.
type Source interface {
	// Kind is what the vectors belong to.
	Kind() OwnerKind
	// Count tells how many texts there are and how many of them have no current vector by the embedder.
	Count(ctx context.Context, embedderID string, ids []uuid.UUID) (Count, error)
	// Pending returns the texts without a current vector, in the order of their owners' ids, those behind scope.After. None
	// may be blank. Look the vector up in a subquery, one owner at a time: while vectors are first being written, the
	// statistics say that there are none, and a join reads all of them for every owner.
	Pending(ctx context.Context, scope Scope) ([]Item, error)
}

// Count is how many texts a Source has.
type Count struct {
	Total   int `db:"total"`
	Pending int `db:"pending"` // have no current vector
}

// Scope bounds one question to a Source.
type Scope struct {
	EmbedderID string
	IDs        []uuid.UUID // of owners; empty: all
	After      uuid.UUID   // only owners with a greater id
	Limit      int
}

// Item is a text to be embedded.
type Item struct {
	OwnerID       uuid.UUID `db:"id"`
	Text          string    `db:"text"`
	ContentSHA256 []byte    `db:"content_sha256"`
}
