package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/taskq"
)

const listTasks = `{ tasks(first: 100) { nodes { id } } }`

// gate holds up lists of tasks until each is let on: to fail, or with nil.
type gate struct {
	graph.Tasks
	entered chan string // ids of the requests whose lists are held up
	let     chan error
	close   context.CancelFunc // set by open
}

func (g *gate) List(ctx context.Context, f taskq.Filter, o taskq.Order, p taskq.Page) (taskq.Slice[taskq.Task], error) {
	if err := g.pass(ctx); err != nil {
		return taskq.Slice[taskq.Task]{}, err
	}
	return g.Tasks.List(ctx, f, o, p)
}

func (g *gate) pass(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case g.entered <- telemetry.RequestID(ctx):
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-g.let:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next returns the id of a request whose list is held up.
func (b *bench) next(g *gate) string {
	b.Helper()
	select {
	case id := <-g.entered:
		return id
	case <-b.ctx.Done():
		require.Fail(b, "no list is asked for")
		return ""
	}
}

// letOn lets one on.
func (b *bench) letOn(g *gate, err error) {
	b.Helper()
	select {
	case g.let <- err:
	case <-b.ctx.Done():
		require.Fail(b, "no list is held up")
	}
}

// open lets all on that come, until close or the end of the test.
func (g *gate) open(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	g.close = cancel
	go func() {
		for {
			select {
			case <-g.entered:
			case g.let <- nil:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// setupGate starts a server whose lists of tasks are held up.
func setupGate(t *testing.T, change ...func(*graph.Options)) (*bench, *gate) {
	t.Helper()
	g := &gate{entered: make(chan string), let: make(chan error)}
	return setup(t, nil, append(change, func(o *graph.Options) {
		g.Tasks, o.Tasks, o.SharePatience = o.Tasks, g, 2*patience
	})...), g
}

// asked is a request that is under way.
type asked struct {
	id     string
	cancel context.CancelFunc
	answer chan response // closed without an answer when the request was cancelled
}

// ask sends an operation with a request id, and does not wait for its answer.
func (b *bench) ask(secret, id, query string) asked {
	b.Helper()
	ctx, cancel := context.WithCancel(b.ctx)
	a := asked{id, cancel, make(chan response, 1)}
	request := b.operation(secret, query, nil).WithContext(ctx)
	request.Header.Set(telemetry.RequestIDHeader, id)
	go func() {
		defer close(a.answer)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return
		}
		defer answer.Body.Close() //nolint:errcheck // only read
		r := response{status: answer.StatusCode}
		if body, err := io.ReadAll(answer.Body); err == nil && json.Unmarshal(body, &r) == nil {
			a.answer <- r
		}
	}()
	b.Cleanup(cancel)
	return a
}

// askMany has n identical requests wait for each other: one whose list is held up, and those that wait for it.
func (b *bench) askMany(g *gate, n int, query string) []asked {
	b.Helper()
	all := []asked{b.ask("", "request-0", query)}
	require.Equal(b, "request-0", b.next(g))
	for i := 1; i < n; i++ {
		all = append(all, b.ask("", fmt.Sprint("request-", i), query))
	}
	b.awaitMetric("taskwire_queries_waiting", n-1)
	return all
}

// metric returns the value of one of the handler's own.
func (b *bench) metric(name string) int {
	b.Helper()
	registry := prometheus.NewRegistry()
	require.NoError(b, registry.Register(b.api))
	families, err := registry.Gather()
	require.NoError(b, err)
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return int(m.GetCounter().GetValue() + m.GetGauge().GetValue())
		}
	}
	require.Fail(b, "there is no metric "+name)
	return 0
}

func (b *bench) awaitMetric(name string, want int) {
	b.Helper()
	require.Eventually(b, func() bool { return b.metric(name) == want }, patience, pollInterval, name)
}

func TestIdenticalQueriesShareARun(t *testing.T) {
	b, g := setupGate(t)
	id := b.create(map[string]any{"type": embed})
	const n = 10
	all := b.askMany(g, n, listTasks)
	late := b.create(map[string]any{"type": embed}) // when all have come, and one has begun
	b.letOn(g, nil)
	require.NotEmpty(t, b.next(g))
	b.letOn(g, nil)
	for _, a := range all {
		r := <-a.answer
		require.Empty(t, r.Errors)
		require.Contains(t, string(r.Data), id)
		require.Contains(t, string(r.Data), late)
		require.NotEmpty(t, r.Extensions["cost"])
	}
	require.Equal(t, n-2, b.metric("taskwire_queries_shared_total"))
	require.Zero(t, b.metric("taskwire_queries_waiting"))

	another := b.ask("", "another", listTasks)
	require.Equal(t, "another", b.next(g), "nothing is kept")
	b.letOn(g, nil)
	require.Empty(t, (<-another.answer).Errors)
}

func TestDifferentQueriesDoNotShareARun(t *testing.T) {
	b, g := setupGate(t)
	const operations = `query A { tasks(first: 1) { nodes { id } } } query B { tasks(first: 2) { nodes { id } } }`
	bodies := []string{
		`{"query": "{ tasks(first: 1) { nodes { id } } }"}`,
		`{"query": "{ tasks(first: 2) { nodes { id } } }"}`,
		`{"query": "query ($n: Int) { tasks(first: $n) { nodes { id } } }", "variables": {"n": 1}}`,
		`{"query": "query ($n: Int) { tasks(first: $n) { nodes { id } } }", "variables": {"n": 2}}`,
		`{"query": "` + operations + `", "operationName": "A"}`,
		`{"query": "` + operations + `", "operationName": "B"}`,
	}
	for range 3 {
		b.create(map[string]any{"type": embed})
	}
	var running sync.WaitGroup
	lengths := make([]int, len(bodies))
	for i, body := range bodies {
		running.Go(func() {
			answer, err := http.DefaultClient.Do(b.request("POST", "", body, "Content-Type", jsonBody))
			if err != nil {
				return
			}
			defer answer.Body.Close() //nolint:errcheck // only read
			text, _ := io.ReadAll(answer.Body)
			lengths[i] = strings.Count(string(text), `"id"`)
		})
	}
	for range bodies {
		require.NotNil(t, b.next(g), "all run beside each other")
	}
	for range bodies {
		b.letOn(g, nil)
	}
	running.Wait()
	require.Equal(t, []int{1, 2, 1, 2, 1, 2}, lengths)
}

func TestErrorsAreNotShared(t *testing.T) {
	b, g := setupGate(t)
	const n = 6
	for name, query := range map[string]string{
		"alone": listTasks, "beside data": `{ taskTypes { type } again: nodes(ids: []) { id } tasks(first: 1) { nodes { id } } }`,
	} {
		t.Run(name, func(*testing.T) {
			all := b.askMany(g, n, query)
			for i := range n {
				if i > 0 {
					require.NotEmpty(t, b.next(g), "each runs by itself")
				}
				b.letOn(g, errors.New("broken"))
			}
			for _, a := range all {
				r := <-a.answer
				require.Equal(t, []string{"INTERNAL"}, r.codes())
				require.Equal(t, a.id, r.Errors[0].Extensions["requestId"])
			}
		})
	}
	require.Zero(t, b.metric("taskwire_queries_shared_total"))
}

// Clients vanish: the one whose list is under way, some that wait, and the one that reads for those who stay.
func TestAClientThatVanishesHurtsNobody(t *testing.T) {
	b, g := setupGate(t)
	const n = 8
	all := b.askMany(g, n, listTasks)
	byID := map[string]asked{}
	for _, a := range all {
		byID[a.id] = a
	}
	vanish := func(id string) {
		byID[id].cancel()
		<-byID[id].answer
		delete(byID, id)
	}
	all[3].cancel()
	b.awaitMetric("taskwire_queries_waiting", n-2)
	delete(byID, all[3].id)
	vanish("request-0")
	vanish(b.next(g))
	g.open(t)
	for _, a := range byID {
		r := <-a.answer
		require.Empty(t, r.Errors)
		require.NotEmpty(t, r.Data)
	}
	require.Len(t, byID, n-3)
}

// What was written before a query was sent is in its answer, whatever runs already.
func TestQueriesSeeWhatWasWrittenBefore(t *testing.T) {
	b := setup(t, nil)
	const writers, rounds, readers = 6, 10, 6
	ctx, stop := context.WithCancel(b.ctx)
	var reading, writing sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for ctx.Err() == nil {
				<-b.ask("", "", listTasks).answer
			}
		})
	}
	var missed atomic.Int64
	for range writers {
		writing.Go(func() {
			for round := 0; round < rounds; round++ {
				r := <-b.ask("", "", `mutation { createTask(input: {type: EMBEDDING_GENERATION}) { task { id } } }`).answer
				var made struct {
					CreateTask struct{ Task struct{ ID string } }
				}
				err := json.Unmarshal(r.Data, &made)
				if r := <-b.ask("", "", listTasks).answer; err != nil || !strings.Contains(string(r.Data), made.CreateTask.Task.ID) {
					missed.Add(1)
				}
			}
		})
	}
	writing.Wait()
	require.Eventually(t, func() bool { return b.metric("taskwire_queries_shared_total") > 0 }, patience, pollInterval)
	stop()
	reading.Wait()
	require.Zero(t, missed.Load())
}

