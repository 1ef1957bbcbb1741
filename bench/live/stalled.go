package live

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
)

// stalledSubscriptions on one socket fill the system's buffers within a few seconds.
const stalledSubscriptions = 50

// stall is what a client does that stops reading, and what the server then does.
type stall struct {
	gone     time.Duration   // until the server has cut it off; 0: never
	grown    int64           // bytes of the server's memory
	holding  int             // samples in which a LISTEN backend held back vacuum
	before   []time.Duration // to the others
	watching []time.Duration // likewise, while it stalls and after it has gone
}

// stalled has one client stop reading beside others that go on.
func (b *bench) stalled(ctx context.Context) error {
	s := b.us
	b.Logf("  %s: one of %d clients stops reading", s.Name(), watchers+1)
	found, err := b.measureStall(ctx, s)
	if err != nil {
		return err
	}
	const name = "a client that stops reading: "
	if found.gone == 0 {
		b.Logf("    it is still there")
		found.gone = time.Hour
	}
	for _, f := range []harness.Figure{
		harness.Figure{Name: name + "gone after", Unit: "s", Value: found.gone.Seconds()}.AtMost(15),
		harness.Figure{Name: name + "p99 of the others", Unit: "ms", Value: harness.Percentile(found.watching, 99)}.
			Against("before it stops", harness.Percentile(found.before, 99)).AtMost(60),
		harness.Figure{Name: name + "memory grown", Unit: "MB", Value: float64(found.grown) / 1e6}.AtMost(32),
		harness.Figure{Name: name + "LISTEN holds back vacuum", Unit: "samples", Value: float64(found.holding)}.AtMost(0),
	} {
		if err := b.Report(f); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measureStall(ctx context.Context, s *system) (found stall, err error) {
	if _, err := b.crowd.Do(s.connect(watchers)); err != nil {
		return found, err
	}
	if err := b.reach(ctx, s, watchers); err != nil {
		return found, err
	}
	const before = 3 * time.Second
	calm, err := b.watched(ctx, s, before, func(context.Context) {})
	if err != nil {
		return found, err
	}
	command := s.connect(stalledSubscriptions)
	command.Op = "stall"
	stalling, err := b.crowd.Do(command)
	if err != nil {
		return found, err
	}
	serverPort, errServer := strconv.Atoi(afterColon(s.Address))
	clientPort, errClient := strconv.Atoi(afterColon(stalling.Address))
	if errServer != nil || errClient != nil {
		return found, fmt.Errorf("no ports: %s, %s", s.Address, stalling.Address)
	}
	busy, err := b.watched(ctx, s, harness.Pick(b.Quick, 13*time.Second, 30*time.Second), func(ctx context.Context) {
		found.gone = untilGone(ctx, serverPort, clientPort)
	})
	if err != nil {
		return found, err
	}
	found.before, found.watching, found.holding, found.grown = calm.delays, busy.delays, busy.holding, max(0, busy.memory-calm.memory)
	_, err = b.crowd.Do(crowd.Command{Op: "leave"})
	return found, err
}

// untilGone returns how long it takes until the server has closed a connection; 0: longer than ctx.
func untilGone(ctx context.Context, server, client int) time.Duration {
	began := time.Now()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return 0
		case <-ticker.C:
			if !harness.IsConnected(server, client) {
				return time.Since(began)
			}
		}
	}
}

// sampled is what a server was like over a while of changes.
type sampled struct {
	delays  []time.Duration
	memory  int64 // at most
	holding int
}

// watched makes changes for a while, and looks at the server meanwhile.
func (b *bench) watched(ctx context.Context, s *system, d time.Duration, beside func(context.Context)) (sampled, error) {
	var found sampled
	sampling, stop := context.WithCancel(ctx)
	var samplers sync.WaitGroup
	samplers.Go(func() { found.memory, found.holding = s.sample(sampling) })
	samplers.Go(func() { beside(sampling) })
	p, err := s.run(ctx, busyRate, d)
	stop()
	samplers.Wait()
	if err != nil {
		return found, err
	}
	found.delays, err = b.latencies(p, 0, watchers, 5*time.Second)
	return found, err
}

const selectHolding = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND backend_xmin IS NOT NULL`

// sample returns the most memory that the server had, and how often a LISTEN backend held back vacuum.
func (s *system) sample(ctx context.Context) (memory int64, holding int) {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return memory, holding
		case <-ticker.C:
			memory = max(memory, s.memory())
			n := 0
			if s.database.GetContext(ctx, &n, selectHolding) == nil {
				holding += n
			}
		}
	}
}
