package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/taskwire/taskwire/bench/peers"
)

const (
	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second

	postgraphileName = "PostGraphile"
	postgraphileDir  = "live/postgraphile" // with the packages of the other suite; seen from where `go run .` runs
)

// server is a GraphQL server over the table, in a process of its own.
type server struct {
	name    string
	process *exec.Cmd
	url     string
	query   string // a page of fifty tasks
}

// startTaskwire builds the program of this repository and starts it as a user would.
func startTaskwire(ctx context.Context, dsn string) (*server, error) {
	dir, err := os.MkdirTemp("", "taskwire-bench-")
	if err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "taskwire")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".") //nolint:gosec // our own
	build.Dir = ".."                                                     // this is run in bench
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building taskwire: %w\n%s", err, said)
	}
	s := &server{
		name:    "Taskwire",
		process: exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(dir, "data")), //nolint:gosec // just built
		query:   `{ tasks(first: 50) { nodes { id type status progress description createdAt } pageInfo { hasNextPage endCursor } } }`,
	}
	s.process.Env = append(os.Environ(), "DATABASE_URL="+dsn)
	output, err := s.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	return s, errors.Join(s.start(output, regexp.MustCompile(`listening on (http://127\.0\.0\.1:\d+)`)), os.Remove(program))
}

// startPostgraphile starts PostGraphile 5 with what it makes of the table by itself. Errors: peers.ErrNoRuntime.
func startPostgraphile(ctx context.Context, dsn string, logf func(string, ...any)) (*server, error) {
	if err := peers.InstallNode(ctx, postgraphileDir, logf); err != nil {
		return nil, err
	}
	s := &server{
		name:    postgraphileName,
		process: exec.Command("node", "list.mjs", dsn), //nolint:gosec // of that folder
		query:   `{ allTasks(first: 50, orderBy: [PRIMARY_KEY_DESC]) { nodes { id: rowId taskType status progress description createdAt } pageInfo { hasNextPage endCursor } } }`,
	}
	s.process.Dir = postgraphileDir
	s.process.Env = append(os.Environ(), "NODE_ENV=production", "GRAPHILE_ENV=production")
	if _, err := s.process.StdinPipe(); err != nil { // ends with this program, and the server with it
		return nil, err
	}
	output, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return s, s.start(output, regexp.MustCompile(`^(http://127\.0\.0\.1:\d+)$`))
}

// start starts the process, and finds its address in what it says.
func (s *server) start(output io.Reader, address *regexp.Regexp) error {
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if match := address.FindStringSubmatch(lines.Text()); match != nil {
				found <- match[1]
			}
		}
	}()
	select {
	case s.url = <-found:
	case <-time.After(startTimeout):
	}
	if s.url == "" {
		return errors.Join(fmt.Errorf("%s does not serve", s.name), s.stop())
	}
	s.url += "/graphql"
	return nil
}

// stop has the server end in order, or else.
func (s *server) stop() error {
	kill := time.AfterFunc(stopTimeout, func() { _ = s.process.Process.Kill() })
	defer kill.Stop()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	_ = s.process.Wait() // how it ends is no matter here
	return nil
}
