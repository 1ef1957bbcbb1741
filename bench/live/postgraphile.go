package live

import (
	"context"
	"fmt"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
)

const (
	postgraphileQuery = `subscription { taskUpdated { event task { id status progress description version } } }`

	// The trigger is a short form of the one in PostGraphile's documentation of subscriptions: a row trigger that notifies
	// with the event and the row's key.
	createPostgraphile = `
		CREATE TABLE tasks (
			id uuid PRIMARY KEY, status text NOT NULL DEFAULT 'PENDING', progress int NOT NULL DEFAULT 0,
			description text NOT NULL, version int NOT NULL DEFAULT 1);
		CREATE FUNCTION notify_subscribers() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM pg_notify('tasks', json_build_object('event', 'update', 'id', NEW.id)::text);
			RETURN NEW;
		END $$;
		CREATE TRIGGER tell AFTER UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION notify_subscribers()`
	fillPostgraphile = `INSERT INTO tasks (id, description) SELECT id, 'to be changed' FROM unnest($1::uuid[]) AS ids (id)`
)

// startPostgraphile starts PostGraphile with a subscription to a table of its own. Errors: peers.ErrNoRuntime.
func startPostgraphile(ctx context.Context, server *harness.Server, logf func(string, ...any)) (*system, error) {
	database, err := server.Create(ctx, "live_postgraphile")
	if err != nil {
		return nil, err
	}
	s := &system{query: postgraphileQuery, database: database}
	if _, err := database.ExecContext(ctx, createPostgraphile); err != nil {
		return nil, fmt.Errorf("creating PostGraphile's table: %w", err)
	}
	if err := s.fill(ctx, fillPostgraphile); err != nil {
		return nil, fmt.Errorf("%s: %w", peers.Postgraphile, err)
	}
	if s.Program, err = peers.StartPostgraphile(ctx, "server.mjs", database.DSN, logf); err != nil {
		return nil, err
	}
	return s, nil
}
