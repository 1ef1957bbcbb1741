package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/internal/flock"
)

// serverVariable names a server to use in place of the shared private one.
const serverVariable = "TASKWIRE_TEST_DATABASE_URL"

const (
	joinGap    = 20 * time.Millisecond
	spawnGap   = 2 * time.Second // a supervisor that has not shown itself by then may never do; one too many does no harm
	spawnLimit = 10
)

// serverDSN returns the DSN of a server that stays up until the test has ended.
func serverDSN(ctx context.Context, t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv(serverVariable); dsn != "" {
		return dsn
	}
	place := sharedPlace()
	dsn, lease, err := join(ctx, place)
	require.NoError(t, err, "the tests need a PostgreSQL server, a private one or $%s", serverVariable)
	t.Cleanup(func() { _ = lease.Close() })
	return dsn
}

// place is the directory of the shared server, one for each user of the machine.
type place struct{ dir string }

func sharedPlace() place {
	return place{filepath.Join(os.TempDir(), "taskwire-test-"+strconv.Itoa(os.Geteuid()))}
}

func (p place) cluster() string { return filepath.Join(p.dir, "cluster") }

// lease is locked, shared, by each test that uses the server, and exclusively by the supervisor that ends it.
func (p place) lease() string { return filepath.Join(p.dir, "lease") }

// supervisor is locked by the process that runs the server, and says how to reach it or why there is none.
func (p place) supervisor() string { return filepath.Join(p.dir, "supervisor") }

// starting is locked by who starts a supervisor, so that not all who wait do.
func (p place) starting() string { return filepath.Join(p.dir, "starting") }

func (p place) log() string { return filepath.Join(p.dir, "supervisor.log") }

// make makes the directory, which the server's account must be able to pass when we are root. In a place that everybody
// can write to, it refuses one that somebody else has made.
func (p place) make() error {
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	if err := os.Mkdir(p.dir, mode); err == nil {
		return os.Chmod(p.dir, mode)
	} else if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make directory of the test server: %w", err)
	}
	info, err := os.Lstat(p.dir)
	if err != nil {
		return fmt.Errorf("make directory of the test server: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || !isOurs(info) {
		return fmt.Errorf("make directory of the test server: %s is not ours; remove it", p.dir)
	}
	return nil
}

// join takes a lease on the shared server, starting it if need be, and returns its DSN.
func join(ctx context.Context, p place) (string, *flock.Lock, error) {
	poll := time.NewTicker(joinGap)
	defer poll.Stop()
	var starter starter
	for {
		lease, err := p.takeLease()
		switch {
		case err == nil:
			dsn, err := p.answer()
			if err == nil && dsn == "" {
				err = starter.start(ctx, p)
			}
			if err == nil && dsn != "" && isReachable(ctx, dsn) {
				return dsn, lease, nil
			}
			_ = lease.Close()
			if err != nil {
				return "", nil, err
			}
		case !errors.Is(err, flock.ErrHeld) && !errors.Is(err, fs.ErrNotExist):
			return "", nil, err
		}
		select {
		case <-ctx.Done():
			return "", nil, fmt.Errorf("wait for the test server: %w", ctx.Err())
		case <-poll.C:
		}
	}
}

// takeLease also marks the time, so that the supervisor sees leases that come and go between two looks.
func (p place) takeLease() (*flock.Lock, error) {
	if err := p.make(); err != nil {
		return nil, err
	}
	lease, err := flock.Shared(p.lease())
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if err := os.Chtimes(p.lease(), now, now); err != nil {
		return nil, errors.Join(fmt.Errorf("mark lease: %w", err), lease.Close())
	}
	return lease, nil
}

// answer is the DSN that a running supervisor has given, or "" if there is none yet.
func (p place) answer() (string, error) {
	if !p.isSupervised() {
		return "", nil
	}
	text, err := os.ReadFile(p.supervisor())
	if err != nil {
		return "", fmt.Errorf("read answer of the test server: %w", err)
	}
	answer, complete := strings.CutSuffix(string(text), "\n")
	if !complete {
		return "", nil
	}
	if reason, ok := strings.CutPrefix(answer, failurePrefix); ok {
		return "", errors.New(reason)
	}
	return answer, nil
}

// isReachable reports whether a server listens where dsn leads. For a moment after a kill -9 there is an answer that no
// server stands behind.
func isReachable(ctx context.Context, dsn string) bool {
	parsed, err := url.Parse(dsn)
	if err != nil {
		return false
	}
	query := parsed.Query()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", filepath.Join(query.Get("host"), ".s.PGSQL."+query.Get("port")))
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func (p place) isSupervised() bool {
	if _, err := os.Stat(p.supervisor()); err != nil {
		return false
	}
	lock, err := flock.Shared(p.supervisor())
	if err == nil {
		_ = lock.Close()
	}
	return errors.Is(err, flock.ErrHeld)
}

// starter starts a supervisor when there is none.
type starter struct {
	last  time.Time
	count int
}

func (s *starter) start(ctx context.Context, p place) error {
	if time.Since(s.last) < spawnGap {
		return nil
	}
	turn, err := flock.Exclusive(p.starting())
	if errors.Is(err, flock.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = turn.Close() }()
	if p.isSupervised() {
		return nil
	}
	if s.count == spawnLimit {
		text, _ := os.ReadFile(p.log())
		return fmt.Errorf("the test server does not start:\n%s", text)
	}
	s.last = time.Now()
	s.count++
	return s.awaitSupervisor(ctx, p)
}

// awaitSupervisor keeps our turn until the supervisor shows itself, as it does at once unless the machine is very busy.
func (s *starter) awaitSupervisor(ctx context.Context, p place) error {
	if err := spawnSupervisor(p); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, spawnGap)
	defer cancel()
	poll := time.NewTicker(joinGap)
	defer poll.Stop()
	for !p.isSupervised() {
		select {
		case <-ctx.Done():
			return nil // whoever asked looks again, or gives up
		case <-poll.C:
		}
	}
	return nil
}
