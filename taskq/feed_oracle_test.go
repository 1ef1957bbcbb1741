package taskq_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// observer watches the feed as a browser does: it comes and goes, and resumes from its last cursor. It notes what it is
// told, to be compared with what the database says has happened.
type observer struct {
	filter taskq.Filter
	client *atomic.Pointer[taskq.Client]

	mu     sync.Mutex // protects the rest
	cursor string
	latest map[uuid.UUID]int64 // the newest version seen of each task
	told   map[toldEvent]bool
	faults []string
	visits int
}

type toldEvent struct {
	Task    uuid.UUID       `db:"task_id"`
	Version int64           `db:"version"`
	Kind    taskq.EventKind `db:"kind"`
	To      taskq.Status    `db:"to_status"`
}

func newObserver(client *atomic.Pointer[taskq.Client], filter taskq.Filter) *observer {
	return &observer{filter: filter, client: client, latest: map[uuid.UUID]int64{}, told: map[toldEvent]bool{}}
}

// run visits the feed again and again until ctx ends.
func (o *observer) run(ctx context.Context) {
	for ctx.Err() == nil {
		o.visit(ctx)
	}
}

// visit watches until the feed ends, or for a random while.
func (o *observer) visit(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(50+rand.IntN(1_500))*time.Millisecond)
	defer cancel()
	o.mu.Lock()
	after := o.cursor
	o.visits++
	o.mu.Unlock()
	updates, err := o.client.Load().Watch(ctx, o.filter, taskq.WatchOptions{After: after})
	if errors.Is(err, taskq.ErrCursorExpired) {
		o.fault("the cursor has expired")
	}
	if err != nil { // the client has stopped, or the database is down
		<-time.After(10 * time.Millisecond)
		return
	}
	risen := map[uuid.UUID]int64{}
	for u := range updates {
		o.note(&u, risen)
	}
}

func (o *observer) fault(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults = append(o.faults, fmt.Sprintf(format, args...))
}

func (o *observer) note(u *taskq.Update, risen map[uuid.UUID]int64) {
	version := int64(0)
	if u.Task != nil {
		version = u.Task.Version
	}
	if u.Event != nil {
		version = u.Event.Version
	}
	if version <= risen[u.TaskID] {
		o.fault("version %d of %s after %d", version, u.TaskID, risen[u.TaskID])
	}
	risen[u.TaskID] = version
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cursor = u.Cursor
	o.latest[u.TaskID] = max(o.latest[u.TaskID], version)
	if u.Event != nil {
		o.told[toldEvent{u.TaskID, u.Event.Version, u.Event.Kind, u.Event.To}] = true
	}
}

// missing returns how many of these events the observer was not told of.
func (o *observer) missing(happened []toldEvent) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, e := range happened {
		if !o.told[e] {
			n++
		}
	}
	return n
}

// writer changes tasks at random, in transactions of all lengths of which many are rolled back. What fails, since the
// database is down or refuses it, does not matter: what the database has is what has happened.
type writer struct {
	*bench
	known []uuid.UUID
}

func (w *writer) run(ctx context.Context) {
	for ctx.Err() == nil {
		w.step(ctx)
		<-time.After(time.Duration(rand.IntN(10)) * time.Millisecond)
	}
}

func (w *writer) step(ctx context.Context) {
	some := w.some()
	switch rand.IntN(8) {
	case 0, 1:
		w.enqueueSome(ctx)
	case 2:
		w.inTransaction(ctx, time.Duration(rand.IntN(50))*time.Millisecond)
	case 3:
		if rand.IntN(10) == 0 {
			w.inTransaction(ctx, time.Duration(500+rand.IntN(1_000))*time.Millisecond)
		}
	case 4:
		_, _ = w.client.Cancel(ctx, some, "ann", "")
	case 5:
		_, _ = w.client.Retry(ctx, some, "ann", "")
	case 6:
		_, _ = w.client.SetPriority(ctx, some, rand.IntN(10), "ann", "")
	default:
		if rand.IntN(4) == 0 {
			_, _ = w.client.Delete(ctx, some, "ann", "")
		}
	}
}

func (w *writer) some() []uuid.UUID {
	ids := []uuid.UUID{uuid.New()}
	for range 3 {
		if len(w.known) > 0 {
			ids = append(ids, w.known[rand.IntN(len(w.known))])
		}
	}
	return ids
}

func (w *writer) newTasks() []taskq.NewTask {
	many := make([]taskq.NewTask, 1+rand.IntN(4))
	for i := range many {
		many[i] = taskq.NewTask{ID: uuid.Must(uuid.NewV7()), Type: []taskq.Type{typeA, typeB}[rand.IntN(2)]}
		if i > 0 && rand.IntN(2) == 0 {
			many[i].DependsOn = []taskq.Dependency{anyPolicy(many[i-1].ID)}
		}
	}
	return many
}

