package taskq

import "context"

// Depth is how much work of one type there is now.
type Depth struct {
	Type        Type    `db:"task_type"`
	Ready       int     `db:"ready"`     // PENDING and due
	Scheduled   int     `db:"scheduled"` // PENDING and not yet due
	Blocked     int     `db:"blocked"`   // PENDING and waiting for other tasks
	Running     int     `db:"running"`
	Stalled     int     `db:"stalled"`      // RUNNING, but not getting on: see [Task.IsStalled]
	OldestReady float64 `db:"oldest_ready"` // seconds since the oldest one became due
}

// Depths returns the work that is there now, by type; a type without any is left out. It reads each task that has not
// ended: for monitoring, not for each request.
func (c *Client) Depths(ctx context.Context) ([]Depth, error) { return c.store.depths(ctx) }
