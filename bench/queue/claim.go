package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

const (
	claimSize     = 10    // tasks a claim that is measured
	churnSize     = 1_000 // tasks a claim that only makes dead rows
	calmTasks     = 1_000 // PENDING in the table that everything is compared with
	calmName      = "1,000 pending"
	claimFlatness = 2 // a claim may take so many times what it takes there
)

// condition is something that lies in the table, or holds on to it, and that a claim should not feel.
type condition struct {
	name  string
	fill  string // SQL; $1 is how many rows
	rows  int
	hold  bool // a snapshot, while many tasks come and go
	churn bool
}

func (b *bench) conditions() []condition {
	million, lot := harness.Pick(b.Quick, 50_000, 1_000_000), harness.Pick(b.Quick, 20_000, 100_000)
	return []condition{
		{name: rows(million) + " pending", fill: fillPending, rows: million},
		{name: rows(million) + " completed", fill: fillCompleted, rows: million},
		{name: rows(lot) + " blocked", fill: fillBlocked, rows: lot},
		{name: rows(lot) + " scheduled", fill: fillScheduled, rows: lot},
		{name: "snapshot held", hold: true, churn: true},
	}
}

func rows(n int) string {
	if n >= 1_000_000 {
		return fmt.Sprintf("%d M", n/1_000_000)
	}
	return fmt.Sprintf("%dk", n/1_000)
}

// claim measures claims from two tables in turn: one with little in it, and one under a condition.
func (b *bench) claim(ctx context.Context) error {
	calm, err := b.newClaimer(ctx, "calm")
	if err != nil {
		return err
	}
	defer calm.close()
	loaded, err := b.newClaimer(ctx, "loaded")
	if err != nil {
		return err
	}
	defer loaded.close()
	for _, c := range b.conditions() {
		if err := b.claimUnder(ctx, c, calm, loaded); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func (b *bench) claimUnder(ctx context.Context, c condition, calm, loaded *claimer) error {
	for _, side := range []*claimer{calm, loaded} {
		if err := side.reset(ctx); err != nil {
			return err
		}
	}
	if c.fill != "" {
		if err := loaded.fill(ctx, c.fill, c.rows); err != nil {
			return err
		}
	}
	if c.hold {
		release, err := loaded.holdSnapshot(ctx)
		if err != nil {
			return err
		}
		defer release()
	}
	if err := b.alternate(ctx, c, calm, loaded); err != nil {
		return err
	}
	if err := b.tellClaims(c.name, calm, loaded); err != nil || !c.hold {
		return err
	}
	if err := loaded.empty(ctx); err != nil {
		return err
	}
	return b.tellStart(ctx, c.name, loaded.peer)
}

// alternate claims from both tables in turn. Under churn the last quarter of the time counts.
func (b *bench) alternate(ctx context.Context, c condition, calm, loaded *claimer) error {
	d := harness.Pick(b.Quick, time.Second/2, 15*time.Second)
	if c.churn {
		d = harness.Pick(b.Quick, 2*time.Second, 2*time.Minute)
	}
	for began := time.Now(); time.Since(began) < d; {
		for _, side := range []*claimer{calm, loaded} {
			if err := side.turn(ctx, claimSize); err != nil {
				return err
			}
		}
		if c.churn && time.Since(began) < d*3/4 {
			if err := loaded.turn(ctx, churnSize); err != nil {
				return err
			}
			calm.forget()
			loaded.forget()
		}
	}
	return nil
}

func (b *bench) tellClaims(name string, calm, loaded *claimer) error {
	for _, q := range percentiles {
		f := harness.Figure{Name: fmt.Sprintf("claim of %d, %s, %s", claimSize, name, q.name), Unit: "ms"}
		f.Value = harness.Percentile(loaded.claims, q.p)
		f = f.Against(calmName, harness.Percentile(calm.claims, q.p)).RatioAtMost(claimFlatness)
		if err := b.Report(f); err != nil {
			return err
		}
	}
	f := harness.Figure{Name: "lanes, " + name + ", p50", Unit: "ms", Value: harness.Percentile(loaded.lookUps, 50)}
	return b.Report(f.Against(calmName, harness.Percentile(calm.lookUps, 50)))
}

// tellStart measures what a user feels of a condition that holds.
func (b *bench) tellStart(ctx context.Context, name string, p peers.Peer) error {
	latency, err := p.Pace(ctx, 200, harness.Pick(b.Quick, time.Second, 10*time.Second))
	if err != nil {
		return err
	}
	for _, q := range percentiles {
		f := harness.Figure{Name: "200/s, " + name + ": enqueue to start, " + q.name, Unit: "ms", Value: harness.Percentile(latency.Start, q.p)}
		if err := b.Report(f); err != nil {
			return err
		}
	}
	return nil
}
