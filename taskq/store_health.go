package taskq

import (
	"context"
	"fmt"
	"time"
)

// listenerName is the application_name of LISTEN connections, by which any process finds those of all.
const listenerName = "taskq listener"

const selectFeedHealth = `
	SELECT now(), pg_notification_queue_usage(), coalesce(l.age, 0), coalesce(l.pid, 0), coalesce(e.behind, 0)
	FROM (SELECT) AS one
	LEFT JOIN LATERAL (
	    SELECT age(backend_xmin) AS age, pid FROM pg_stat_activity
	    WHERE application_name = $1 AND datname = current_database() AND backend_xmin IS NOT NULL
	    ORDER BY age(backend_xmin) DESC LIMIT 1) AS l ON true
	LEFT JOIN LATERAL (
	    SELECT date_part('epoch', now() - t.at) AS behind FROM task_stats_place p CROSS JOIN LATERAL (
	        SELECT at FROM task_events WHERE xid >= pg_snapshot_xmax(p.place) ORDER BY xid LIMIT 1) AS t) AS e ON true`

func (s store) feedHealth(ctx context.Context, h *FeedHealth) error {
	var behind float64
	err := s.db.QueryRowxContext(ctx, selectFeedHealth, listenerName).
		Scan(&h.At, &h.QueueUsage, &h.ListenerXminAge, &h.ListenerPID, &behind)
	if err != nil {
		return fmt.Errorf("reading the feed's health: %w", err)
	}
	h.StatsLag = max(0, time.Duration(behind*float64(time.Second)))
	return nil
}
