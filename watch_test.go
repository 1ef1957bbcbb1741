package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

const watchExample = "examples/watch-node"

// nodeClient is one of the example's programs, which print each update that they are sent as a line of JSON.
type nodeClient struct {
	script string

	mu     sync.Mutex // protects the rest
	told   map[happening]bool
	latest map[uuid.UUID]int64 // the newest version of each task
	faults []string
	stderr strings.Builder
}

// happening is an event as clients see it.
type happening struct {
	Task    uuid.UUID `db:"task_id"`
	Version int64     `db:"version"`
	Kind    string    `db:"kind"`
	To      string    `db:"to_status"`
}

// startNode runs a program of the example until the test ends.
func startNode(t *testing.T, script, url string) *nodeClient {
	t.Helper()
	c := &nodeClient{script: script, told: map[happening]bool{}, latest: map[uuid.UUID]int64{}}
	command := exec.Command("node", filepath.Join(watchExample, script), url+"/graphql") //nolint:gosec // the example's
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	command.Stderr = c
	require.NoError(t, command.Start())
	read := make(chan struct{})
	go func() {
		defer close(read)
		c.read(output)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-read
		_ = command.Wait() // killed
		if t.Failed() {
			t.Logf("%s says: %s", script, &c.stderr)
		}
	})
	return c
}

// Write takes what the program complains about. It is part of io.Writer.
func (c *nodeClient) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stderr.Write(p)
}

func (c *nodeClient) read(output io.Reader) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c.mu.Lock()
		if err := c.note(lines.Bytes()); err != nil {
			c.faults = append(c.faults, err.Error())
		}
		c.mu.Unlock()
	}
}

// note takes an update. One that was on its way when a connection broke may come twice.
func (c *nodeClient) note(line []byte) error {
	var u struct {
		TaskID string
		Task   *struct{ Version int64 }
		Event  *struct {
			Kind, To string
			Version  int64
		}
	}
	if err := json.Unmarshal(line, &u); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	_, id, ok := globalid.Parse(u.TaskID)
	if !ok {
		return fmt.Errorf("no update: %s", line)
	}
	version, known := int64(0), false
	if u.Task != nil {
		version = u.Task.Version
	}
	if u.Event != nil {
		e := happening{id, u.Event.Version, u.Event.Kind, u.Event.To}
		known = c.told[e]
		c.told[e] = true
		version = max(version, e.Version)
	}
	if version < c.latest[id] && !known {
		return fmt.Errorf("after version %d: %s", c.latest[id], line)
	}
	c.latest[id] = max(c.latest[id], version)
	return nil
}

// knows reports whether the client was told of tasks and of all these events.
func (c *nodeClient) knows(events []happening) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		if !c.told[e] {
			return false
		}
	}
	return len(c.latest) > 0
}

// stage is a running taskwire with a PostgreSQL that it does not own, clients that watch, and somebody who makes changes.
type stage struct {
	*testing.T
	postgres *dbtest.Server
	db       *dbtest.DB
	tasks    *taskq.Client // not started
	program  *program
	restart  func() *program
	clients  []*nodeClient
	first    uuid.UUID // the task whose beginning no client saw
}

func setupStage(t *testing.T) *stage {
	t.Helper()
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat(filepath.Join(watchExample, "node_modules", ".package-lock.json")); err != nil {
		t.Skip("run npm ci in " + watchExample + " first")
	}
	s := &stage{T: t, postgres: dbtest.StartServer(t)}
	s.db = s.postgres.New()
	s.tasks = taskq.New(s.db.DB, taskq.Config{})
	dataDir, address := newDataDir(t), fixedAddress(t)
	s.restart = func() *program {
		return startProgram(t, dataDir, "--database-url", s.db.DSN, "--listen", address)
	}
	s.program = s.restart()
	for _, script := range []string{"websocket.mjs", "sse.mjs", "urql.mjs"} {
		s.clients = append(s.clients, startNode(t, script, s.program.url))
	}
	s.first = s.enqueue(taskq.NewTask{Type: embedding.TaskType, RunAt: inAnHour()}).Task.ID // so that each gets its first cursor
	s.untilAllKnow("how things stand", func() []happening { return nil })
	return s
}

