package api

import (
	"context"

	"github.com/taskwire/taskwire/bench/peers"
)

// server is a GraphQL server over the table.
type server struct {
	*peers.Program
	query string // a page of %d tasks
}

func startTaskwire(ctx context.Context, dsn string) (*server, error) {
	program, err := peers.StartTaskwire(ctx, dsn)
	if err != nil {
		return nil, err
	}
	return &server{program, `{ tasks(first: %d) { nodes { id type status progress description createdAt } pageInfo { hasNextPage endCursor } } }`}, nil
}

// startPostgraphile starts it with what it makes of the table by itself. Errors: peers.ErrNoRuntime.
func startPostgraphile(ctx context.Context, dsn string, logf func(string, ...any)) (*server, error) {
	program, err := peers.StartPostgraphile(ctx, "list.mjs", dsn, logf)
	if err != nil {
		return nil, err
	}
	return &server{program, `{ allTasks(first: %d, orderBy: [PRIMARY_KEY_DESC]) { nodes { id: rowId taskType status progress description createdAt } pageInfo { hasNextPage endCursor } } }`}, nil
}
