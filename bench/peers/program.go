package peers

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
)

const (
	// Postgraphile is the name of the peer whose GraphQL server is measured.
	Postgraphile = "PostGraphile"

	postgraphileDir = "live/postgraphile" // seen from where `go run .` runs
	startTimeout    = time.Minute
	stopTimeout     = 20 * time.Second
)

// Program is a GraphQL server in a process of its own, at the path /graphql.
type Program struct {
	Address string // host:port
	name    string
	process *exec.Cmd
}

// StartTaskwire builds the program of this repository and starts it as a user would.
func StartTaskwire(ctx context.Context, dsn string) (*Program, error) {
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
	defer os.Remove(program)                                                                                       //nolint:errcheck // it runs on
	process := exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(dir, "data")) //nolint:gosec // just built
	process.Env = append(os.Environ(), "DATABASE_URL="+dsn)
	output, err := process.StderrPipe()
	if err != nil {
		return nil, err
	}
	return start("Taskwire", process, output, regexp.MustCompile(`listening on http://(127\.0\.0\.1:\d+)`))
}

// StartPostgraphile starts a script that serves by PostGraphile 5 and prints its address. Errors: ErrNoRuntime.
func StartPostgraphile(ctx context.Context, script, dsn string, logf func(string, ...any)) (*Program, error) {
	if err := InstallNode(ctx, postgraphileDir, logf); err != nil {
		return nil, err
	}
	process := exec.Command("node", script, dsn) //nolint:gosec // of that folder
	process.Dir = postgraphileDir                // what it complains about when clients go is no matter
	process.Env = append(os.Environ(), "NODE_ENV=production", "GRAPHILE_ENV=production")
	if _, err := process.StdinPipe(); err != nil { // ends with this program, and the server with it
		return nil, err
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return start(Postgraphile, process, output, regexp.MustCompile(`^http://(127\.0\.0\.1:\d+)$`))
}

// start starts the process, and finds its address in what it says.
func start(name string, process *exec.Cmd, output io.Reader, address *regexp.Regexp) (*Program, error) {
	p := &Program{name: name, process: process}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
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
	case p.Address = <-found:
	case <-time.After(startTimeout):
	}
	if p.Address == "" {
		return nil, errors.Join(fmt.Errorf("%s does not serve", name), p.Stop())
	}
	return p, nil
}

// Name is what it is called in reports.
func (p *Program) Name() string { return p.name }

// PID is its process's.
func (p *Program) PID() int { return p.process.Process.Pid }

// URL is where it serves GraphQL by a protocol, http or ws.
func (p *Program) URL(protocol string) string { return protocol + "://" + p.Address + "/graphql" }

// Stop has it end in order, or else.
func (p *Program) Stop() error {
	kill := time.AfterFunc(stopTimeout, func() { _ = p.process.Process.Kill() })
	defer kill.Stop()
	if err := p.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_ = p.process.Wait() // how it ends is no matter here
	return nil
}
