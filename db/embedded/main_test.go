//go:build unix

package embedded_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db/embedded"
)

// ownerVariable makes the test program the owner of the data directory it names, for tests that kill an owner.
const ownerVariable = "TASKWIRE_EMBEDDED_TEST_OWNER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerVariable); dir != "" {
		own(dir)
		return
	}
	dir, err := temporaryDir()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// temporaryDir makes all temporary files go to one place, because the library that unpacks archives leaves some behind.
func temporaryDir() (string, error) {
	dir, err := os.MkdirTemp("", "taskwire-embedded-")
	if err != nil {
		return "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // as the server reports it
		return "", err
	}
	if err := os.Chmod(dir, 0o711); err != nil { // root's server runs as another user
		return "", err
	}
	return dir, os.Setenv("TMPDIR", dir)
}

// own starts a server, tells its process id, and waits to be killed.
func own(dir string) {
	server, err := embedded.Start(context.Background(), embedded.Options{
		DataDir: dir,
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(server.PID())
	<-server.Failed()
}
