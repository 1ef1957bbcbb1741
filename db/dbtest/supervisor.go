package dbtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/taskwire/taskwire/db/embedded"
	"github.com/taskwire/taskwire/db/internal/flock"
)

const (
	supervisorVariable = "TASKWIRE_TEST_SUPERVISOR" // the place to supervise
	failurePrefix      = "error: "
	idleGap            = 100 * time.Millisecond
	idleLimit          = 10 * time.Second // without any lease
	maxConnections     = 500              // many packages with many parallel tests
)

// A test process must leave the server behind for the others when it ends, and Go has no hook at the end of a test run.
// So the server's parent is the test program itself, started once more by spawnSupervisor. This is the module's only init:
// it must come before the testing package takes over, and asking each package for a TestMain would be forgotten.
func init() {
	if dir := os.Getenv(supervisorVariable); dir != "" {
		os.Exit(supervise(place{dir}))
	}
}

// spawnSupervisor starts a supervisor that outlives us.
func spawnSupervisor(p place) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find test program: %w", err)
	}
	log, err := os.OpenFile(p.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open supervisor's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), supervisorVariable+"="+p.dir)
	cmd.Stdout, cmd.Stderr = log, log // never go test's pipes, for whose end it waits
	cmd.SysProcAttr = detached()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start supervisor: %w", err)
	}
	return cmd.Process.Release()
}

// supervise runs the shared server until nobody has used it for a while, and removes all traces. It returns the exit code.
func supervise(p place) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	// Those who look whether there is a supervisor hold the lock for a moment.
	brief, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	lock, err := flock.AwaitExclusive(brief, p.supervisor())
	if errors.Is(err, flock.ErrHeld) {
		return 0 // another was first
	}
	if err == nil {
		err = serve(ctx, p, lock, logger)
	}
	if err != nil {
		logger.Error("supervising the test server", "error", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, p place, lock *flock.Lock, logger *slog.Logger) error {
	if err := tell(lock, ""); err != nil {
		return err
	}
	server, err := startShared(ctx, p, logger)
	answer := failurePrefix
	if err == nil {
		answer = server.DSN() + "\n"
	} else {
		// Stay, so that the tests of this run hear the reason at once, each in turn.
		logger.Error("starting the test server", "error", err)
		answer += err.Error() + "\n"
	}
	if err := tell(lock, answer); err != nil {
		return err
	}
	lease, err := awaitIdle(ctx, p, failed(server))
	if err != nil {
		logger.Warn("stopping before the tests have ended", "error", err)
	}
	return errors.Join(stopShared(server), removePlace(p, lease), lock.Close())
}

func startShared(ctx context.Context, p place, logger *slog.Logger) (*embedded.Server, error) {
	p.sweep(ctx)
	if err := embedded.Remove(ctx, p.cluster()); err != nil { // of a supervisor that was killed
		return nil, err
	}
	cache, err := embedded.DefaultCacheDir(os.Getenv)
	if err != nil {
		return nil, err
	}
	return embedded.Start(ctx, embedded.Options{
		DataDir:        p.cluster(),
		CacheDir:       cache,
		Logger:         logger,
		MaxConnections: maxConnections,
	})
}

// tell leaves the answer for who joins, in the lock's file.
func tell(lock *flock.Lock, answer string) error {
	if err := lock.File.Truncate(0); err != nil {
		return fmt.Errorf("clear answer: %w", err)
	}
	if _, err := lock.File.WriteAt([]byte(answer), 0); err != nil {
		return fmt.Errorf("leave answer: %w", err)
	}
	return nil
}

// failed is closed when the server is down for good. One that never came up has told so already.
func failed(server *embedded.Server) <-chan struct{} {
	if server == nil {
		return nil
	}
	return server.Failed()
}

// awaitIdle returns the lease, locked against everybody, when nobody has held or taken one for idleLimit.
func awaitIdle(ctx context.Context, p place, failed <-chan struct{}) (*flock.Lock, error) {
	poll := time.NewTicker(idleGap)
	defer poll.Stop()
	var idleSince, lastTaken time.Time
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-failed:
			return nil, errors.New("the server does not stay up")
		case <-poll.C:
		}
		lease, err := flock.Exclusive(p.lease())
		if errors.Is(err, flock.ErrHeld) {
			idleSince = time.Time{}
			continue
		}
		if err != nil {
			return nil, err
		}
		info, err := lease.File.Stat()
		if err != nil {
			return nil, errors.Join(err, lease.Close())
		}
		if idleSince.IsZero() || !info.ModTime().Equal(lastTaken) {
			idleSince, lastTaken = time.Now(), info.ModTime()
		}
		if time.Since(idleSince) >= idleLimit {
			return lease, nil
		}
		if err := lease.Close(); err != nil {
			return nil, err
		}
	}
}

func stopShared(server *embedded.Server) error {
	if server == nil {
		return nil
	}
	return server.Stop(context.Background())
}

// removePlace removes everything. Our own lock goes when the server has: from then on another supervisor may start. The
// lease goes last: until then whoever comes waits for it, and after that finds that its file has gone and makes a new
// place. Without the lease, because tests are still running, its file stays for the next supervisor.
func removePlace(p place, lease *flock.Lock) error {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return fmt.Errorf("remove test server: %w", err)
	}
	for _, entry := range entries {
		path := filepath.Join(p.dir, entry.Name())
		if path != p.lease() && path != p.supervisor() {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}
	err = errors.Join(err, os.Remove(p.supervisor()))
	if lease == nil {
		return err
	}
	err = errors.Join(err, os.Remove(p.lease()))
	_ = os.Remove(p.dir) // unless somebody has just made it theirs
	return errors.Join(err, lease.Close())
}