// Principals that see the same share a run, and others do not; who a caller is, nobody shares.
func TestRunsAreSharedByThoseWhoSeeTheSame(t *testing.T) {
	b, g := setupGate(t, guarded(auth.Limits{}))
	type caller struct {
		auth.NewKey
		secret, task string
	}
	callers := []*caller{
		{NewKey: auth.NewKey{Name: "ann", Role: auth.Viewer}},
		{NewKey: auth.NewKey{Name: "bob", Role: auth.Viewer}},
		{NewKey: auth.NewKey{Name: "cid", Role: auth.Operator}},
		{NewKey: auth.NewKey{Name: "dan", Role: auth.Admin}},
		{NewKey: auth.NewKey{Name: "eve", Role: auth.Operator, OwnOnly: true}},
		{NewKey: auth.NewKey{Name: "fay", Role: auth.Operator, OwnOnly: true}},
	}
	var tasks []string
	for _, c := range callers {
		_, c.secret = b.key(c.NewKey)
		if c.Role == auth.Viewer {
			continue
		}
		var made struct {
			CreateTask struct{ Task struct{ ID string } }
		}
		r := b.postAs(c.secret, `mutation { createTask(input: {type: DATA_IMPORT}) { task { id } } }`, nil)
		require.NoError(t, json.Unmarshal(r.Data, &made))
		c.task = made.CreateTask.Task.ID
		tasks = append(tasks, c.task)
	}
	for _, query := range []string{
		listTasks,
		`{ viewer { name subject role ownOnly } tasks(first: 100) { nodes { id } } }`,
		`query { ...who tasks(first: 100) { nodes { id } } } fragment who on Query { ... on Query { me: viewer { name } } }`,
	} {
		asksWho := strings.Contains(query, "viewer")
		var all []asked
		for range 2 { // each twice, so that there is something to share
			for _, c := range callers {
				all = append(all, b.ask(c.secret, c.Name, query))
			}
		}
		runs := 5 // of as many who see different things
		if asksWho {
			runs = len(all)
		}
		for range runs {
			b.next(g)
		}
		if !asksWho {
			b.awaitMetric("taskwire_queries_waiting", len(all)-runs)
		}
		g.open(t)
		for i, a := range all {
			c := callers[i%len(callers)]
			r := <-a.answer
			require.Empty(t, r.Errors)
			require.Equal(t, asksWho, strings.Contains(string(r.Data), `"`+c.Name+`"`), "%s", r.Data)
			for _, id := range tasks {
				require.Equal(t, !c.OwnOnly || id == c.task, strings.Contains(string(r.Data), id), "%s", c.Name)
			}
		}
		g.close()
	}
}

