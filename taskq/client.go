package taskq

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// Config tunes a [Client]. The zero value works.
type Config struct {
	// DSN is where the engine opens its few own connections (LISTEN, heartbeat, claims, completions, progress, feed), so
	// that a program which has used up its pool cannot starve them. It must reach PostgreSQL itself or a pooler in session
	// mode. Start needs it.
	DSN string
	// MaxRunning limits the tasks that this process runs at once. Default 50; panics in New if negative.
	MaxRunning int
	// StopGrace is how long Stop waits for handlers that it has cancelled, before it leaves them behind. Default 5 s.
	StopGrace time.Duration
	// Retention says when ended tasks are deleted. Default: never. Panics in New for a status that is not final.
	Retention Retention
	// Logger gets what an operator should know. Default: slog.Default().
	Logger *slog.Logger
	// Version of the program, shown beside its workers.
	Version string
	// Reads is a pool for lists and counts, which can be slow, as db.OpenReads makes one. Default: that given to New.
	Reads *sqlx.DB

	timing timing // tests shorten it
}

// timing holds the engine's clockwork. Defaults are what docs/state-machine.md promises.
type timing struct {
	call         time.Duration // one statement of the engine's own connections may take, but for a heartbeat
	heartbeat    time.Duration // between two heartbeats, and what one may take
	deadAfter    time.Duration // a silent worker is dead
	fenceAfter   time.Duration // a worker that reached no database stops its own handlers; before deadAfter
	cancelGrace  time.Duration // a handler may take to stop, before its lease is revoked
	maintenance  time.Duration // between two rounds of upkeep
	retention    time.Duration // between two looks for old tasks
	progress     time.Duration // between two progress commits of this process
	pace         time.Duration // between two notes of how long this process's attempts take
	stats        time.Duration // between two folds of statistics, and two looks at them
	poll         time.Duration // the back-stop of every doorbell
	pendingPass  time.Duration // the feed looks again after it saw writers in flight
	watchdogPing time.Duration // between two pings of the LISTEN connection
	watchdogDead time.Duration // a ping that takes longer closes the connection
}

func defaultTiming() timing {
	return timing{
		call:         30 * time.Second,
		heartbeat:    5 * time.Second,
		deadAfter:    15 * time.Second,
		fenceAfter:   12 * time.Second,
		cancelGrace:  7 * time.Second,
		maintenance:  time.Second,
		retention:    time.Minute,
		progress:     100 * time.Millisecond,
		pace:         15 * time.Second,
		stats:        time.Second,
		poll:         time.Second,
		pendingPass:  25 * time.Millisecond,
		watchdogPing: 10 * time.Second,
		watchdogDead: 5 * time.Second,
	}
}

const defaultMaxRunning = 50

// Client enqueues tasks, runs them, and watches them. It is safe for concurrent use. A client that was not started can
// enqueue, query and operate; running and watching need Start.
type Client struct {
	store      store
	config     Config
	handlers   map[Type]*registration
	feed       *feed
	statistics *statistician

	mu      sync.Mutex // protects the rest
	state   lifecycle
	cancel  context.CancelFunc
	running sync.WaitGroup // the client's goroutines
	worker  *worker        // nil without handlers
}

type lifecycle int

const (
	created lifecycle = iota
	started
	stopped
)

// New returns a client of the engine's tables in db, which db.Migrate has created.
func New(db *sqlx.DB, config Config) *Client {
	if config.MaxRunning < 0 {
		panic("taskq: MaxRunning must not be negative")
	}
	config.Retention.validate()
	if config.MaxRunning == 0 {
		config.MaxRunning = defaultMaxRunning
	}
	if config.StopGrace == 0 {
		config.StopGrace = 5 * time.Second
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.timing == (timing{}) {
		config.timing = defaultTiming()
	}
	s := store{db: db, reads: cmp.Or(config.Reads, db), insert: &preparedInsert{}}
	s.prepared = &preparedReads{db: s.reads, byText: map[string]*sql.Stmt{}}
	return &Client{
		store: s, config: config, handlers: map[Type]*registration{}, feed: newFeed(s, &config), statistics: newStatistician(&config),
	}
}

// Handle has h run the tasks of a type in this process. Panics when the type is no valid name or has a handler already,
// and after Start.
func (c *Client) Handle(t Type, h Handler, options ...HandlerOption) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !typePattern.MatchString(string(t)):
		panic(fmt.Sprintf("taskq: %q is not a task type: upper-case letters, digits and underscores", t))
	case c.handlers[t] != nil || t == BulkType:
		panic("taskq: two handlers for " + string(t))
	case c.state != created:
		panic("taskq: Handle after Start")
	}
	r := &registration{handler: h, timeout: defaultTimeout, backoff: DefaultBackoff}
	for _, option := range options {
		option(r)
	}
	c.handlers[t] = r
}

// Start begins to run tasks of the types that have handlers, and to serve watchers. It returns once this worker is known
// to the database. It can be called once; everything ends with Stop, or when ctx does.
func (c *Client) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != created {
		return errors.New("starting the client: it was started before")
	}
	if c.config.DSN == "" {
		return errors.New("starting the client: Config.DSN is empty")
	}
	bells := newDoorbells()
	if len(c.handlers) > 0 {
		c.handlers[BulkType] = &registration{handler: c.runBulk, timeout: 24 * time.Hour, backoff: DefaultBackoff}
		w, err := newWorker(ctx, c.store, &c.config, c.handlers, bells)
		if err != nil {
			return fmt.Errorf("starting the worker: %w", err)
		}
		c.worker = w
	}
	c.state = started
	background, cancel := context.WithCancel(ctx)
	c.cancel = cancel
	l := &listener{dsn: c.config.DSN, bells: bells, log: c.config.Logger, timing: &c.config.timing, vitals: c.feed.vitals}
	c.spawn(func() { l.run(background) })
	c.feed.start()
	c.spawn(func() { c.feed.run(background, bells.changed) })
	c.statistics.watchers.start()
	c.spawn(func() { c.statistics.run(background) })
	if c.worker != nil {
		c.worker.start(background)
	}
	return nil
}

func (c *Client) spawn(f func()) {
	c.running.Add(1)
	go func() {
		defer c.running.Done()
		f()
	}()
}

// Stop claims no more tasks and waits for those that run. When ctx ends first, their handlers are cancelled with
// [ErrShutdown] and their tasks handed back, without using up the attempt. Watchers' channels are closed. Stop returns
// when all of the client's goroutines have ended, but for handlers that outlast Config.StopGrace. Stopping twice, or
// without Start, does nothing.
func (c *Client) Stop(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != started {
		return
	}
	c.state = stopped
	if c.worker != nil {
		c.worker.stop(ctx)
	}
	c.cancel()
	c.running.Wait()
}

// hostname names this process in the table of workers.
func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}
