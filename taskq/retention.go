package taskq

import (
	"context"
	"fmt"
	"time"
)

// Retention says how long tasks are kept after they ended, by status. A status that is missing, or 0, keeps them for good:
// the full history is the promise, and deleting it is a choice. The events of a deleted task stay.
type Retention map[Status]time.Duration

// validate panics, like the other settings of [Config], for what can only be a mistake in the program.
func (r Retention) validate() {
	for status, age := range r {
		if !status.IsFinal() || age < 0 {
			panic(fmt.Sprintf("taskq: Retention of %s for %s: only COMPLETED, FAILED and CANCELLED tasks can be deleted", status, age))
		}
	}
}

// retentionBatch limits one transaction, so that deleting a million tasks holds up nobody.
const retentionBatch = 1_000

// retain deletes what is old enough, until a batch is not full.
func (w *worker) retain(ctx context.Context) {
	for status, age := range w.config.Retention {
		for n := retentionBatch; age > 0 && n == retentionBatch && ctx.Err() == nil; {
			var err error
			if n, err = w.store.deleteEnded(ctx, status, age, retentionBatch); err != nil {
				if ctx.Err() == nil {
					w.log.Warn("old tasks cannot be deleted; trying again later", "status", status, "error", err)
				}
				return
			}
			if n > 0 {
				w.log.Info("old tasks deleted", "status", status, "count", n)
			}
		}
	}
}
