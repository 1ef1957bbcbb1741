package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/taskq"
)

// countingTasks counts how often dependsOn is resolved.
type countingTasks struct {
	graph.Tasks
	resolved *atomic.Int64
}

func (t countingTasks) DependsOn(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Task], error) {
	t.resolved.Add(1)
	return t.Tasks.DependsOn(ctx, id, p)
}

func TestAChangeIsResolvedOnceForAllThatAreSentTheSame(t *testing.T) {
	resolved := &atomic.Int64{}
	b := setup(t, nil, func(o *graph.Options) { o.Tasks = countingTasks{o.Tasks, resolved} })
	first := b.create(map[string]any{"type": embed})
	const rest = ` { kind taskId cursor task { dependsOn(first: 1) { nodes { id } } } } }`
	peers := make([]*peer, 8)
	for i := range peers {
		peers[i] = b.connect()
		peers[i].subscribe(fmt.Sprint(i), "subscription {"+strings.Repeat(" ", i)+"taskUpdated(snapshot: true)"+rest)
		require.Contains(t, string(peers[i].hear().Payload), first)
	}
	shared := func() bool { // once all have gone over to the group
		resolved.Store(0)
		id := b.create(map[string]any{"type": embed})
		payloads := map[string]bool{}
		for i, p := range peers {
			m := p.hear()
			require.Equal(t, message{ID: fmt.Sprint(i), Type: "next", Payload: m.Payload}, m)
			require.Contains(t, string(m.Payload), id)
			payloads[string(m.Payload)] = true
		}
		require.Len(t, payloads, 1, "all are sent the same")
		return resolved.Load() == 1
	}
	for deadline := time.Now().Add(patience); !shared(); {
		require.True(t, time.Now().Before(deadline), "each subscriber is resolved for on its own")
	}

	peers[0].say(`{"type": "complete", "id": "0"}`)
	require.NoError(t, peers[1].conn.Close())
	id := b.create(map[string]any{"type": embed})
	for _, p := range peers[2:] {
		require.Contains(t, string(p.hear().Payload), id, "others come and go")
	}
}

// What is resolved for one must not be sent to another who may not see it, whoever came first.
func TestRightsAreNotShared(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	_, boss := b.key(auth.NewKey{Name: "boss", Role: auth.Operator})
	var owners [3]string
	for i := range owners {
		_, owners[i] = b.key(auth.NewKey{Name: fmt.Sprint("owner", i), Role: auth.Operator, OwnOnly: true})
	}
	create := func(secret string) string {
		t.Helper()
		var made struct {
			CreateTask struct{ Task struct{ ID string } }
		}
		r := b.postAs(secret, `mutation { createTask(input: {type: DATA_IMPORT}) { task { id } } }`, nil)
		require.Empty(t, r.Errors)
		require.NoError(t, json.Unmarshal(r.Data, &made))
		return made.CreateTask.Task.ID
	}
	everybody := []string{owners[0], boss, owners[1], owners[2], boss}
	var watching []*peer
	old := map[string]string{} // tasks of the preparation, and whose they are
	for _, secret := range everybody {
		p := b.connectAs(secret)
		old[create(secret)] = secret
		p.subscribe("1", `subscription { taskUpdated(snapshot: true) `+updateFields+` }`)
		p.hear()
		watching = append(watching, p)
	}
	for range 5 { // on their own first, then in their groups
		var created []string
		for _, secret := range owners {
			created = append(created, create(secret))
		}
		for i, secret := range everybody {
			want := created
			if n := slices.Index(owners[:], secret); n >= 0 {
				want = created[n : n+1]
			}
			var heard []string
			for len(heard) < len(want) {
				u := watching[i].hearUpdate()
				if owner, isOld := old[u.TaskID]; isOld {
					require.True(t, owner == secret || secret == boss, "somebody else's")
					continue
				}
				heard = append(heard, u.TaskID)
			}
			require.ElementsMatch(t, want, heard, "watcher %d", i)
		}
	}
}