// An operation that is refused before it runs is not answered by the run of another.
func TestWhoIsRefusedGetsNothingByAnother(t *testing.T) {
	b, g := setupGate(t, guarded(auth.Limits{Cost: 0.01}))
	_, rich := b.key(auth.NewKey{Name: "rich", Role: auth.Viewer})
	_, poor := b.key(auth.NewKey{Name: "poor", Role: auth.Viewer})
	require.Empty(t, b.postAs(poor, whoAmI, nil).Errors) // all that it may use for a while
	first := b.ask(rich, "first", listTasks)
	b.next(g)
	require.Equal(t, []string{"RATE_LIMITED"}, (<-b.ask(poor, "refused", listTasks).answer).codes())
	b.letOn(g, nil)
	require.Empty(t, (<-first.answer).Errors)
}

// A query over a websocket, or as a stream of events, ends after one result, whoever's run it was.
func TestSharedResultsComeOnceOverEveryTransport(t *testing.T) {
	b, g := setupGate(t)
	b.create(map[string]any{"type": embed})
	p := b.connect()
	all := b.askMany(g, 2, listTasks)
	p.subscribe("1", listTasks)
	events := make(chan string)
	request := b.request("POST", "", `{"query": "`+listTasks+`"}`, "Content-Type", jsonBody, "Accept", "text/event-stream")
	go func() {
		defer close(events)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return
		}
		defer answer.Body.Close() //nolint:errcheck // only read
		text, _ := io.ReadAll(answer.Body)
		events <- string(text)
	}()
	b.awaitMetric("taskwire_queries_waiting", 3)
	b.letOn(g, nil)
	b.next(g)
	b.letOn(g, nil)
	want := string((<-all[1].answer).Data)
	m := p.hear()
	require.Equal(t, "next", m.Type)
	require.Contains(t, string(m.Payload), want)
	require.Equal(t, message{ID: "1", Type: "complete"}, p.hear())
	text := <-events
	require.Equal(t, 1, strings.Count(text, "event: next"))
	require.Equal(t, 1, strings.Count(text, "event: complete"))
	require.Contains(t, text, want)
	require.Equal(t, 2, b.metric("taskwire_queries_shared_total"))
}
