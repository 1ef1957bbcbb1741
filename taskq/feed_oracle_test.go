package taskq_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/feedtest"
	"github.com/taskwire/taskwire/taskq"
)

// observer watches the feed as a browser does: it comes and goes, and resumes from its last cursor.
type observer struct {
	ledger *feedtest.Ledger
	filter taskq.Filter
	client *atomic.Pointer[taskq.Client]
}

func newObserver(client *atomic.Pointer[taskq.Client], types ...taskq.Type) *observer {
	return &observer{ledger: feedtest.NewLedger(), filter: taskq.Filter{Types: types}, client: client}
}

// run visits the feed again and again until ctx ends.
func (o *observer) run(ctx context.Context) {
	for stay := firstStay; ctx.Err() == nil; {
		told := o.visit(ctx, 50*time.Millisecond+rand.N(stay))
		if stay = min(2*stay, patience); told { // a busy machine may need longer until it tells anything
			stay = firstStay
		}
	}
}

const firstStay = 1_500 * time.Millisecond // at most, of an observer

// visit watches until the feed ends, or for a while, and reports whether it was told anything.
func (o *observer) visit(ctx context.Context, while time.Duration) (told bool) {
	ctx, cancel := context.WithTimeout(ctx, while)
	defer cancel()
	after := o.ledger.Visit()
	updates, err := o.client.Load().Watch(ctx, o.filter, taskq.WatchOptions{After: after, Snapshot: after == ""})
	if errors.Is(err, taskq.ErrCursorExpired) {
		o.ledger.Fault("the cursor has expired")
	}
	if err != nil { // the client has stopped, or the database is down
		<-time.After(10 * time.Millisecond)
		return false
	}
	for u := range updates {
		o.ledger.Tell(&u)
		told = true
	}
	return told
}

// expects returns what the observer is to be told, but for what was before it came: with a filter the events of tasks that
// are still there, since of a deleted one the type is not known any more, and without one all that ever were.
func (o *observer) expects(b *bench, before []feedtest.Event) []feedtest.Event {
	b.Helper()
	var types []string
	for _, t := range o.filter.Types {
		types = append(types, string(t))
	}
	return feedtest.Without(feedtest.Happened(b, b.db.DB, types), before)
}

// chaos is what a handler does.
func chaotic(ctx context.Context, task *taskq.Attempt) error {
	for i := range 5 {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Duration(rand.IntN(10)) * time.Millisecond):
			task.Progress(20*i, fmt.Sprint("step ", i))
		}
	}
	return whim()
}

func TestFeedTellsEveryWatcherExactlyWhatHappened(t *testing.T) {
	b, server := setupServer(t)
	b.crowd(1, chaotic, maxRunning(10))
	other := newClient(t, b.db)
	other.Handle(typeB, chaotic, taskq.WithBackoff(atOnce))
	b.start(other)

	proxy, dsn := dbtest.NewProxy(t, b.db.DSN)
	var feed atomic.Pointer[taskq.Client]
	serve := func() *taskq.Client {
		c := newClient(t, b.db, hurryRescue, func(c *taskq.Config) { c.HurryWatchdog(); c.DSN = dsn })
		require.NoError(t, c.Start(context.Background()))
		feed.Store(c)
		return c
	}
	serving := serve()
	for _, kind := range []taskq.Type{typeA, typeB} { // so that each observer gets its first cursor
		b.enqueue(taskq.NewTask{Type: kind, RunAt: time.Now().Add(time.Hour)})
	}
	before := feedtest.Happened(t, b.db.DB, nil)
	observers := map[string]*observer{
		"all": newObserver(&feed), "all too": newObserver(&feed), "type A": newObserver(&feed, typeA), "type B": newObserver(&feed, typeB),
	}
	watching, stopWatching := context.WithCancel(t.Context())
	var everybody, writers sync.WaitGroup
	for name, o := range observers {
		everybody.Go(func() { o.run(watching) })
		b.until(name+" has begun", o.ledger.IsBegun)
	}

	writing, stopWriting := context.WithCancel(t.Context())
	for range 4 {
		w := feedtest.NewWriter(b.client, b.db.DB, typeA, typeB)
		writers.Go(func() { w.Run(writing) })
	}
	b.harass(server, proxy, func() {
		b.stop(serving)
		serving = serve()
	})
	stopWriting()
	writers.Wait()
	b.untilHealthy()
	feedtest.UntilQuiet(t, b.db.DB, patience)
	last := time.Now()
	for name, o := range observers {
		expected := o.expects(b, before)
		require.NotEmpty(t, expected, name)
		b.until(name+" was told all", func() bool { return o.ledger.Knows(expected) })
	}
	t.Logf("all were told %s after the last task was done", time.Since(last).Round(time.Millisecond))
	stopWatching()
	everybody.Wait()
	b.stop(serving)
	for name, o := range observers {
		require.True(t, o.ledger.Knows(o.expects(b, before)), "%s was not told of all", name)
		o.ledger.RequireTrue(t, b.db.DB, name)
	}
}

// harass breaks for some seconds, or for minutes in long tests, whatever the feed stands on.
func (b *bench) harass(server *dbtest.Server, proxy *dbtest.Proxy, deploy func()) {
	b.Helper()
	pool, err := db.Open(b.Context(), b.db.DSN)
	require.NoError(b, err)
	defer func() { require.NoError(b, pool.Close()) }()
	rounds := 10
	if long() {
		rounds = 600
	}
	ticker := time.NewTicker(700 * time.Millisecond)
	defer ticker.Stop()
	for round := range rounds {
		<-ticker.C
		_, _ = pool.ExecContext(b.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'taskq listener' AND datname = current_database()`)
		switch round % 10 {
		case 2: // the server is restarted
			server.Restart()
		case 5: // a deployment of the program that serves the feed
			deploy()
		case 7: // a network that forwards no more
			proxy.Strand("")
		}
	}
}