func (w *writer) enqueueSome(ctx context.Context) {
	enqueued, err := w.client.EnqueueMany(ctx, w.newTasks())
	if err != nil {
		return
	}
	for _, e := range enqueued {
		w.known = append(w.known, e.Task.ID)
	}
}

var errRollback = errors.New("rolled back")

// inTransaction enqueues and changes tasks in one transaction, which stays open for a while.
func (w *writer) inTransaction(ctx context.Context, open time.Duration) {
	tx, err := w.db.BeginTxx(ctx, nil)
	if err != nil {
		return
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	if _, err := w.client.EnqueueManyTx(ctx, tx, w.newTasks()); err != nil {
		return
	}
	_, _ = tx.ExecContext(ctx, `UPDATE tasks SET description = description || '.' WHERE id = $1`, w.some()[0])
	<-time.After(open)
	if rand.IntN(3) > 0 {
		_ = tx.Commit()
	}
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
	observers := map[string]*observer{
		"all": newObserver(&feed, taskq.Filter{}), "all too": newObserver(&feed, taskq.Filter{}),
		"type A": newObserver(&feed, taskq.Filter{Types: []taskq.Type{typeA}}),
		"type B": newObserver(&feed, taskq.Filter{Types: []taskq.Type{typeB}}),
	}
	watching, stopWatching := context.WithCancel(t.Context())
	var everybody, writers sync.WaitGroup
	for _, o := range observers {
		first, cancel := context.WithCancel(t.Context())
		updates, err := serving.Watch(first, o.filter, taskq.WatchOptions{})
		require.NoError(t, err)
		kind := typeA
		if o.filter.Types != nil {
			kind = o.filter.Types[0]
		}
		b.enqueue(taskq.NewTask{Type: kind, Description: "first"})
		u := next(t, updates)
		o.cursor = u.Cursor
		cancel()
		everybody.Go(func() { o.run(watching) })
	}

	writing, stopWriting := context.WithCancel(t.Context())
	pool, err := db.Open(t.Context(), b.db.DSN)
	require.NoError(t, err)
	defer func() { require.NoError(t, pool.Close()) }()
	for range 4 {
		w := &writer{bench: b}
		writers.Go(func() { w.run(writing) })
	}
	rounds := 10
	if long() {
		rounds = 600
	}
	ticker := time.NewTicker(700 * time.Millisecond)
	defer ticker.Stop()
	for round := range rounds {
		<-ticker.C
		_, _ = pool.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`)
		switch round % 10 {
		case 2: // the server is restarted
			server.Restart()
		case 5: // a deployment of the program that serves the feed
			b.stop(serving)
			serving = serve()
		case 7: // a network that forwards no more
			proxy.Strand("")
		}
	}
	stopWriting()
	writers.Wait()
	b.untilHealthy()
	b.untilDone()
	last := time.Now()
	for name, o := range observers {
		happened := b.happened(o.filter)
		b.until(name+" was told all", func() bool { return o.missing(happened) == 0 })
	}
	t.Logf("all were told %s after the last task was done", time.Since(last).Round(time.Millisecond))
	stopWatching()
	everybody.Wait()
	b.stop(serving)
	for name, o := range observers {
		b.requireExact(name, o)
	}
}

// happened returns what the database says, but for how the tasks began that gave the observers their first cursors.
func (b *bench) happened(f taskq.Filter) []toldEvent {
	b.Helper()
	kinds := []string{string(typeA), string(typeB)}
	if f.Types != nil {
		kinds = []string{string(f.Types[0])}
	}
	// Events outlive their task; the type of a deleted one is not known any more.
	return list[toldEvent](b, `SELECT e.task_id, e.version, e.kind, e.to_status FROM task_events e JOIN tasks t ON t.id = e.task_id
		WHERE t.task_type = ANY ($1::text[]) AND t.description NOT LIKE 'first%'`, textArray(kinds))
}

func (b *bench) requireExact(name string, o *observer) {
	b.Helper()
	require.Empty(b, o.faults, name)
	everything := map[toldEvent]bool{}
	for _, e := range list[toldEvent](b, `SELECT task_id, version, kind, to_status FROM task_events`) {
		everything[e] = true
	}
	for e := range maps.Keys(o.told) {
		require.True(b, everything[e], "%s was told of what never happened: %+v", name, e)
	}
	if o.filter.Types == nil { // every event, of deleted tasks too
		for _, e := range list[toldEvent](b, `SELECT task_id, version, kind, to_status FROM task_events
			WHERE task_id NOT IN (SELECT id FROM tasks WHERE description LIKE 'first%')`) {
			require.True(b, o.told[e], "%s was not told of %+v", name, e)
		}
	}
	for _, s := range list[modelTask](b, selectModel) {
		if seen, ok := o.latest[s.ID]; ok {
			require.Equal(b, s.Version, seen, "%s does not know the last state of %s", name, s.ID)
		}
	}
	b.Logf("%s: %d events in %d visits", name, len(o.told), o.visits)
}
