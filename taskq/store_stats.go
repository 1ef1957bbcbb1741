package taskq

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

const foldStats = `SELECT taskq_fold_stats($1, $2 * interval '1 second')`

// foldOnce counts what happened since the last fold, unless another process did less than every ago, and reports whether there
// is more.
func foldOnce(ctx context.Context, s *session, limit int, every time.Duration) (more bool, err error) {
	var n int
	err = s.query(ctx, foldStats, func(rows *sql.Rows) error { return rows.Scan(&n) }, limit, every.Seconds())
	if err != nil {
		return false, fmt.Errorf("folding statistics: %w", err)
	}
	return n >= limit, nil
}

// One row of JSON, so that everything is of one snapshot. $1 and $2 are the sizes and numbers of the buckets of the
// windows, $5 how many of them, the latest ones, are to be read; $3 limits what is counted one by one, $4 the messages of each
// type. What waits is found by skipping through
// the index from lane to lane, a lane being one (type, priority).
const selectStats = `
	WITH RECURSIVE pending AS (
	    SELECT task_type AS type, count FROM task_counts WHERE status = 'PENDING' AND count > 0),
	lanes AS (
	    SELECT p.type, (SELECT r.priority FROM tasks r WHERE r.task_type = p.type AND r.status = 'PENDING' AND r.blocked_by = 0
	                    ORDER BY r.priority DESC LIMIT 1) AS priority
	    FROM pending p
	    UNION ALL
	    SELECT l.type, (SELECT r.priority FROM tasks r WHERE r.task_type = l.type AND r.status = 'PENDING' AND r.blocked_by = 0
	                    AND r.priority < l.priority ORDER BY r.priority DESC LIMIT 1)
	    FROM lanes l WHERE l.priority IS NOT NULL),
	waiting AS (
	    SELECT p.type, p.count, coalesce(k.paused, false) AS paused, o.oldest, f.scheduled, f.retry, b.blocked
	    FROM pending p
	    LEFT JOIN task_types k ON k.type = p.type
	    CROSS JOIN LATERAL (
	        SELECT min(first.run_at) AS oldest FROM lanes l CROSS JOIN LATERAL (
	            SELECT r.run_at FROM tasks r WHERE r.task_type = l.type AND r.priority = l.priority AND r.status = 'PENDING'
	            AND r.blocked_by = 0 ORDER BY r.run_at, r.id LIMIT 1) AS first
	        WHERE l.type = p.type AND first.run_at <= now()) AS o
	    CROSS JOIN LATERAL (
	        SELECT count(*) FILTER (WHERE attempt = 0) AS scheduled, count(*) FILTER (WHERE attempt > 0) AS retry FROM (
	            SELECT r.attempt FROM lanes l CROSS JOIN LATERAL (
	                SELECT r.attempt FROM tasks r WHERE r.task_type = l.type AND r.priority = l.priority AND r.status = 'PENDING'
	                AND r.blocked_by = 0 AND r.run_at > now() ORDER BY r.run_at, r.id LIMIT $3) AS r
	            WHERE l.type = p.type LIMIT $3) AS future) AS f
	    CROSS JOIN LATERAL (
	        SELECT count(*) AS blocked FROM (SELECT 1 FROM tasks r WHERE r.task_type = p.type AND r.status = 'PENDING'
	        AND r.blocked_by > 0 LIMIT $3) AS few) AS b),
	frames AS (
	    SELECT seconds, last - (n - 1) * size AS since, last - (least($5, n) - 1) * size AS recent
	    FROM unnest($1::int[], $2::int[]) AS f (seconds, n)
	    CROSS JOIN LATERAL (SELECT seconds * interval '1 second' AS size) AS s
	    CROSS JOIN LATERAL (SELECT date_bin(size, now(), 'epoch') AS last) AS l),
	failures AS (
	    SELECT t.*, row_number() OVER (PARTITION BY seconds, type ORDER BY count DESC, message) AS rank FROM (
	        SELECT f.seconds, t.task_type AS type, t.message, sum(t.count)::bigint AS count, max(t.last_at) AS last_at,
	               (array_agg(t.example_task_id ORDER BY t.last_at DESC))[1] AS example
	        FROM frames f JOIN task_failures t ON t.seconds = f.seconds AND t.started_at >= f.since GROUP BY 1, 2, 3) AS t)
	SELECT json_build_object(
	    'at', now(),
	    'counts', (SELECT json_agg(json_build_object('type', task_type, 'status', status, 'count', count) ORDER BY task_type, status)
	               FROM task_counts WHERE count > 0),
	    'waiting', (SELECT json_agg(json_build_object('type', type, 'paused', paused, 'oldest', oldest, 'scheduled', scheduled,
	                    'retry', retry, 'blocked', blocked, 'ready',
	                    CASE WHEN scheduled + retry < $3 AND blocked < $3 THEN greatest(count - scheduled - retry - blocked, 0)
	                    ELSE (SELECT count(*) FROM (SELECT 1 FROM lanes l JOIN tasks r ON r.task_type = l.type AND r.priority = l.priority
	                          WHERE l.type = w.type AND r.status = 'PENDING' AND r.blocked_by = 0 AND r.run_at <= now() LIMIT $3) AS few)
	                    END)) FROM waiting w),
	    'buckets', (SELECT json_agg(json_build_object('seconds', seconds, 'startedAt', started_at, 'type', task_type,
	                    'created', created, 'completed', completed, 'failed', failed, 'cancelled', cancelled, 'retried', retried,
	                    'wait', wait, 'run', run))
	                FROM frames f JOIN task_buckets b USING (seconds) WHERE b.started_at >= f.recent),
	    'failures', (SELECT json_agg(json_build_object('seconds', seconds, 'type', type, 'message', message, 'count', count,
	                    'lastAt', last_at, 'example', example)) FROM failures WHERE rank <= $4))`

