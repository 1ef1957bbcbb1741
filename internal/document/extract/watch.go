package extract

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	memoryInterval = 50 * time.Millisecond

	// Compiling the PDF reader takes seconds, but minutes on a busy machine
	// with the race detector.
	prepareTimeout = 10 * time.Minute
)

// watch ends a child, by its context, that takes too long or too much memory.
// While the child prepares, which the file has no part in, only a long timeout holds.
type watch struct {
	cancel      context.CancelCauseFunc
	timeout     time.Duration
	memoryBytes int64
	isPreparing atomic.Bool
	timer       *time.Timer
	done        chan struct{}
	stopped     chan struct{}
}

// startWatch begins to watch the process of the given id.
func startWatch(pid int, timeout time.Duration, memoryBytes int64, cancel context.CancelCauseFunc) *watch {
	w := &watch{cancel: cancel, timeout: timeout, memoryBytes: memoryBytes, done: make(chan struct{}), stopped: make(chan struct{})}
	w.timer = time.AfterFunc(timeout, w.timedOut)
	go w.memory(pid)
	return w
}

// stop ends the watch and waits until it cancels no more.
func (w *watch) stop() {
	w.timer.Stop()
	close(w.done)
	<-w.stopped
}

// prepare is called when the child begins and when it ends preparing.
func (w *watch) prepare(isPreparing bool) {
	w.isPreparing.Store(isPreparing)
	if isPreparing {
		w.timer.Reset(prepareTimeout)
		return
	}
	w.timer.Reset(w.timeout)
}

func (w *watch) timedOut() {
	w.cancel(&Error{Code: CodeTimeout, Message: fmt.Sprintf("Reading the file took longer than %s. Split it into smaller files.", w.timeout)})
}

func (w *watch) memory(pid int) {
	defer close(w.stopped)
	ticker := time.NewTicker(memoryInterval)
	defer ticker.Stop()
	for {
		select {
		case <-w.done:
			return
		case <-ticker.C:
			resident, isKnown := residentBytes(pid)
			if isKnown && resident > w.memoryBytes && !w.isPreparing.Load() {
				w.cancel(tooLarge("Reading the file takes more than %d MB of memory. Split it into smaller files.", w.memoryBytes>>20))
				return
			}
		}
	}
}
