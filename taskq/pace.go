package taskq

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// A task is stalled when it has not got on for stalledFactor times as long as 95 % of its type's steps take, and for
// leastStall at the least.
const (
	stalledFactor = 5
	leastStall    = 30 * time.Second
)

// EstimateCompletion returns when a RUNNING task will probably be done, from its own pace so far and from how long its
// type has taken of late: the further it is, the more its own pace counts. False when neither tells anything. now is
// the database's time.
func (t *Task) EstimateCompletion(now time.Time, state TypeState) (time.Time, bool) {
	if t.Status != Running || t.StartedAt == nil {
		return time.Time{}, false
	}
	elapsed := max(now.Sub(*t.StartedAt).Seconds(), 0)
	done := float64(t.Progress) / 100
	var own, usual float64 // seconds that remain
	var known float64      // how much of the estimate is the task's own
	switch {
	case done > 0 && state.RunSeconds != nil:
		known = done
	case done > 0:
		known = 1
	case state.RunSeconds == nil:
		return time.Time{}, false
	}
	if done > 0 {
		own = elapsed * (1 - done) / done
	}
	if state.RunSeconds != nil {
		usual = max(*state.RunSeconds-elapsed, 0)
	}
	remaining := known*own + (1-known)*usual
	return now.Add(time.Duration(min(remaining, (365*24*time.Hour).Seconds()) * float64(time.Second))), true
}

// IsStalled reports whether a RUNNING task is alive, as its worker's heartbeat says, but has not got on for far longer than
// its type's usual step takes. False while too little is known of the type.
func (t *Task) IsStalled(now time.Time, state TypeState) bool {
	if t.Status != Running || t.ProgressAt == nil || state.StepSeconds == nil {
		return false
	}
	limit := max(time.Duration(stalledFactor**state.StepSeconds*float64(time.Second)), leastStall)
	return now.Sub(*t.ProgressAt) > limit
}

// maxSamples is how many of the latest steps and runs of a type a worker remembers.
const maxSamples = 256

// paces remembers how long the attempts of this process took.
type paces struct {
	mu     sync.Mutex // protects byType
	byType map[Type]*pace
}

type pace struct{ runs, steps samples }

// samples is a ring of seconds.
type samples struct {
	values []float64
	next   int
	fresh  bool // there is something that was not written yet
}

func (s *samples) add(d time.Duration) {
	s.fresh = true
	if len(s.values) < maxSamples {
		s.values = append(s.values, d.Seconds())
		return
	}
	s.values[s.next] = d.Seconds()
	s.next = (s.next + 1) % maxSamples
}

// quantile returns the value that the share q of the samples does not exceed; nil without samples.
func (s *samples) quantile(q float64) *float64 {
	if len(s.values) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(s.values))
	return &sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}

func (p *paces) of(t Type) *pace {
	if p.byType == nil {
		p.byType = map[Type]*pace{}
	}
	if p.byType[t] == nil {
		p.byType[t] = &pace{}
	}
	return p.byType[t]
}

func (p *paces) addRun(t Type, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(t).runs.add(d)
}

func (p *paces) addStep(t Type, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(t).steps.add(d)
}

// typePace is what a worker writes of a type.
type typePace struct {
	Type      Type
	run, step *float64
}

// take returns what is new since the last time.
func (p *paces) take() []typePace {
	p.mu.Lock()
	defer p.mu.Unlock()
	var fresh []typePace
	for t, of := range p.byType {
		if of.runs.fresh || of.steps.fresh {
			fresh = append(fresh, typePace{t, of.runs.quantile(0.5), of.steps.quantile(0.95)})
			of.runs.fresh, of.steps.fresh = false, false
		}
	}
	return fresh
}

// writePaces tells the database how long this worker's attempts take. Losing it is no harm.
func (w *worker) writePaces(ctx context.Context, s *session) {
	for _, p := range w.paces.take() {
		if err := writePace(ctx, s, p); err != nil && ctx.Err() == nil {
			w.log.Warn("the pace of a task type cannot be written", "type", p.Type, "error", err)
		}
	}
}