// fixedAddress is one to come back to: no port that the system gives to others meanwhile.
func fixedAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err == nil {
			require.NoError(t, listener.Close())
			return address
		}
	}
	require.FailNow(t, "there is no free port")
	return ""
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func (s *stage) enqueue(n taskq.NewTask) taskq.Enqueued {
	s.Helper()
	enqueued, err := s.tasks.Enqueue(s.Context(), n)
	require.NoError(s, err)
	return enqueued
}

// change does something to some of the known tasks, and returns them with what it has enqueued. It fails while the database
// is down, which does not matter: what the database has is what has happened.
func (s *stage) change(ctx context.Context, known []uuid.UUID) []uuid.UUID {
	some := []uuid.UUID{uuid.New()}
	if len(known) > 0 {
		some = append(some, known[rand.IntN(len(known))])
	}
	switch rand.IntN(8) {
	case 0:
		_, _ = s.tasks.Cancel(ctx, some, "ann", "")
	case 1:
		_, _ = s.tasks.Retry(ctx, some, "ann", "")
	case 2:
		_, _ = s.tasks.SetPriority(ctx, some, rand.IntN(10), "ann", "")
	case 3:
		_, _ = s.tasks.Delete(ctx, some, "ann", "")
	}
	one := taskq.NewTask{Type: embedding.TaskType}
	if rand.IntN(4) > 0 {
		one.RunAt = inAnHour()
	}
	if enqueued, err := s.tasks.Enqueue(ctx, one); err == nil {
		known = append(known, enqueued.Task.ID)
	}
	return known
}

// during makes changes before, while and after something happens, and returns once all clients know of the last one.
func (s *stage) during(what string, happens func()) {
	s.Helper()
	const changes = 100
	begun, happened := make(chan struct{}), make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		var known []uuid.UUID
		for i, left := 0, changes; left > 0; i++ {
			known = s.change(s.Context(), known)
			if i == changes {
				close(begun)
			}
			select {
			case <-happened:
				left--
			case <-time.After(5 * time.Millisecond): // as fast as a busy system, not as fast as can be
			}
		}
	})
	<-begun
	happens()
	close(happened)
	writer.Wait()
	last := s.enqueue(taskq.NewTask{Type: embedding.TaskType, RunAt: inAnHour()}).Task
	s.untilAllKnow("what happened after "+what, func() []happening {
		return []happening{{last.ID, last.Version, "CREATED", "PENDING"}}
	})
}

// untilAllKnow waits until all clients know what there is to know.
func (s *stage) untilAllKnow(what string, events func() []happening) {
	s.Helper()
	for _, c := range s.clients {
		require.Eventually(s, func() bool { return c.knows(events()) }, patience, 20*time.Millisecond, "%s does not know %s", c.script, what)
	}
}

// events is what the database says has happened since the clients got their first cursors.
func (s *stage) events() []happening {
	var events []happening
	require.NoError(s, s.db.SelectContext(s.Context(), &events,
		`SELECT task_id, version, kind, to_status FROM task_events WHERE task_id <> $1`, s.first))
	return events
}

func TestClientsOfOtherLibrariesMissNothing(t *testing.T) {
	s := setupStage(t)
	s.during("killing the server", func() { s.program.kill(); s.program = s.restart() })
	s.during("a deployment", func() { s.program.terminate(); s.program = s.restart() })
	s.during("a restart of PostgreSQL", s.postgres.Restart)
	s.during("a crash of PostgreSQL", func() { s.postgres.Kill(); s.postgres.Start() })
	s.untilAllKnow("everything that happened", s.events)

	happened := map[happening]bool{}
	for _, e := range s.events() {
		happened[e] = true
	}
	for _, c := range s.clients {
		c.mu.Lock()
		require.Empty(t, c.faults, c.script)
		for e := range c.told {
			require.True(t, happened[e], "%s was told of what never happened: %+v", c.script, e)
		}
		t.Logf("%s: %d events of %d", c.script, len(c.told), len(happened))
		c.mu.Unlock()
	}
	s.program.terminate()
}
