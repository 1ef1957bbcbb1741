package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/bench/peers"
	"github.com/taskwire/taskwire/taskq"
)

// claimer is a worker that speaks the protocol in SQL, as the engine's own does, on one connection, so that each claim
// can be timed.
type claimer struct {
	peer       peers.Peer
	client     *taskq.Client
	conn       *sqlx.Conn
	statements map[string]*sql.Stmt
	id         uuid.UUID
	lanes      lanes
	beat       time.Time
	claims     []time.Duration
	lookUps    []time.Duration // of the lanes
}

// lanes are where tasks wait, by columns, as read at a time.
type lanes struct {
	types      pq.StringArray
	priorities pq.Int64Array
	floors     pq.StringArray
	floorIDs   pq.StringArray
	read       time.Time

	reached, mark [2]string // run_at and id of the last claimed, and of it at markedAt: the engine's floors follow so too
	markedAt      time.Time
}

func (b *bench) newClaimer(ctx context.Context, name string) (*claimer, error) {
	peer, err := peers.NewTaskwire(ctx, b.Server, name)
	if err != nil {
		return nil, err
	}
	c := &claimer{peer: peer, client: taskq.New(peer.Database().DB, taskq.Config{}), id: uuid.New(), statements: map[string]*sql.Stmt{}}
	if c.conn, err = peer.Database().Connx(ctx); err != nil {
		return nil, err
	}
	for _, query := range []string{selectLanes, claimLanes, completeTasks} {
		if c.statements[query], err = c.conn.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *claimer) close() { _ = c.conn.Close() }

// reset leaves what every table has: some tasks that wait.
func (c *claimer) reset(ctx context.Context) error {
	if err := c.peer.Clear(ctx); err != nil {
		return err
	}
	c.forget()
	c.lanes, c.beat = lanes{}, time.Time{}
	if err := c.enqueue(ctx, calmTasks); err != nil {
		return err
	}
	return c.peer.Database().Analyze(ctx)
}

func (c *claimer) forget() { c.claims, c.lookUps = c.claims[:0], c.lookUps[:0] }

func (c *claimer) enqueue(ctx context.Context, n int) error {
	many := make([]taskq.NewTask, n)
	for i := range many {
		many[i] = taskq.NewTask{Type: peers.Noop}
	}
	_, err := c.client.EnqueueMany(ctx, many)
	return err
}

// turn claims n tasks, completes them, and enqueues as many. Only the claim is timed.
func (c *claimer) turn(ctx context.Context, n int) error {
	if err := c.prepare(ctx); err != nil {
		return err
	}
	began := time.Now()
	ids, leases, err := c.claim(ctx, n)
	c.claims = append(c.claims, time.Since(began))
	if err != nil {
		return fmt.Errorf("claiming: %w", err)
	}
	if len(ids) < n {
		return fmt.Errorf("claimed %d tasks of %d", len(ids), n)
	}
	if err := c.complete(ctx, ids, leases); err != nil {
		return fmt.Errorf("completing: %w", err)
	}
	return c.enqueue(ctx, n)
}

// prepare does what the engine does now and then: heartbeats, and reading the lanes.
func (c *claimer) prepare(ctx context.Context) error {
	if time.Since(c.beat) > 5*time.Second {
		if _, err := c.conn.ExecContext(ctx, `SELECT taskq_heartbeat($1, 'bench', '', 0)`, c.id); err != nil {
			return fmt.Errorf("sending the heartbeat: %w", err)
		}
		c.beat = time.Now()
	}
	if time.Since(c.lanes.read) < time.Second {
		return nil
	}
	began := time.Now()
	var floors, floorIDs pq.StringArray
	err := c.statements[selectLanes].QueryRowContext(ctx, pq.Array([]string{string(peers.Noop)})).
		Scan(&c.lanes.types, &c.lanes.priorities, &floors, &floorIDs)
	c.lookUps, c.lanes.read = append(c.lookUps, time.Since(began)), time.Now()
	if err != nil {
		return fmt.Errorf("reading lanes: %w", err)
	}
	if c.lanes.markedAt.IsZero() {
		c.lanes.floors, c.lanes.floorIDs, c.lanes.markedAt = floors, floorIDs, time.Now()
	}
	return nil
}

const floorLag = 250 * time.Millisecond

// raiseFloor has the floor follow what was claimed, as the engine does.
func (c *claimer) raiseFloor(runAt, id string) {
	l := &c.lanes
	l.reached = [2]string{runAt, id}
	if time.Since(l.markedAt) < floorLag {
		return
	}
	if l.mark[0] != "" {
		l.floors, l.floorIDs = pq.StringArray{l.mark[0]}, pq.StringArray{l.mark[1]}
	}
	l.mark, l.markedAt = l.reached, time.Now()
}

const selectLanes = `
	SELECT array_agg(task_type), array_agg(priority), array_agg(floor_at), array_agg(floor_id) FROM taskq_lanes($1)`

const claimLanes = `
	SELECT coalesce(array_agg(id ORDER BY id), '{}'), coalesce(array_agg(lease ORDER BY id), '{}'), (max(array[run_at::text, id::text]))
	FROM taskq_claim_lanes($1, $2, $3, $4, $5, $6)`

const completeTasks = `SELECT taskq_complete($1, $2, $3, $4)`

func (c *claimer) claim(ctx context.Context, n int) (ids pq.StringArray, leases pq.Int64Array, err error) {
	var last pq.StringArray
	err = c.statements[claimLanes].QueryRowContext(ctx, c.id, c.lanes.types, c.lanes.priorities, c.lanes.floors, c.lanes.floorIDs, n).
		Scan(&ids, &leases, &last)
	if len(last) == 2 {
		c.raiseFloor(last[0], last[1])
	}
	return ids, leases, err
}

func (c *claimer) complete(ctx context.Context, ids pq.StringArray, leases pq.Int64Array) error {
	_, err := c.statements[completeTasks].ExecContext(ctx, c.id, ids, leases, pq.Array(make([]sql.NullString, len(ids))))
	return err
}

// empty ends all tasks that wait.
func (c *claimer) empty(ctx context.Context) error {
	_, err := c.peer.Database().ExecContext(ctx, `
		UPDATE tasks SET status = 'CANCELLED', completed_at = now(), version = version + 1 WHERE status = 'PENDING'`)
	return err
}

// holdSnapshot keeps what dies from here on from being cleaned up, as a long report does, until release.
func (c *claimer) holdSnapshot(ctx context.Context) (release func(), err error) {
	tx, err := c.peer.Database().BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `SELECT count(*) FROM workers`); err != nil {
		return nil, err
	}
	return func() { _ = tx.Rollback() }, nil
}
