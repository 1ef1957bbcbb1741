package peers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// pace stores tasks at a steady rate, each from a goroutine of its own, so that a slow call delays no other.
type pace struct {
	library
	rate    int             // tasks a second
	warm    int             // so many tasks at first do not count
	began   []time.Time     // when the call that stores the task was made
	started []time.Duration // from then to the start of its handler
	running sync.WaitGroup  // those that have not started
	sample  chan sampled    // one that was just stored; taken whenever the observer is free
}

type sampled struct {
	key   any
	began time.Time
}

const (
	warmUp   = 500 * time.Millisecond // connections are made, plans too
	patience = 30 * time.Second       // beyond the end, for the last tasks
)

func newPace(l library, rate int, d time.Duration) *pace {
	warm := int(warmUp.Seconds() * float64(rate))
	n := warm + int(d.Seconds()*float64(rate))
	p := &pace{
		library: l, rate: rate, warm: warm, began: make([]time.Time, n), started: make([]time.Duration, n), sample: make(chan sampled),
	}
	p.running.Add(n)
	return p
}

func (p *pace) run(ctx context.Context) (Latency, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(len(p.began))*time.Second/time.Duration(p.rate)+patience)
	defer cancel()
	stored := make(chan struct{})
	var latency Latency
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		latency.Done, err = p.observe(groupCtx, stored)
		return err
	})
	group.Go(func() error {
		defer close(stored)
		return p.store(groupCtx)
	})
	if err := group.Wait(); err != nil {
		return Latency{}, err
	}
	if err := p.awaitStarts(ctx); err != nil {
		return Latency{}, err
	}
	latency.Start = p.started[p.warm:]
	return latency, nil
}

func (p *pace) store(ctx context.Context) error {
	calls, ctx := errgroup.WithContext(ctx)
	first := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range p.began {
		timer.Reset(time.Until(first.Add(time.Duration(i) * time.Second / time.Duration(p.rate))))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return calls.Wait()
		}
		p.began[i] = time.Now()
		calls.Go(func() error { return p.storeOne(ctx, i) })
	}
	return calls.Wait()
}

func (p *pace) storeOne(ctx context.Context, i int) error {
	key, err := p.enqueue(ctx, i)
	if err != nil || i < p.warm {
		return err
	}
	select {
	case p.sample <- sampled{key, p.began[i]}:
	default: // the observer has another
	}
	return nil
}

// ran is called as the handler of a task starts.
func (p *pace) ran(number int) {
	p.started[number] = time.Since(p.began[number])
	p.running.Done()
}

// observe follows one task at a time until another connection sees that it has ended.
func (p *pace) observe(ctx context.Context, stored <-chan struct{}) ([]time.Duration, error) {
	var done []time.Duration
	for {
		select {
		case s := <-p.sample:
			if err := p.awaitDone(ctx, s.key); err != nil {
				return nil, err
			}
			done = append(done, time.Since(s.began))
		case <-stored:
			return done, nil
		}
	}
}

func (p *pace) awaitDone(ctx context.Context, key any) error {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		done, err := p.isDone(ctx, key)
		if err != nil || done {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for a task to end: %w", ctx.Err())
		}
	}
}

func (p *pace) awaitStarts(ctx context.Context) error {
	all := make(chan struct{})
	go func() { p.running.Wait(); close(all) }()
	select {
	case <-all:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for tasks to start: %w", ctx.Err())
	}
}
