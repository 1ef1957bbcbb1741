package taskq

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// MaxResultBytes limits what [Attempt.SetResult] takes, encoded.
const MaxResultBytes = 1 << 20

const maxProgressMessage = 500 // characters; longer ones are cut

// Attempt is one attempt at a task: what a handler gets. Its methods are safe for concurrent use. The embedded Task is as
// it was when claimed.
type Attempt struct {
	Task

	store  store
	log    *slog.Logger
	notice func(*Attempt)            // tells the progress writer that there is something to write
	step   func(Type, time.Duration) // tells how long it took to get on
	cancel context.CancelCauseFunc   // of the handler's context

	mu       sync.Mutex // protects the rest
	progress progressState
	stepped  time.Time // when the progress last changed
	result   []byte    // JSON; nil: none
}

// progressState is the latest progress, and whether it is yet to be written.
type progressState struct {
	percent int
	message string
	dirty   bool
}

// Progress reports how far the work is, in percent, and what it is at. It is cheap: the latest values are written at most
// ten times a second, and the last ones always are. Values are held to 0..99 (100 is for completed tasks) and never
// fall within an attempt.
func (a *Attempt) Progress(percent int, message string) {
	percent = max(0, min(percent, 99))
	message = cut(message, maxProgressMessage)
	a.mu.Lock()
	next := progressState{percent: max(percent, a.progress.percent), message: message, dirty: true}
	unchanged := next.percent == a.progress.percent && next.message == a.progress.message
	wasDirty := a.progress.dirty
	var took time.Duration
	if !unchanged {
		a.progress = next
		took, a.stepped = time.Since(a.stepped), time.Now()
	}
	a.mu.Unlock()
	if took > 0 {
		a.step(a.Type, took)
	}
	if !unchanged && !wasDirty {
		a.notice(a)
	}
}

// takeProgress returns the progress that is yet to be written, and takes it for written.
func (a *Attempt) takeProgress() (progressState, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.progress
	a.progress.dirty = false
	return taken, taken.dirty
}

// SetResult keeps v, encoded as JSON, as the task's result once the handler returns nil. Errors: [*InvalidError] when v
// does not encode or is longer than MaxResultBytes.
func (a *Attempt) SetResult(v any) error {
	encoded, err := json.Marshal(v)
	switch {
	case err != nil:
		return invalid("result", "must encode to JSON: "+err.Error())
	case len(encoded) > MaxResultBytes:
		return invalid("result", fmt.Sprintf("must be at most %d bytes of JSON", MaxResultBytes))
	case !storableJSON(encoded):
		return invalid("result", unstorableJSON)
	}
	a.mu.Lock()
	a.result = encoded
	a.mu.Unlock()
	return nil
}

// Tx runs fn in a transaction that commits only while this attempt still owns its task: what fn writes is there exactly
// if the lease was valid at the commit, so a task that ran twice has the effect of one. Errors: [ErrLeaseLost], else
// fn's error or the commit's. fn must not change the task itself.
func (a *Attempt) Tx(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	return a.store.fencedTx(ctx, a.ID, a.Lease, fn)
}

// Logger returns a logger that names the task.
func (a *Attempt) Logger() *slog.Logger {
	return a.log.With("task", a.ID, "type", a.Type, "attempt", a.Attempt)
}

// cut shortens s to n runes and makes it storable.
func cut(s string, n int) string {
	if len(s) <= n && storableText(s) {
		return s
	}
	kept := make([]rune, 0, n)
	for _, r := range s {
		if len(kept) == n-1 {
			kept = append(kept, '…')
			break
		}
		if r != 0 {
			kept = append(kept, r)
		}
	}
	return string(kept)
}
