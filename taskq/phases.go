package taskq

import (
	"fmt"
	"sync"
)

// Phase is a part of a handler's work.
type Phase struct {
	Name   string  // what people see: "Extracting text"
	Weight float64 // its share of the whole, relative to the other phases'; at least 0
}

// Phases turns "page 12 of 80 in the first of three phases" into percent. Its methods are safe for concurrent use.
type Phases struct {
	attempt *Attempt
	list    []Phase
	total   float64 // of all weights

	mu      sync.Mutex // protects current
	current int
}

// Phases divides the work of this attempt, and begins the first phase. Panics without a phase, or with a negative weight.
func (a *Attempt) Phases(list ...Phase) *Phases {
	if len(list) == 0 {
		panic("taskq: Phases needs at least one")
	}
	p := &Phases{attempt: a, list: list}
	for _, phase := range list {
		if phase.Weight < 0 {
			panic("taskq: negative weight of phase " + phase.Name)
		}
		p.total += phase.Weight
	}
	p.report(0, 0, phaseMessage(list[0], 0, 0, ""))
	return p
}

// Next begins the next phase. After the last one it does nothing.
func (p *Phases) Next() {
	p.mu.Lock()
	if p.current < len(p.list)-1 {
		p.current++
	}
	current := p.current
	p.mu.Unlock()
	p.report(current, 0, phaseMessage(p.list[current], 0, 0, ""))
}

// Report says that done of total units of the current phase are done: people see "Embedding: 64 of 200 chunks". A total of
// 0 means that it is not known.
func (p *Phases) Report(done, total int64, unit string) {
	p.mu.Lock()
	current := p.current
	p.mu.Unlock()
	share := 0.0
	if total > 0 {
		share = max(0, min(float64(done)/float64(total), 1))
	}
	p.report(current, share, phaseMessage(p.list[current], done, total, unit))
}

func (p *Phases) report(current int, share float64, message string) {
	var before float64
	for _, phase := range p.list[:current] {
		before += phase.Weight
	}
	percent := 0.0
	if p.total > 0 {
		percent = 100 * (before + share*p.list[current].Weight) / p.total
	}
	p.attempt.Progress(int(percent), message)
}

func phaseMessage(p Phase, done, total int64, unit string) string {
	switch {
	case total > 0:
		return fmt.Sprintf("%s: %d of %d %s", p.Name, done, total, unit)
	case done > 0:
		return fmt.Sprintf("%s: %d %s", p.Name, done, unit)
	default:
		return p.Name
	}
}
