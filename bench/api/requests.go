package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

const clients = 8

// load is what eight clients ask for.
type load struct {
	name  string
	tasks func(client int) int // that a client wants at once
}

// loads: those who ask for the same share runs of ours, and others do not.
func loads() []load {
	return []load{
		{fmt.Sprintf("tasks(first: %d), 8 clients", pageSize), func(int) int { return pageSize }},
		{fmt.Sprintf("tasks(first: %d to %d), 8 clients, each its own", pageSize-clients+1, pageSize), func(client int) int { return pageSize - client }},
	}
}

// requests has eight clients ask each server in turn for the first page, as fast as they get it.
func (b *bench) requests(ctx context.Context) error {
	if err := b.start(ctx); err != nil {
		return err
	}
	for i, l := range loads() {
		b.Logf("  %s", l.name)
		f, err := b.measure(ctx, &l)
		if err != nil {
			return err
		}
		if i == 0 && f.Peer != "" {
			f = f.RatioAtLeast(3)
		}
		if err := b.Report(f); err != nil {
			return err
		}
	}
	return nil
}

// measure returns how many requests a second each server answers.
func (b *bench) measure(ctx context.Context, l *load) (harness.Figure, error) {
	perSecond := make([][]float64, len(b.servers))
	duration := harness.Pick(b.Quick, time.Second, 5*time.Second)
	for range b.Rounds {
		for i, s := range b.servers {
			if _, err := s.ask(ctx, l, duration/4); err != nil { // warm up
				return harness.Figure{}, err
			}
			cpu := harness.TreeCPU(s.PID())
			n, err := s.ask(ctx, l, duration)
			if err != nil {
				return harness.Figure{}, err
			}
			cpu = harness.TreeCPU(s.PID()) - cpu
			perSecond[i] = append(perSecond[i], float64(n)/duration.Seconds())
			b.Logf("  %-16s %8.0f requests/s, %.2f ms of its processor each", s.Name(), float64(n)/duration.Seconds(), cpu.Seconds()*1_000/float64(n))
		}
	}
	f := harness.Figure{Name: l.name, Unit: "requests/s", Value: harness.Median(perSecond[0])}
	if len(perSecond) > 1 {
		f = f.Against(peers.Postgraphile, harness.Median(perSecond[1]))
	}
	return f, nil
}

// ask returns how many answers the clients got.
func (s *server) ask(ctx context.Context, l *load, duration time.Duration) (int64, error) {
	var answered atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	end := time.Now().Add(duration)
	for client := range clients {
		group.Go(func() error {
			n, err := s.askUntil(ctx, end, l.tasks(client))
			answered.Add(n)
			if err != nil {
				return fmt.Errorf("asking %s: %w", s.Name(), err)
			}
			return nil
		})
	}
	err := group.Wait()
	return answered.Load(), err
}

// askUntil asks for so many tasks again and again, and holds that each answer has as many.
func (s *server) askUntil(ctx context.Context, end time.Time, tasks int) (answered int64, err error) {
	body, err := json.Marshal(map[string]string{"query": fmt.Sprintf(s.query, tasks)})
	if err != nil {
		return 0, err
	}
	c, err := dial(ctx, s.URL("http"), body)
	if err != nil {
		return 0, err
	}
	defer c.Close()                                      //nolint:errcheck // nobody is to read what is left
	defer context.AfterFunc(ctx, func() { c.Close() })() //nolint:errcheck // ends a read
	var checked []byte
	for time.Now().Before(end) {
		text, err := c.ask()
		if err != nil {
			return answered, err
		}
		answered++
		if bytes.Equal(text, checked) { // nothing changes in the table
			continue
		}
		if n := bytes.Count(text, []byte(`"createdAt"`)); n != tasks {
			return answered, fmt.Errorf("it answered with %d tasks, not %d: %.500s", n, tasks, text)
		}
		checked = bytes.Clone(text)
	}
	return answered, nil
}
