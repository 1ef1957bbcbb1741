// Command schemadump writes db/schema.sql: the schema that all migrations together make, for people to read in one place.
//
//	go run ./db/schemadump                 # writes db/schema.sql
//	go run ./db/schemadump -verify         # fails if db/schema.sql is not what it would write
//
// It needs pg_dump beside the server binaries or in PATH.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

const defaultFile = "db/schema.sql"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "schemadump:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("schemadump", flag.ContinueOnError)
	flags.SetOutput(stderr)
	file := flags.String("file", defaultFile, "`path` of the schema")
	verify := flags.Bool("verify", false, "compare instead of writing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	schema, err := dump(ctx)
	if err != nil {
		return err
	}
	if !*verify {
		return os.WriteFile(*file, schema, 0o644)
	}
	return compare(*file, schema)
}

// compare says where the file and the schema part.
func compare(file string, schema []byte) error {
	present, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if bytes.Equal(present, schema) {
		return nil
	}
	have, want := bytes.Split(present, []byte("\n")), bytes.Split(schema, []byte("\n"))
	for i := range min(len(have), len(want)) {
		if !bytes.Equal(have[i], want[i]) {
			return fmt.Errorf("%s is out of date (run go generate ./db); line %d is\n\t%s\nand should be\n\t%s", file, i+1, have[i], want[i])
		}
	}
	return errors.New(file + " is out of date (run go generate ./db): its end differs")
}
