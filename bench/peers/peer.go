// Package peers has the task systems that the benchmarks compare, each at its best settings, behind one interface.
package peers

import (
	"context"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
)

// Peer is a task system, set up in a database of its own, with one type of task that does nothing. Its methods are
// called one at a time.
type Peer interface {
	// Name is what the report calls it.
	Name() string
	// Database is its own.
	Database() *harness.Database
	// Clear removes all tasks.
	Clear(ctx context.Context) error
	// Bulk stores n tasks from one caller, in the batches that suit the system best.
	Bulk(ctx context.Context, n int) (Run, error)
	// Single stores one task a call from some callers at once.
	Single(ctx context.Context, callers int, d time.Duration) (Run, error)
	// Drain runs the n tasks that are stored, from the start of the workers until every end is durable, and stops them.
	Drain(ctx context.Context, n int) (Run, error)
	// Flow stores one task a call from some callers at once while the workers run, until all that was stored has ended.
	Flow(ctx context.Context, callers int, d time.Duration) (Run, error)
	// Pace stores rate tasks a second, one a call, while the workers run, and tells how long each took.
	Pace(ctx context.Context, rate int, d time.Duration) (Latency, error)
	// Close ends what the system runs, but for its database.
	Close(ctx context.Context) error
}

// Run is a stretch of work.
type Run struct {
	Tasks   int
	Elapsed time.Duration
	CPU     time.Duration // of the client process; 0: not known
}

// PerSecond returns the tasks a second.
func (r Run) PerSecond() float64 { return float64(r.Tasks) / r.Elapsed.Seconds() }

// Latency tells how long tasks took from the call that stored them.
type Latency struct {
	Start []time.Duration // to the start of their handler
	Done  []time.Duration // to their durable end, as another connection sees it; of a sample, one task at a time
}

// Add appends the latencies of another stretch.
func (l *Latency) Add(other Latency) {
	l.Start, l.Done = append(l.Start, other.Start...), append(l.Done, other.Done...)
}
