package taskq

import "context"

// Types returns what is set for each known task type, in the order of names.
func (c *Client) Types(ctx context.Context) ([]TypeState, error) { return c.store.types(ctx) }

// Pause keeps all workers from claiming tasks of a type. Those that run go on.
func (c *Client) Pause(ctx context.Context, t Type) (TypeState, error) {
	return c.setType(ctx, t, new(true), nil)
}

// Resume ends a pause.
func (c *Client) Resume(ctx context.Context, t Type) (TypeState, error) {
	return c.setType(ctx, t, new(false), nil)
}

// LimitRunning limits how many tasks of a type run at once, across all workers; 0 lifts the limit. Errors:
// [*InvalidError] for a negative limit.
func (c *Client) LimitRunning(ctx context.Context, t Type, limit int) (TypeState, error) {
	if limit < 0 {
		return TypeState{}, invalid("maxRunning", "must not be negative")
	}
	return c.setType(ctx, t, nil, &limit)
}

func (c *Client) setType(ctx context.Context, t Type, paused *bool, maxRunning *int) (TypeState, error) {
	if !typePattern.MatchString(string(t)) {
		return TypeState{}, invalid("type", "is not a task type")
	}
	return c.store.setType(ctx, t, paused, maxRunning)
}

// Workers returns the workers that are alive, by host.
func (c *Client) Workers(ctx context.Context) ([]Worker, error) { return c.store.workers(ctx) }
