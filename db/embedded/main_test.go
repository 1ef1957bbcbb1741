package embedded_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
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
	goleak.VerifyTestMain(m)
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
