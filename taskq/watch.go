package taskq

import "context"

// WatchOptions tells [Client.Watch] where to begin.
type WatchOptions struct {
	After    string // a cursor of an earlier update: everything missed since is sent first; empty: from now on
	Snapshot bool   // without After: send the selected tasks as they stand first, at most MaxSnapshot of the newest
}

// MaxSnapshot limits the tasks that a watch begins with.
const MaxSnapshot = 1_000

// Watch sends the changes of the tasks that f selects until ctx ends, then closes the channel. Nothing is lost: a watcher
// that reads slowly gets the latest state of each task, never a stale one, and every final state. One that is thousands of
// tasks behind finds its channel closed, as at Stop, and comes back with the cursor of its last update. Of one task,
// versions only rise; across tasks no order is promised. Errors: [*InvalidError], [ErrCursorExpired].
func (c *Client) Watch(ctx context.Context, f Filter, o WatchOptions) (<-chan Update, error) {
	ready := newDoorbell()
	w, err := c.NewWatcher(ctx, f, o, ready.ring)
	if err != nil {
		return nil, err
	}
	out := make(chan Update)
	err = c.feed.deliver(func() {
		defer close(out)
		defer w.Stop()
		w.deliver(ctx, ready, out)
	})
	if err != nil {
		w.Stop()
		return nil, err
	}
	return out, nil
}

// deliver runs a goroutine for which the client's Stop waits.
func (f *feed) deliver(run func()) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open {
		return errNotStarted
	}
	f.deliveries.Go(run)
	return nil
}

// deliver sends what there is until ctx ends or the feed does.
func (w *Watcher) deliver(ctx context.Context, ready doorbell, out chan<- Update) {
	for {
		batch := w.Take()
		for i := range batch.Updates {
			select {
			case out <- batch.Updates[i]:
			case <-ctx.Done():
				return
			case <-w.ended:
				return
			}
		}
		select {
		case <-ready.c:
		case <-ctx.Done():
			return
		case <-w.ended:
			return
		}
	}
}
