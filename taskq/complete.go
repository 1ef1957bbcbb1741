package taskq

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// maxBatch limits one statement of the completer and the progress writer.
const maxBatch = 2_000

// completer writes completions in batches, as a database groups commits: while one batch is being written, the next one
// gathers, so that a lone completion is written at once and many share a commit. At most Config.MaxRunning wait: each
// holds its slot until it is durable.
type completer struct {
	*worker
	bell     doorbell
	stopping chan struct{} // closed by stop

	mu      sync.Mutex // protects waiting
	waiting []*Attempt
}

func (c *completer) init(w *worker) {
	c.worker, c.bell, c.stopping = w, newDoorbell(), make(chan struct{})
}

func (c *completer) complete(a *Attempt) {
	c.mu.Lock()
	c.waiting = append(c.waiting, a)
	c.mu.Unlock()
	c.bell.ring()
}

// run writes until stop, and then what still waits.
func (c *completer) run(ctx context.Context) {
	session := c.session()
	defer session.close()
	for {
		select {
		case <-c.bell.c:
			c.flush(ctx, session)
		case <-c.stopping:
			c.flush(ctx, session)
			return
		}
	}
}

func (c *completer) stop() { close(c.stopping) }

func (c *completer) flush(ctx context.Context, s *session) {
	for batch := c.take(); len(batch) > 0; batch = c.take() {
		sortByID(batch)
		c.write(ctx, s, batch)
	}
}

func (c *completer) take() []*Attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), maxBatch)
	batch := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	return batch
}

// write frees the slots of a batch when it is durable.
func (c *completer) write(ctx context.Context, s *session, batch []*Attempt) {
	c.untilDurable(ctx, s, batch)
	c.settle(batch)
}

// untilDurable repeats until the database has answered; see untilWritten for why it does not give up. One result that the
// database refuses must not hold up the others: that task fails.
func (c *completer) untilDurable(ctx context.Context, s *session, batch []*Attempt) {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := complete(ctx, s, c.worker.id, batch)
		switch {
		case err == nil:
			return
		case isDataError(err) && len(batch) == 1:
			c.refuse(ctx, batch[0], err)
			return
		case isDataError(err):
			for i := range batch {
				c.untilDurable(ctx, s, batch[i:i+1])
			}
			return
		}
		c.log.Error("completions cannot be written; trying again", "count", len(batch), "error", err)
		if !c.sleep(wait) {
			return
		}
	}
}

func (c *completer) refuse(ctx context.Context, a *Attempt, err error) {
	message := cut("The result cannot be stored: "+err.Error(), maxErrorLength)
	c.untilWritten(ctx, a, func(ctx context.Context, s *session) error { return fail(ctx, s, a, message, "", nil) })
}

// settle frees the slots of a batch.
func (c *completer) settle(batch []*Attempt) {
	c.worker.mu.Lock()
	for _, a := range batch {
		c.forget(a)
	}
	c.worker.mu.Unlock()
	c.release(len(batch))
}

func sortByID(batch []*Attempt) {
	slices.SortFunc(batch, func(a, b *Attempt) int { return compareIDs(a.ID, b.ID) })
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

// isDataError reports whether the database refused a value, so that repeating the statement cannot help.
func isDataError(err error) bool {
	var refused *pq.Error
	if !errors.As(err, &refused) {
		return false
	}
	class := refused.Code.Class()
	return class == "22" || class == "23"
}
