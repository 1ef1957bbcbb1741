package live

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
)

// socketCost is what many sockets of one system took.
type socketCost struct {
	connected  float64 // a second
	memory     float64 // KB a socket
	goroutines float64 // a socket; NaN: not Go
	half, last float64 // ms from the commit of one change to half of them, and to all
}

// sockets has as many clients watch as a busy dashboard of a large company has.
func (b *bench) sockets(ctx context.Context) error {
	n := harness.Pick(b.Quick, 1_000, 10_000)
	n = min(n, harness.FileLimit()-500)
	var costs []socketCost
	for _, s := range b.systems() {
		b.Logf("  %s: %d sockets", s.Name(), n)
		cost, err := b.measureSockets(ctx, s, n)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
		costs = append(costs, cost)
	}
	return b.reportSockets(n, costs)
}

func (b *bench) reportSockets(n int, costs []socketCost) error {
	atMost := func(bound float64) func(harness.Figure) harness.Figure {
		return func(f harness.Figure) harness.Figure { return f.AtMost(bound) }
	}
	for _, r := range []struct {
		name, unit string
		value      func(socketCost) float64
		target     func(harness.Figure) harness.Figure
		alone      bool
	}{
		{"connected", "sockets/s", func(c socketCost) float64 { return c.connected }, nil, false},
		{"memory of the server", "KB/socket", func(c socketCost) float64 { return c.memory }, atMost(30), false},
		{"goroutines of the server", "/socket", func(c socketCost) float64 { return c.goroutines }, atMost(3), true},
		{"one change to half of them", "ms", func(c socketCost) float64 { return c.half }, nil, false},
		{"one change to the last", "ms", func(c socketCost) float64 { return c.last }, atMost(400), false},
	} {
		var values []float64
		for _, c := range costs {
			values = append(values, r.value(c))
		}
		if r.alone {
			values = values[:1]
		}
		figure := harness.Figure{Name: fmt.Sprintf("%d sockets: %s", n, r.name), Unit: r.unit}
		if err := b.compare(figure, values, r.target); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measureSockets(ctx context.Context, s *system, n int) (c socketCost, err error) {
	if err := b.warm(ctx, s); err != nil {
		return c, err
	}
	memory, goroutines, err := b.occupied(ctx, s)
	if err != nil {
		return c, err
	}
	joined, err := b.crowd.Do(s.connect(n))
	if err != nil {
		return c, err
	}
	c.connected = float64(n) / joined.Took.Seconds()
	if err := b.reach(ctx, s, n); err != nil {
		return c, err
	}
	var half, last []float64
	for range harness.Pick(b.Quick, 5, 15) {
		spread, err := b.tell(ctx, s, n, 20*time.Second)
		if err != nil {
			return c, err
		}
		half, last = append(half, harness.Percentile(spread, 50)), append(last, harness.Percentile(spread, 100))
	}
	c.half, c.last = harness.Median(half), harness.Median(last)
	memoryNow, goroutinesNow, err := b.occupied(ctx, s)
	if err != nil {
		return c, err
	}
	c.memory = float64(memoryNow-memory) / float64(n) / 1000
	c.goroutines = float64(goroutinesNow-goroutines) / float64(n)
	if s != b.us {
		c.goroutines = math.NaN()
	}
	_, err = b.crowd.Do(crowd.Command{Op: "leave"})
	return c, err
}

// occupied is what the server holds.
func (b *bench) occupied(ctx context.Context, s *system) (memory int64, goroutines int, err error) {
	if s == b.us {
		goroutines, err = s.goroutines(ctx)
	}
	return s.memory(), goroutines, err
}

// warm has a few clients come, hear and go.
func (b *bench) warm(ctx context.Context, s *system) error {
	const few = 10
	if _, err := b.crowd.Do(s.connect(few)); err != nil {
		return err
	}
	if err := b.reach(ctx, s, few); err != nil {
		return err
	}
	_, err := b.crowd.Do(crowd.Command{Op: "leave"})
	return err
}

// reach makes changes until one arrives at all: a client isn't told from when on it watches.
func (b *bench) reach(ctx context.Context, s *system, n int) error {
	for attempt := range 10 {
		spread, err := b.tell(ctx, s, n, time.Duration(1+attempt)*time.Second)
		if err != nil {
			return err
		}
		if len(spread) == n {
			return nil
		}
	}
	return fmt.Errorf("changes do not arrive at all %d sockets", n)
}

// tell makes one change, and returns how long it took to each of those at which it arrived in time.
func (b *bench) tell(ctx context.Context, s *system, n int, patience time.Duration) ([]time.Duration, error) {
	mark := s.nextMark()
	committed, err := s.change(ctx, mark)
	if err != nil {
		return nil, err
	}
	seen, err := b.crowd.Do(crowd.Command{Op: "await", First: mark, Last: mark, Each: n, Timeout: patience})
	if err != nil {
		return nil, err
	}
	return delays(seen.Arrivals[0], committed), nil
}

// delays are never negative: the news of a commit can overtake its acknowledgement.
func delays(arrivals []int64, committed int64) []time.Duration {
	all := make([]time.Duration, len(arrivals))
	for i, at := range arrivals {
		all[i] = time.Duration(max(0, at-committed)) * time.Microsecond
	}
	return all
}