// statsRead is what the database knows, for any types and for the frames that were asked for.
type statsRead struct {
	frames []frame
	since  time.Time // all buckets were read then, and the latest of them again at At

	At       time.Time
	Counts   []StatusCount
	Waiting  []waitingRead
	Buckets  []bucketRead
	Failures []failureRead
}

// waitingRead is what PENDING tasks of a type wait for.
type waitingRead struct {
	Type                             Type
	Paused                           bool
	Oldest                           *time.Time
	Ready, Scheduled, Retry, Blocked int64
}

type bucketRead struct {
	Type      Type
	StartedAt time.Time
	Seconds   int

	Created, Completed, Failed, Cancelled, Retried int64

	Wait, Run histogram
}

type failureRead struct {
	Type    Type
	Seconds int
	Message string
	Count   int64
	LastAt  time.Time
	Example uuid.UUID
}

// statsArgs are the parameters of selectStats.
func statsArgs(frames []frame, recent int) []any {
	sizes, counts := make([]int64, len(frames)), make([]int64, len(frames))
	for i, f := range frames {
		sizes[i], counts[i] = int64(f.size/time.Second), int64(f.count)
	}
	return []any{pq.Array(sizes), pq.Array(counts), MaxWaitCount, maxFailureGroups, recent}
}

func (s store) stats(ctx context.Context, frames []frame) (*statsRead, error) {
	var text []byte
	if err := s.db.GetContext(ctx, &text, selectStats, statsArgs(frames, allBuckets)...); err != nil {
		return nil, fmt.Errorf("reading statistics: %w", err)
	}
	return parseStats(text, frames)
}

// readStats is stats on a session, which reads no more than the recent buckets of each frame.
func readStats(ctx context.Context, s *session, frames []frame, recent int) (*statsRead, error) {
	var text []byte
	err := s.query(ctx, selectStats, func(rows *sql.Rows) error { return rows.Scan(&text) }, statsArgs(frames, recent)...)
	if err != nil {
		return nil, fmt.Errorf("reading statistics: %w", err)
	}
	return parseStats(text, frames)
}

func parseStats(text []byte, frames []frame) (*statsRead, error) {
	read := &statsRead{frames: frames}
	if err := json.Unmarshal(text, read); err != nil {
		return nil, fmt.Errorf("reading statistics: %w", err)
	}
	read.since = read.At
	return read, nil
}
