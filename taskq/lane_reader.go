package taskq

import (
	"context"
	"time"
)

// laneReader reads which lanes hold tasks, beside the fetcher and on a session of its own: a long snapshot keeps the index
// entries of tasks that were claimed, which this reading has to walk over, and no claim is to wait for that.
type laneReader struct {
	*worker
	asked doorbell // something rang, and it is in none of the lanes known
	read  chan []lane
}

func newLaneReader(w *worker) *laneReader {
	return &laneReader{worker: w, asked: newDoorbell(), read: make(chan []lane)}
}

const (
	laneGap   = 10 * time.Millisecond // the least time between two readings
	laneShare = 10                    // and at least so many times as long as a reading takes
)

// run reads at once, when asked and once a poll, until ctx ends.
func (r *laneReader) run(ctx context.Context) {
	s := r.session()
	defer s.close()
	for failed := false; ; {
		began := time.Now()
		lanes, err := readLanes(ctx, s, r.types())
		gap := max(laneGap, laneShare*time.Since(began))
		if err == nil {
			r.deliver(ctx, lanes)
		} else if ctx.Err() == nil && !failed {
			r.log.Error("the lanes of waiting tasks cannot be read; trying again", "error", err)
		}
		failed = err != nil
		if !r.pause(ctx, gap) {
			return
		}
	}
}

func (r *laneReader) deliver(ctx context.Context, lanes []lane) {
	select {
	case r.read <- lanes:
	case <-ctx.Done():
	}
}

// pause returns when the next reading is due. False: ctx ended.
func (r *laneReader) pause(ctx context.Context, gap time.Duration) bool {
	select {
	case <-time.After(gap):
	case <-ctx.Done():
		return false
	}
	select {
	case <-r.asked.c:
		return true
	case <-time.After(max(0, r.timing.poll-gap)):
		return true
	case <-ctx.Done():
		return false
	}
}
