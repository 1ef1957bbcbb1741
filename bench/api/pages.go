package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/taskq"
)

const (
	pageSize = 50
	most     = 10 // ms that a page may take
)

// page is one that is asked for.
type page struct {
	name   string
	filter taskq.Filter
	order  taskq.Order
	after  string
	count  bool // instead of a page
}

// pages reports the middle of several tries of each page, from the statement to its rows in this process.
func (b *bench) pages(ctx context.Context) error {
	deep, err := b.deepCursor(ctx)
	if err != nil {
		return err
	}
	status := func(s ...taskq.Status) taskq.Filter { return taskq.Filter{Statuses: s} }
	kind := func(t taskq.Type) taskq.Filter { return taskq.Filter{Types: []taskq.Type{t}} }
	metadata := func(text string) taskq.Filter { return taskq.Filter{Metadata: json.RawMessage(text)} }
	oldest := taskq.Order{Ascending: true}
	byEnd, byPriority := taskq.Order{Field: taskq.ByCompleted}, taskq.Order{Field: taskq.ByPriority}
	yesterday := time.Now().Add(-24 * time.Hour)
	for _, p := range []page{
		{name: "first page"},
		{name: "page in the middle, by cursor", after: deep},
		{name: "first page, oldest first", order: oldest},
		{name: "by completion", order: byEnd},
		{name: "by completion, oldest first", order: taskq.Order{Field: taskq.ByCompleted, Ascending: true}},
		{name: "by priority", order: byPriority},
		{name: "by priority, lowest first", order: taskq.Order{Field: taskq.ByPriority, Ascending: true}},
		{name: "of status FAILED", filter: status(taskq.Failed)},
		{name: "of status PENDING, oldest first", filter: status(taskq.Pending), order: oldest},
		{name: "of status COMPLETED, by completion", filter: status(taskq.Completed), order: byEnd},
		{name: "of a type that 5 % have", filter: kind("PRODUCT_UPDATE")},
		{name: "of a type that 0.1 % have", filter: kind("BULK_OPERATION")},
		{name: "of a type that none has", filter: kind("NONE")},
		{name: "of status and type", filter: taskq.Filter{Statuses: []taskq.Status{taskq.Failed}, Types: []taskq.Type{"PRODUCT_UPDATE"}}},
		{name: "ended since yesterday, by completion", filter: taskq.Filter{CompletedFrom: &yesterday}, order: byEnd},
		{name: "by metadata that 0.1 % have", filter: metadata(`{"tenant": 7}`)},
		{name: "by metadata that one has", filter: metadata(`{"file": "invoice-77777.pdf"}`)},
		{name: "by a word that 60 % have", filter: taskq.Filter{Search: "invoice"}},
		{name: "count of all, to 10,001", count: true},
		{name: "count of status FAILED, to 10,001", filter: status(taskq.Failed), count: true},
	} {
		if err := b.reportPage(ctx, &p); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) reportPage(ctx context.Context, p *page) error {
	var took []float64
	for range harness.Pick(b.Quick, 5, 15) {
		began := time.Now()
		var err error
		if p.count {
			_, err = b.client.Count(ctx, p.filter, 10_001)
		} else {
			_, err = b.client.List(ctx, p.filter, p.order, taskq.Page{First: pageSize, After: p.after})
		}
		if err != nil {
			return err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1_000)
	}
	return b.Report(harness.Figure{Name: p.name, Unit: "ms", Value: harness.Median(took)}.AtMost(most))
}

// deepCursor turns pages to the middle of the table.
func (b *bench) deepCursor(ctx context.Context) (string, error) {
	p := taskq.Page{First: taskq.MaxPageSize}
	for range b.rows() / 2 / taskq.MaxPageSize {
		slice, err := b.client.List(ctx, taskq.Filter{}, taskq.Order{}, p)
		if err != nil {
			return "", err
		}
		p.After = slice.Cursors[len(slice.Cursors)-1]
	}
	return p.After, nil
}
