package main

import (
	"bufio"
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

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/feedtest"
	"github.com/taskwire/taskwire/taskq"
)

const watchExample = "examples/watch-node"

// nodeClient is one of the example's programs, which print each update that they are sent as a line of JSON.
type nodeClient struct {
	script string
	ledger *feedtest.Ledger

	mu     sync.Mutex // protects the rest
	stderr strings.Builder
}

// startNode runs a program of the example until the test ends.
func startNode(t *testing.T, script, url string) *nodeClient {
	t.Helper()
	c := &nodeClient{script: script, ledger: feedtest.NewLedger()}
	c.ledger.Reconnects = true
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
		c.ledger.Note(lines.Bytes())
	}
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
	first    feedtest.Event // which no client saw
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
	s.first = s.enqueue() // so that each gets its first cursor
	s.untilAllKnow("how things stand", nil)
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

// enqueue makes a task that does not run, and returns its first event.
func (s *stage) enqueue() feedtest.Event {
	s.Helper()
	enqueued, err := s.tasks.Enqueue(s.Context(), taskq.NewTask{Type: embedding.TaskType, RunAt: time.Now().Add(time.Hour)})
	require.NoError(s, err)
	return feedtest.Event{Task: enqueued.Task.ID, Version: enqueued.Task.Version, Kind: taskq.EventCreated, To: taskq.Pending}
}

// during makes changes before, while and after something happens, and returns once all clients know of the last one.
func (s *stage) during(what string, happens func()) {
	s.Helper()
	const changes = 100
	begun, happened := make(chan struct{}), make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		w := feedtest.NewWriter(s.tasks, s.db.DB, embedding.TaskType)
		for i, left := 0, changes; left > 0; i++ {
			w.Step(s.Context())
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
	last := s.enqueue()
	s.untilAllKnow("what happened after "+what, []feedtest.Event{last})
}

// untilAllKnow waits until all clients know what there is to know.
func (s *stage) untilAllKnow(what string, events []feedtest.Event) {
	s.Helper()
	for _, c := range s.clients {
		require.Eventually(s, func() bool { return c.ledger.IsBegun() && c.ledger.Knows(events) }, patience, 20*time.Millisecond,
			"%s does not know %s", c.script, what)
	}
}

func TestClientsOfOtherLibrariesMissNothing(t *testing.T) {
	s := setupStage(t)
	s.during("killing the server", func() { s.program.kill(); s.program = s.restart() })
	s.during("a deployment", func() { s.program.terminate(); s.program = s.restart() })
	s.during("a restart of PostgreSQL", s.postgres.Restart)
	s.during("a crash of PostgreSQL", func() { s.postgres.Kill(); s.postgres.Start() })
	feedtest.UntilQuiet(t, s.db.DB, patience)
	happened := feedtest.Without(feedtest.Happened(t, s.db.DB, nil), []feedtest.Event{s.first})
	s.untilAllKnow("everything that happened", happened)
	for _, c := range s.clients {
		c.ledger.RequireTrue(t, s.db.DB, c.script)
	}
	s.program.terminate()
}
