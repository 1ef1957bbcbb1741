package taskq

import (
	"context"
	"sync"
	"time"
)

// progressWriter writes the latest progress of all attempts of this process together, at most once an interval. An
// attempt stands in line once, however often it reports, so memory is bounded by the attempts that run.
type progressWriter struct {
	*worker
	bell     doorbell
	stopping chan struct{} // closed by stop

	mu   sync.Mutex // protects line
	line []*Attempt // those with something to write
}

// progressWrite is what is written of one attempt.
type progressWrite struct {
	attempt *Attempt
	state   progressState
}

func (p *progressWriter) init(w *worker) {
	p.worker, p.bell, p.stopping = w, newDoorbell(), make(chan struct{})
}

func (p *progressWriter) notice(a *Attempt) {
	p.mu.Lock()
	p.line = append(p.line, a)
	p.mu.Unlock()
	p.bell.ring()
}

// run writes the first report at once, and those that come within the interval at its end: the last one is always
// written.
func (p *progressWriter) run(ctx context.Context) {
	session := p.session()
	defer session.close()
	pause := time.NewTimer(0)
	defer pause.Stop()
	failures := 0 // in a row
	for {
		select {
		case <-pause.C:
		case <-p.stopping:
			return
		}
		select {
		case <-p.bell.c:
			if p.flush(ctx, session) {
				failures = 0
			} else {
				failures++
			}
			pause.Reset(min(p.timing.progress<<min(failures, 6), 5*time.Second))
		case <-p.stopping:
			return
		}
	}
}

func (p *progressWriter) stop() { close(p.stopping) }

// flush writes those that stand in line when it begins, and reports whether all could be written. Those that come
// meanwhile wait for the next interval: a thousand busy tasks would keep it writing without a pause.
func (p *progressWriter) flush(ctx context.Context, s *session) bool {
	for left := p.waiting(); left > 0; {
		batch := p.take(left)
		left -= len(batch)
		if !p.write(ctx, s, batch) {
			return false
		}
	}
	return true
}

func (p *progressWriter) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.line)
}

func (p *progressWriter) take(limit int) []*Attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.line), limit, maxBatch)
	batch := p.line[:n:n]
	p.line = p.line[n:]
	return batch
}

// write tells attempts that were lost or are to be cancelled. What could not be written waits for the next flush.
func (p *progressWriter) write(ctx context.Context, s *session, batch []*Attempt) bool {
	sortByID(batch)
	writes := make([]progressWrite, 0, len(batch))
	for _, a := range batch {
		if state, dirty := a.takeProgress(); dirty {
			writes = append(writes, progressWrite{a, state})
		}
	}
	if len(writes) == 0 {
		return true
	}
	answers, err := writeProgress(ctx, s, writes)
	if err != nil {
		p.log.Warn("progress cannot be written; trying again", "count", len(writes), "error", err)
	}
	for _, w := range writes {
		cancelled, owned := answers[w.attempt.ID]
		switch {
		case err != nil:
			p.again(w.attempt)
		case !owned:
			w.attempt.cancel(ErrLeaseLost)
		case cancelled:
			w.attempt.cancel(ErrCancelRequested)
		}
	}
	return err == nil
}

// again puts an attempt back in line, unless it reported anew meanwhile and stands there already, or has ended.
func (p *progressWriter) again(a *Attempt) {
	a.mu.Lock()
	wasDirty := a.progress.dirty
	a.progress.dirty = true
	a.mu.Unlock()
	p.worker.mu.Lock()
	runs := p.running[a.ID] == a
	p.worker.mu.Unlock()
	if !wasDirty && runs {
		p.notice(a)
	}
}

// flushOne writes the last report of an attempt that ends without completing. Its loss is no error: the end matters more.
func (p *progressWriter) flushOne(ctx context.Context, a *Attempt) {
	state, dirty := a.takeProgress()
	if !dirty {
		return
	}
	err := p.ends.use(func(s *session) error {
		_, err := writeProgress(context.WithoutCancel(ctx), s, []progressWrite{{a, state}})
		return err
	})
	if err != nil {
		p.log.Warn("the last progress of an attempt cannot be written", "task", a.ID, "error", err)
	}
}
