// Command taskwire runs background tasks on PostgreSQL and serves them over a live GraphQL API. `go run .` is `taskwire
// serve`; `taskwire --help` tells what else there is.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/taskwire/taskwire/internal/app"
	"github.com/taskwire/taskwire/internal/config"
	"github.com/taskwire/taskwire/internal/document/extract"
)

// schema is the API, as a client author reads it.
//
//go:embed schema.graphqls
var schema string

// version is set when a release is built: -ldflags "-X main.version=v1.2.3".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if len(os.Args) > 1 && os.Args[1] == "extract" {
		os.Exit(extract.RunChild(ctx, os.Args[2:], os.Stdin, os.Stdout))
	}
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, "taskwire:", err)
		os.Exit(1)
	}
}

// run is the whole program: it starts what the command asks for, and ends in order when ctx does.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	cfg, err := config.Parse(args, getenv, stderr)
	if err != nil {
		return err
	}
	return app.Run(ctx, app.Options{Config: cfg, Version: version, Schema: schema, Getenv: getenv, Stdout: stdout, Stderr: stderr})
}
