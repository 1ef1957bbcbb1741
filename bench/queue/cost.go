package queue

import (
	"context"
	"time"

	"github.com/taskwire/taskwire/bench/peers"
)

// costed records how fast a run was, and what a task of it cost.
func (b *bench) costed(ctx context.Context, p peers.Peer, name string, put record, work func() (peers.Run, error)) error {
	var run peers.Run
	cost, err := p.Database().Measure(ctx, func() (err error) {
		run, err = work()
		return err
	})
	if err != nil {
		return err
	}
	tasks := float64(run.Tasks)
	put(name, run.PerSecond())
	put(name+": client CPU", micros(run.CPU)/tasks)
	put(name+": server CPU", micros(cost.Server)/tasks)
	put(name+": WAL", float64(cost.WAL)/tasks)
	put(name+": dead rows after", float64(cost.DeadRows))
	return nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func (b *bench) tellCosts(r results, name string) error {
	for _, c := range []struct{ suffix, unit string }{
		{": client CPU", "µs/task"}, {": server CPU", "µs/task"}, {": WAL", "bytes/task"}, {": dead rows after", "rows"},
	} {
		if err := b.tell(r, name+c.suffix, c.unit, nil); err != nil {
			return err
		}
	}
	return nil
}
