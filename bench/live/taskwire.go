package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/peers"
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

// startTaskwire starts it on a database of its own.
func startTaskwire(ctx context.Context, server *harness.Server) (*system, error) {
	database, err := server.Create(ctx, "live_taskwire")
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, database.DB); err != nil {
		return nil, err
	}
	s := &system{query: taskwireQuery, database: database}
	if err := s.fill(ctx, fillTaskwire); err != nil {
		return nil, fmt.Errorf("taskwire: %w", err)
	}
	if s.Program, err = peers.StartTaskwire(ctx, database.DSN); err != nil {
		return nil, err
	}
	return s, nil
}

var goroutinesLine = regexp.MustCompile(`(?m)^go_goroutines (\d+)$`)

// goroutines asks the metrics of the program.
func (s *system) goroutines(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address+"/metrics", nil)
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
