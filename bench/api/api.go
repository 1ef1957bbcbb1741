// Package api measures the lists of the API over a table of a million tasks: what a page takes in each order and by each
// filter, and how many requests a second eight clients get. Beside it PostGraphile, on the same table.
package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
	taskwiredb "github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/taskq"
)

// Suite returns the suite.
func Suite() harness.Suite {
	return harness.Suite{
		Name: "api", About: "lists of a million tasks: a page in each order and by each filter; requests beside PostGraphile", Run: run,
	}
}

// bench is one run of the suite.
type bench struct {
	*harness.Bench
	database *harness.Database
	client   *taskq.Client
	servers  []*server // ours first
}

func run(ctx context.Context, h *harness.Bench) (err error) {
	b := &bench{Bench: h}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.fill(ctx); err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		run  func(context.Context) error
	}{{"pages", b.pages}, {"requests", b.requests}} {
		if !b.Wants(c.name) {
			continue
		}
		b.Logf("api %s", c.name)
		if err := c.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fill makes the table that all are asked for.
func (b *bench) fill(ctx context.Context) (err error) {
	if b.database, err = b.Server.Create(ctx, "api"); err != nil {
		return err
	}
	if err := taskwiredb.Migrate(ctx, b.database.DB); err != nil {
		return err
	}
	b.Logf("api: filling a table with %d tasks", b.rows())
	if err := fillTasks(ctx, b.database, b.rows()); err != nil {
		return fmt.Errorf("filling the table: %w", err)
	}
	b.client = taskq.New(b.database.DB, taskq.Config{})
	return nil
}

func (b *bench) rows() int { return harness.Pick(b.Quick, 200_000, 1_000_000) }

func (b *bench) close() error {
	var errs []error
	for _, s := range b.servers {
		errs = append(errs, s.Stop())
	}
	return errors.Join(errs...)
}

// start starts the servers, the peer only where it is wanted and can run.
func (b *bench) start(ctx context.Context) error {
	us, err := startTaskwire(ctx, b.database.DSN)
	if err != nil {
		return err
	}
	b.servers = append(b.servers, us)
	if !b.WantsPeer(peers.Postgraphile) {
		return nil
	}
	other, err := startPostgraphile(ctx, b.database.DSN, b.Logf)
	if errors.Is(err, peers.ErrNoRuntime) {
		b.Logf("without PostGraphile: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	b.servers = append(b.servers, other)
	return nil
}
