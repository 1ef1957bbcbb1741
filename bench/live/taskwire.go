package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/db"
)

const (
	taskwireQuery = `subscription {
		taskUpdated { kind task { id status progress description version } event { kind at } cursor }
	}`
	// Nobody runs them: they are due in a year.
	fillTaskwire = `
		INSERT INTO tasks (id, task_type, description, run_at)
		SELECT id, 'DATA_IMPORT', 'to be changed', now() + interval '1 year' FROM unnest($1::uuid[]) AS ids (id)`
)

var listening = regexp.MustCompile(`listening on http://(127\.0\.0\.1:\d+)`)

// startTaskwire builds the program of this repository and starts it as a user would, on a database of its own.
func startTaskwire(ctx context.Context, server *harness.Server) (*system, error) {
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
	database, err := server.Create(ctx, "live_taskwire")
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, database.DB); err != nil {
		return nil, err
	}
	s := &system{name: "Taskwire", query: taskwireQuery, database: database}
	if err := s.fill(ctx, fillTaskwire); err != nil {
		return nil, err
	}
	s.process = exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(dir, "data")) //nolint:gosec // just built
	s.process.Env = append(os.Environ(), "DATABASE_URL="+database.DSN)
	output, err := s.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	err = s.start(output, func(line string) (string, bool) {
		if match := listening.FindStringSubmatch(line); match != nil {
			return match[1], true
		}
		return "", false
	})
	return s, errors.Join(err, os.Remove(program)) // it runs on
}

var goroutinesLine = regexp.MustCompile(`(?m)^go_goroutines (\d+)$`)

// goroutines asks the metrics of the program.
func (s *system) goroutines(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("reading the metrics: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, fmt.Errorf("reading the metrics: %w", err)
	}
	match := goroutinesLine.FindSubmatch(body)
	if match == nil {
		return 0, errors.New("the metrics tell of no goroutines")
	}
	return strconv.Atoi(string(match[1]))
}