// Subscribers come with a snapshot, go, and come back with their cursor, while tasks run: each sees the versions of each task
// rise, and knows in the end what the database has.
func TestSubscribersComeAndGo(t *testing.T) {
	b := setup(t, map[taskq.Type]taskq.Handler{embed: func(ctx context.Context, task *taskq.Attempt) error {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for percent := range 20 {
			task.Progress(percent, "")
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
		return nil
	}}, func(o *graph.Options) { o.Websocket.MessagesPerSecond = 10_000 })
	const clients, tasks = 6, 50
	peers := make([]*peer, clients)
	for i := range peers {
		peers[i] = b.connect()
	}
	var running sync.WaitGroup
	faults := make(chan string, clients)
	for i, p := range peers {
		running.Go(func() { faults <- p.comeAndGo(3+i, tasks) })
	}
	for range tasks {
		b.create(map[string]any{"type": embed})
	}
	running.Wait()
	for range clients {
		require.Empty(t, <-faults)
	}
}

// visits is how often a subscriber comes back before it stays: the slower the machine, the more there would be.
const visits = 30

// comeAndGo subscribes anew after every few updates, until so many tasks are complete.
func (p *peer) comeAndGo(every, tasks int) (fault string) {
	done := map[string]bool{}
	argument, cursor := "snapshot: true", ""
	for visit := 0; len(done) < tasks; visit++ {
		versions := map[string]int{}
		id := fmt.Sprint(visit)
		text := fmt.Sprintf(`{"id": %q, "type": "subscribe", "payload": {"query": %q}}`, id,
			"subscription { taskUpdated("+argument+") { taskId cursor task { version status } } }")
		if err := p.conn.WriteMessage(1, []byte(text)); err != nil {
			return err.Error()
		}
		began := cursor // a cursor stands for a pass, which has to be read to its end to get on
		for n := 0; (n < every || cursor == began || visit >= visits) && len(done) < tasks; {
			var m struct {
				ID, Type string
				Payload  struct {
					Data struct{ TaskUpdated taskUpdate }
				}
			}
			if err := p.conn.ReadJSON(&m); err != nil || m.Type != "next" {
				return fmt.Sprintf("%v %v with %d of %d tasks", m, err, len(done), tasks)
			}
			if m.ID != id {
				continue // was under way when it stopped the one before
			}
			n++
			u := m.Payload.Data.TaskUpdated
			if u.Task.Version <= versions[u.TaskID] {
				return fmt.Sprintf("version %d after %d", u.Task.Version, versions[u.TaskID])
			}
			versions[u.TaskID] = u.Task.Version
			if u.Task.Status == "COMPLETED" {
				done[u.TaskID] = true
			}
			cursor = u.Cursor
		}
		argument = fmt.Sprintf("after: %q", cursor)
		if err := p.conn.WriteMessage(1, fmt.Appendf(nil, `{"id": %q, "type": "complete"}`, id)); err != nil {
			return err.Error()
		}
	}
	return ""
}

// A client that stops reading shares its group with one that reads. It is gone within its deadline; the other misses nothing.
func TestStalledClientHurtsNobody(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Websocket.WriteTimeout = time.Second })
	const subscription = `subscription { taskUpdated(snapshot: true) { kind taskId task { description metadata } } }`
	b.create(map[string]any{"type": embed})
	stalled, fast := b.connect(), b.connect()
	tcp, ok := stalled.conn.NetConn().(*net.TCPConn)
	require.True(t, ok)
	require.NoError(t, tcp.SetReadBuffer(4<<10)) // the kernel would read some megabytes for it
	stalled.subscribe("1", subscription)
	fast.subscribe("1", subscription)
	require.Equal(t, "next", fast.hear().Type)

	filling := strings.Repeat("x", 30_000)
	isGone := func() bool {
		said := b.log.String()
		return strings.Contains(said, "the client does not read") || strings.Contains(said, "Too slow, try again later") // whichever limit is first
	}
	for deadline := time.Now().Add(patience); !isGone(); {
		require.True(t, time.Now().Before(deadline), "the stalled client stays")
		id := b.create(map[string]any{"type": embed, "metadata": map[string]any{"filling": filling}})
		require.Contains(t, string(fast.hear().Payload), id)
	}
	id := b.create(map[string]any{"type": embed})
	require.Contains(t, string(fast.hear().Payload), id)
}

// Event streams and websockets share among each other.
func TestEventStreamSharesWithWebsockets(t *testing.T) {
	resolved := &atomic.Int64{}
	b := setup(t, nil, func(o *graph.Options) { o.Tasks = countingTasks{o.Tasks, resolved} })
	const subscription = `subscription { taskUpdated(snapshot: true) { taskId task { dependsOn(first: 1) { nodes { id } } } } }`
	first := b.create(map[string]any{"type": embed})
	p := b.connect()
	p.subscribe("1", subscription)
	require.Contains(t, string(p.hear().Payload), first)
	body, err := json.Marshal(map[string]string{"query": subscription})
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(b.request("POST", "", string(body), "Content-Type", jsonBody, "Accept", "text/event-stream"))
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	lines := bufio.NewScanner(answer.Body)
	requireEvent := func(id string) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				require.Contains(t, data, id)
				return
			}
		}
		require.Fail(t, "the stream ended")
	}
	requireEvent(first)
	for deadline := time.Now().Add(patience); ; {
		resolved.Store(0)
		id := b.create(map[string]any{"type": embed})
		requireEvent(id)
		require.Contains(t, string(p.hear().Payload), id)
		if resolved.Load() == 1 {
			return
		}
		require.True(t, time.Now().Before(deadline), "each is resolved for on its own")
	}
}

// Whoever comes later is told the statistics as they are, and from then on the same as the others.
func TestStatisticsAreTheSameForAll(t *testing.T) {
	b := setup(t, nil)
	var peers []*peer
	for n := range 5 {
		p := b.connect()
		p.subscribe("1", `subscription { taskStatsUpdated { at counts { status count } } }`)
		require.Contains(t, string(p.hear().Payload), `"taskStatsUpdated"`)
		peers = append(peers, p)
		b.create(map[string]any{"type": embed})
		told := map[string]bool{}
		for _, p := range peers {
			m := p.hear()
			for !strings.Contains(string(m.Payload), fmt.Sprintf(`"count":%d}`, n+1)) {
				m = p.hear()
			}
			told[string(m.Payload)] = true
		}
		require.Len(t, told, 1)
	}
}
