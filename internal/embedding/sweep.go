package embedding

import (
	"context"

	"github.com/google/uuid"
)

// Owners are what vectors of one kind belong to.
type Owners interface {
	// Kind is theirs.
	Kind() OwnerKind
	// Sweep deletes, of the next limit vectors of its kind from an owner on, those that are older than a day and have no owner
	// any more. It returns the last owner it has looked at, or none when it has looked at all, and how many it deleted.
	Sweep(ctx context.Context, from uuid.UUID, limit int) (last uuid.UUID, removed int, err error)
}

// Sweeper deletes the vectors of what is gone.
type Sweeper struct {
	owners []Owners
	from   map[OwnerKind]uuid.UUID // where the next call begins
}

// NewSweeper returns a sweeper of the vectors of all of these.
func NewSweeper(owners ...Owners) *Sweeper {
	return &Sweeper{owners: owners, from: map[OwnerKind]uuid.UUID{}}
}

// sweepBatch limits the vectors of a kind that one call looks at.
const sweepBatch = 5_000

// Sweep looks at the next vectors of each kind, after the last ones at the first again, and returns how many it deleted.
func (s *Sweeper) Sweep(ctx context.Context) (removed int, err error) {
	for _, o := range s.owners {
		last, n, err := o.Sweep(ctx, s.from[o.Kind()], sweepBatch)
		if err != nil {
			return removed, err
		}
		s.from[o.Kind()] = last
		removed += n
	}
	return removed, nil
}
