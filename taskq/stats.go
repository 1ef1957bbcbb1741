package taskq

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// StatsWindow is how far back statistics look.
type StatsWindow string

// The windows.
const (
	LastHour StatsWindow = "HOUR"
	LastDay  StatsWindow = "DAY"
	LastWeek StatsWindow = "WEEK"
)

// frame is how a window is cut into buckets, of a size that the database keeps: see task_buckets.
type frame struct {
	size  time.Duration
	count int
}

func (w StatsWindow) frame() (frame, bool) {
	switch w {
	case LastHour, "":
		return frame{time.Minute, 60}, true
	case LastDay:
		return frame{20 * time.Minute, 72}, true
	case LastWeek:
		return frame{3 * time.Hour, 56}, true
	}
	return frame{}, false
}

// StatsQuery selects what statistics are about.
type StatsQuery struct {
	Types  []Type      // nil: all
	Window StatsWindow // of Buckets, Wait, Run and Failures; default LastHour
}

// Stats tells how the system is doing. Counts are exact as of a second or two before At. It is shared between readers: do
// not change it.
type Stats struct {
	At            time.Time // by the database's clock
	Counts        []StatusCount
	OldestReadyAt *time.Time // since when the task has been ready that has waited longest for a worker; nil: none waits
	Waiting       []WaitCount
	Buckets       []StatsBucket // cover the window, oldest first; the last one has not ended
	Wait          DurationStats // from ready to started
	Run           DurationStats // from started to completed
	Failures      []FailureGroup
}

// StatusCount is how many tasks of a type have a status. A count of none is left out.
type StatusCount struct {
	Type   Type
	Status Status
	Count  int64
}

// WaitCount is how many PENDING tasks wait for the same. A count of none is left out.
type WaitCount struct {
	Reason WaitReason
	Count  int64 // of tasks that are not READY, at most MaxWaitCount of each type are counted
}

// MaxWaitCount limits what is counted one by one in [Stats.Waiting].
const MaxWaitCount = 10_000

// StatsBucket is what happened within a part of the window.
type StatsBucket struct {
	StartedAt time.Time
	Seconds   int // how long it is
	Created   int64
	Completed int64
	Failed    int64
	Cancelled int64
	Retried   int64 // attempts that failed with another one to come

	WaitP50Seconds, WaitP95Seconds *float64 // from ready to started, of tasks started; see DurationStats
	RunP50Seconds, RunP95Seconds   *float64 // from started to completed, of attempts that completed
}

// DurationStats are percentiles of durations, at most 10 % off; nil when there were none.
type DurationStats struct {
	P50Seconds *float64
	P95Seconds *float64
}

// FailureGroup is how often attempts failed for the same reason. Numbers, ids and what is quoted are left out of Message; ""
// stands for all that are too rare to be told apart.
type FailureGroup struct {
	Type          Type
	Message       string
	Count         int64
	LastAt        time.Time
	ExampleTaskID uuid.UUID // may have been deleted
}

// maxFailureGroups limits what [Stats] tells of.
const maxFailureGroups = 50

// Stats returns statistics. It reads a few small tables and the ends of some indexes, however many tasks there are. A
// client that was started, of this or another process, keeps them up to date. Errors: [*InvalidError].
func (c *Client) Stats(ctx context.Context, q StatsQuery) (Stats, error) {
	window, ok := q.Window.frame()
	if !ok {
		return Stats{}, invalid("window", "is not a window of statistics")
	}
	read, err := c.store.stats(ctx, []frame{window})
	if err != nil {
		return Stats{}, err
	}
	return read.stats(q), nil
}

func (q *StatsQuery) selects(t Type) bool { return q.Types == nil || slices.Contains(q.Types, t) }
