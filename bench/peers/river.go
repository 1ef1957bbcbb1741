package peers

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	riverqueue "github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/taskwire/taskwire/bench/harness"
)

// river is River over its pgx driver, at the settings that gave it the most here: a thousand workers, and as short a
// cooldown as pays, for the client that inserts too, whose cooldown limits its notifications.
type river struct {
	database *harness.Database
	pool     *pgxpool.Pool
	inserter *riverqueue.Client[pgx.Tx]
}

// riverConns is the size of its pool; as ours.
const riverConns = 20

type riverArgs struct {
	Number int `json:"number"`
}

// Kind is part of River's JobArgs.
func (riverArgs) Kind() string { return "noop" }

// NewRiver sets River up in a new database.
func NewRiver(ctx context.Context, server *harness.Server) (Peer, error) {
	database, err := server.Create(ctx, "river")
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(database.DSN)
	if err != nil {
		return nil, err
	}
	config.MaxConns = riverConns
	r := &river{database: database}
	if r.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(r.pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	r.inserter, err = riverqueue.NewClient(riverpgxv5.New(r.pool), r.config())
	return local{r}, err
}

func (r *river) config() *riverqueue.Config {
	return &riverqueue.Config{
		FetchCooldown:     2 * time.Millisecond,
		FetchPollInterval: 20 * time.Millisecond,
		JobTimeout:        -1,
		Logger:            slog.New(slog.DiscardHandler),
	}
}

func (r *river) name() string          { return "River" }
func (r *river) db() *harness.Database { return r.database }
func (r *river) batch() int            { return 5_000 }

func (r *river) clear(ctx context.Context) error { return r.database.Clear(ctx, "river_job") }

func (r *river) enqueue(ctx context.Context, number int) (any, error) {
	stored, err := r.inserter.Insert(ctx, riverArgs{number}, nil)
	if err != nil {
		return nil, err
	}
	return stored.Job.ID, nil
}

func (r *river) enqueueMany(ctx context.Context, n int) error {
	many := make([]riverqueue.InsertManyParams, n)
	for i := range many {
		many[i].Args = riverArgs{i}
	}
	_, err := r.inserter.InsertManyFast(ctx, many)
	return err
}

func (r *river) start(ctx context.Context, ran func(int)) (func(), error) {
	config := r.config()
	config.Queues = map[string]riverqueue.QueueConfig{riverqueue.QueueDefault: {MaxWorkers: 1_000}}
	config.Workers = riverqueue.NewWorkers()
	riverqueue.AddWorker(config.Workers, riverqueue.WorkFunc(func(_ context.Context, job *riverqueue.Job[riverArgs]) error {
		ran(job.Args.Number)
		return nil
	}))
	client, err := riverqueue.NewClient(riverpgxv5.New(r.pool), config)
	if err != nil {
		return nil, err
	}
	return func() { _ = client.Stop(context.WithoutCancel(ctx)) }, client.Start(ctx)
}

func (r *river) unfinished(ctx context.Context) (bool, error) {
	var some bool
	err := r.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM river_job WHERE state <> 'completed')`).Scan(&some)
	return some, err
}

func (r *river) isDone(ctx context.Context, key any) (bool, error) {
	var done bool
	err := r.pool.QueryRow(ctx, `SELECT state = 'completed' FROM river_job WHERE id = $1`, key).Scan(&done)
	return done, err
}

func (r *river) close(context.Context) { r.pool.Close() }
