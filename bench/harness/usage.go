package harness

import (
	"context"
	"fmt"
	"time"
)

// Usage is what was used up to a moment.
type usage struct {
	server  time.Duration // CPU time of all the server's processes; 0 when they are out of sight
	wal     int64         // bytes
	updates int64         // rows updated, in this database
	hot     int64         // of them without touching an index
	writers int64         // transactions that wrote, on the whole server
	dead    int64         // rows now, in this database
}

// Cost is what a stretch of work used.
type Cost struct {
	Elapsed  time.Duration
	Server   time.Duration // CPU time; 0 when the server is out of sight
	WAL      int64         // bytes
	Updates  int64         // rows
	HOT      int64         // of them without touching an index
	Writers  int64         // transactions that wrote, on the whole server
	DeadRows int64         // afterwards
}

// Measure runs work and returns what it cost the server.
func (d *Database) Measure(ctx context.Context, work func() error) (Cost, error) {
	before, err := d.usage(ctx)
	if err != nil {
		return Cost{}, err
	}
	began := time.Now()
	if err := work(); err != nil {
		return Cost{}, err
	}
	elapsed := time.Since(began)
	after, err := d.usage(ctx)
	if err != nil {
		return Cost{}, err
	}
	return Cost{
		Elapsed: elapsed, Server: after.server - before.server, WAL: after.wal - before.wal,
		Updates: after.updates - before.updates, HOT: after.hot - before.hot, Writers: after.writers - before.writers,
		DeadRows: after.dead,
	}, nil
}

// Other sessions report what they did at the end of a transaction, at most once a second, and when they end. A transaction
// has a number of its own when it writes: pg_stat_database counts those too that read, and one for each notification that a
// listener was sent.
const selectUsage = `
	SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, t.updates, t.hot, t.dead,
	       pg_snapshot_xmax(pg_current_snapshot())::text::bigint
	FROM (SELECT coalesce(sum(n_tup_upd), 0) AS updates, coalesce(sum(n_tup_hot_upd), 0) AS hot,
	             coalesce(sum(n_dead_tup), 0) AS dead FROM pg_stat_user_tables) t`

func (d *Database) usage(ctx context.Context) (usage, error) {
	var u usage
	err := d.QueryRowContext(ctx, selectUsage).Scan(&u.wal, &u.updates, &u.hot, &u.dead, &u.writers)
	if err != nil {
		return usage{}, fmt.Errorf("reading what the server used: %w", err)
	}
	if d.server.postmaster > 0 {
		u.server = TreeCPU(d.server.postmaster)
	}
	return u, nil
}
