// Package outside is what the suite queue runs in processes of their own: workers to kill, and load that leaves the others
// too little of the processor.
package outside

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/taskq"
)

// Argument tells the program of the benchmarks that it is to be such a process.
const Argument = "outside"

// What the handlers of a worker do.
const (
	Cooperative taskq.Type = "COOPERATIVE" // ends with its context
	Stubborn    taskq.Type = "STUBBORN"    // goes on whatever its context says
	Busy        taskq.Type = "BUSY"        // computes for a while, and reports
)

// Order says what a process is to do.
type Order struct {
	DSN   string       `json:"dsn"`
	Types []taskq.Type `json:"types"` // of the worker; none: use up one core
}

// Process is such a process.
type Process struct{ command *exec.Cmd }

// Start starts a process, which ends with this one at the latest.
func Start(o Order) (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	order, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	p := &Process{command: exec.Command(program, Argument, string(order))} //nolint:gosec // this program
	p.command.Stderr = os.Stderr
	if _, err = p.command.StdinPipe(); err != nil { // which Wait closes
		return nil, err
	}
	return p, p.command.Start()
}

// Kill ends it as kill -9 does.
func (p *Process) Kill() error {
	err := p.command.Process.Kill()
	_ = p.command.Wait() // says that it was killed
	return err
}

// Run is main of such a process. It ends with its input.
func Run(order string, input io.Reader) error {
	var o Order
	if err := json.Unmarshal([]byte(order), &o); err != nil {
		return fmt.Errorf("reading the order: %w", err)
	}
	if len(o.Types) == 0 {
		go burn()
		_, err := io.Copy(io.Discard, input)
		return err
	}
	return o.work(context.Background(), input)
}

func burn() {
	for n := 0; ; n++ {
		_ = n
	}
}

func (o Order) work(ctx context.Context, input io.Reader) error {
	pool, err := db.Open(ctx, o.DSN)
	if err != nil {
		return err
	}
	client := taskq.New(pool, taskq.Config{DSN: o.DSN, Logger: slog.New(slog.DiscardHandler)})
	handlers := map[taskq.Type]taskq.Handler{Cooperative: cooperate, Stubborn: ignore, Busy: compute}
	for _, t := range o.Types {
		client.Handle(t, handlers[t])
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, input)
	return err
}

func cooperate(ctx context.Context, _ *taskq.Attempt) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func ignore(context.Context, *taskq.Attempt) error { select {} }

// compute takes about a second of processor time.
func compute(ctx context.Context, task *taskq.Attempt) error {
	const steps = 100
	for i := range steps {
		task.Progress(i, "computing")
		for until := time.Now().Add(10 * time.Millisecond); time.Now().Before(until); {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	return nil
}
