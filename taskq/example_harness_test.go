package taskq_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"testing"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// exampleTB lets an Example, which has no testing.T, have a database of its own.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (e *exampleTB) Helper()                  {}
func (e *exampleTB) Context() context.Context { return context.Background() }
func (e *exampleTB) Name() string             { return "Example" }
func (e *exampleTB) Cleanup(f func())         { e.cleanups = append(e.cleanups, f) }
func (e *exampleTB) FailNow()                 { panic("the example's database cannot be set up") }
func (e *exampleTB) Logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
func (e *exampleTB) Errorf(format string, args ...any) { e.Logf(format, args...) }

func (e *exampleTB) end() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}

// exampleClient returns a client of a fresh database, and what ends both.
func exampleClient() (*taskq.Client, *dbtest.DB, func()) {
	tb := &exampleTB{}
	database := dbtest.New(tb, db.Engine)
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	return client, database, func() {
		client.Stop(context.Background())
		tb.end()
	}
}
