package peers

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/taskwire/taskwire/bench/harness"
)

// graphileDir is seen from where `go run .` runs.
const graphileDir = "peers/graphile"

// graphile is graphile-worker in a process of its own, peer.mjs, which has the same loops as local. It takes a line of
// JSON a command, and answers with one.
type graphile struct {
	database *harness.Database
	process  *exec.Cmd
	commands io.WriteCloser
	answers  *bufio.Scanner
}

var _ Peer = (*graphile)(nil)

// NewGraphile sets graphile-worker up in a new database, and installs its packages before if need be. Errors:
// ErrNoRuntime.
func NewGraphile(ctx context.Context, server *harness.Server, logf func(string, ...any)) (Peer, error) {
	if err := InstallNode(ctx, graphileDir, logf); err != nil {
		return nil, err
	}
	database, err := server.Create(ctx, "graphile")
	if err != nil {
		return nil, err
	}
	g := &graphile{database: database, process: exec.CommandContext(ctx, "node", "peer.mjs", database.DSN)}
	g.process.Dir, g.process.Stderr = graphileDir, os.Stderr
	if g.commands, err = g.process.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := g.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	g.answers = bufio.NewScanner(stdout)
	g.answers.Buffer(nil, 16<<20)
	if err := g.process.Start(); err != nil {
		return nil, fmt.Errorf("starting node: %w", err)
	}
	return g, g.call(command{Op: "migrate"}, nil)
}

type command struct {
	Op      string  `json:"op"`
	Tasks   int     `json:"tasks,omitempty"`
	Callers int     `json:"callers,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Rate    int     `json:"rate,omitempty"`
	Warm    int     `json:"warm,omitempty"`
}

// call sends a command and reads its answer into what result points to. It takes as long as the work does; the context
// that the process was started with ends it.
func (g *graphile) call(c command, result any) error {
	if err := json.NewEncoder(g.commands).Encode(c); err != nil {
		return fmt.Errorf("%s: %w", c.Op, err)
	}
	if !g.answers.Scan() {
		return fmt.Errorf("%s: node has ended: %w", c.Op, errors.Join(g.answers.Err(), g.process.Wait()))
	}
	answer := struct {
		Error  string `json:"error"`
		Result any    `json:"result"`
	}{Result: result}
	if err := json.Unmarshal(g.answers.Bytes(), &answer); err != nil {
		return fmt.Errorf("%s: reading node's answer: %w", c.Op, err)
	}
	if answer.Error != "" {
		return fmt.Errorf("%s: %s", c.Op, answer.Error)
	}
	return nil
}

func (g *graphile) measure(c command) (Run, error) {
	var r struct {
		Tasks   int     `json:"tasks"`
		Seconds float64 `json:"seconds"`
		CPU     float64 `json:"cpu"` // seconds
	}
	err := g.call(c, &r)
	return Run{Tasks: r.Tasks, Elapsed: seconds(r.Seconds), CPU: seconds(r.CPU)}, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (g *graphile) Name() string                { return "graphile-worker" }
func (g *graphile) Database() *harness.Database { return g.database }

func (g *graphile) Clear(ctx context.Context) error {
	return g.database.Clear(ctx, "graphile_worker._private_jobs")
}

func (g *graphile) Bulk(_ context.Context, n int) (Run, error) {
	return g.measure(command{Op: "bulk", Tasks: n})
}

func (g *graphile) Single(_ context.Context, callers int, d time.Duration) (Run, error) {
	return g.measure(command{Op: "single", Callers: callers, Seconds: d.Seconds()})
}

func (g *graphile) Drain(_ context.Context, n int) (Run, error) {
	return g.measure(command{Op: "drain", Tasks: n})
}

func (g *graphile) Flow(_ context.Context, callers int, d time.Duration) (Run, error) {
	return g.measure(command{Op: "flow", Callers: callers, Seconds: d.Seconds()})
}

func (g *graphile) Pace(_ context.Context, rate int, d time.Duration) (Latency, error) {
	var r struct{ Start, Done []float64 } // milliseconds
	warm := int(warmUp.Seconds() * float64(rate))
	err := g.call(command{Op: "pace", Tasks: warm + int(d.Seconds()*float64(rate)), Rate: rate, Warm: warm}, &r)
	return Latency{Start: durations(r.Start), Done: durations(r.Done)}, err
}

func durations(millis []float64) []time.Duration {
	all := make([]time.Duration, len(millis))
	for i, ms := range millis {
		all[i] = seconds(ms / 1000)
	}
	return all
}

// Close ends the process, whose input ends.
func (g *graphile) Close(context.Context) error {
	if err := g.commands.Close(); err != nil {
		return err
	}
	return g.process.Wait()
}
