package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/embedded"
)

// errNoDumper is what is wrong on a machine that can't do this.
var errNoDumper = errors.New("no pg_dump beside the server binaries or in PATH; install PostgreSQL's client programs")

// dump migrates a private server and returns its schema.
func dump(ctx context.Context) (schema []byte, err error) {
	dir := filepath.Join(os.TempDir(), "taskwire-schemadump-"+rand.Text())
	cache, err := embedded.DefaultCacheDir(os.Getenv)
	if err != nil {
		return nil, err
	}
	server, err := embedded.Start(ctx, embedded.Options{DataDir: dir, CacheDir: cache})
	if err != nil {
		return nil, err
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		err = errors.Join(err, server.Stop(ctx), embedded.Remove(ctx, dir))
	}()
	pool, err := db.Open(ctx, server.DSN())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := db.Migrate(ctx, pool); err != nil {
		return nil, err
	}
	text, err := pgDump(ctx, server)
	if err != nil {
		return nil, err
	}
	return append([]byte(header), normalize(text)...), nil
}

func pgDump(ctx context.Context, server *embedded.Server) ([]byte, error) {
	program := server.Binaries().Path("pg_dump")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("pg_dump"); err != nil {
			return nil, errNoDumper
		}
	}
	var text, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "--schema-only", "--no-owner", "--no-privileges", "--schema=public", "--dbname="+server.DSN())
	cmd.Stdout, cmd.Stderr = &text, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run pg_dump: %w: %s", err, complaint.Bytes())
	}
	return text.Bytes(), nil
}
