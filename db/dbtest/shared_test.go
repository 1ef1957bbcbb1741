//go:build unix

package dbtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/taskwire/taskwire/db/internal/flock"
)

const patience = 3 * time.Minute

// testPlace is a shared server apart from the one that the other tests use.
func testPlace(t *testing.T) place {
	t.Helper()
	p := place{sharedPlace().ownServer()}
	t.Cleanup(func() { requireGone(t, p) })
	return p
}

// requireGone waits, because the supervisor is another process, which sends no signal.
func requireGone(t *testing.T, p place) {
	t.Helper()
	gone := func() bool {
		_, err := os.Lstat(p.dir)
		return errors.Is(err, os.ErrNotExist)
	}
	require.Eventually(t, gone, patience, 20*time.Millisecond)
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	require.NoError(t, err)
	for _, link := range links {
		dir, _ := os.Readlink(link)
		require.False(t, strings.HasPrefix(dir, p.dir), "%s is still in %s", link, dir)
	}
}

func joinTest(t *testing.T, p place) (string, *flock.Lock) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dsn, lease, err := join(ctx, p)
	require.NoError(t, err)
	t.Cleanup(func() { _ = lease.Close() })
	return dsn, lease
}

// postmaster is the process id of the server.
func postmaster(t *testing.T, p place, dsn string) int {
	t.Helper()
	require.NoError(t, withAdmin(t.Context(), dsn, func(*admin) error { return nil }))
	text, err := os.ReadFile(filepath.Join(p.cluster(), "postgres", "postmaster.pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.Fields(string(text))[0])
	require.NoError(t, err)
	return pid
}

// TestSharedServer follows one from the first who joins to the last who leaves.
func TestSharedServer(t *testing.T) {
	t.Parallel()
	p := testPlace(t)
	dsn, lease := manyJoin(t, p)
	first := postmaster(t, p, dsn)
	require.NoError(t, lease.Close())

	dsn, lease = joinTest(t, p)
	require.Equal(t, first, postmaster(t, p, dsn), "the server did not stay for the next")

	killSupervisor(t, p, supervisorOf(t, first))
	dsn, again := joinTest(t, p)
	second := postmaster(t, p, dsn)
	require.NotEqual(t, first, second, "the killed supervisor was not replaced")

	supervisor := supervisorOf(t, second)
	require.NoError(t, syscall.Kill(second, syscall.SIGKILL))
	killSupervisor(t, p, supervisor)
	dsn, last := joinTest(t, p)
	require.NotEqual(t, second, postmaster(t, p, dsn), "supervisor and server were not replaced")

	for _, lease := range []*flock.Lock{lease, again, last} {
		require.NoError(t, lease.Close())
	}
	requireGone(t, p)
}

// manyJoin has many join at once, and returns what one of them has got.
func manyJoin(t *testing.T, p place) (string, *flock.Lock) {
	t.Helper()
	dsn, lease := make([]string, 8), make([]*flock.Lock, 8)
	var all errgroup.Group
	for i := range dsn {
		all.Go(func() (err error) {
			dsn[i], lease[i], err = join(t.Context(), p)
			return err
		})
	}
	require.NoError(t, all.Wait())
	for i := 1; i < len(dsn); i++ {
		require.Equal(t, dsn[0], dsn[i])
		require.NoError(t, lease[i].Close())
	}
	return dsn[0], lease[0]
}

func killSupervisor(t *testing.T, p place, pid int) {
	t.Helper()
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.Eventually(t, func() bool { return !p.isSupervised() }, patience, time.Millisecond)
}

// supervisorOf is the parent of the server.
func supervisorOf(t *testing.T, postmaster int) int {
	t.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(postmaster) + "/stat")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("needs /proc")
	}
	require.NoError(t, err)
	_, fields, _ := strings.Cut(string(stat), ") ")
	parent, err := strconv.Atoi(strings.Fields(fields)[1])
	require.NoError(t, err)
	return parent
}

func TestAllAreToldWhyThereIsNoServer(t *testing.T) {
	t.Parallel()
	p := testPlace(t)
	require.NoError(t, p.make())
	require.NoError(t, os.WriteFile(p.cluster(), nil, 0o600))
	for range 2 {
		_, _, err := join(t.Context(), p)
		require.ErrorContains(t, err, "not a directory")
	}
}

func TestPlaceOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	p := place{filepath.Join(t.TempDir(), "place")}
	require.NoError(t, os.Mkdir(p.dir, 0o700))
	require.NoError(t, os.Chmod(p.dir, 0o777))
	_, _, err := join(t.Context(), p)
	require.ErrorContains(t, err, "is not ours")
}

func TestSweepSparesWhatIsInUseOrNew(t *testing.T) {
	t.Parallel()
	p := place{filepath.Join(t.TempDir(), "place")}
	long := time.Now().Add(-2 * sweepAge)
	for _, name := range []string{"-old", "-held", "-new"} {
		require.NoError(t, os.Mkdir(p.dir+name, 0o700))
		held, err := flock.Exclusive(filepath.Join(p.dir+name, "taskwire.lock"))
		require.NoError(t, err)
		if name != "-held" {
			require.NoError(t, held.Close())
		}
		t.Cleanup(func() { _ = held.Close() })
		if name != "-new" {
			require.NoError(t, os.Chtimes(p.dir+name, long, long))
		}
	}
	p.sweep(t.Context())
	left, err := filepath.Glob(p.dir + "-*")
	require.NoError(t, err)
	require.Equal(t, []string{p.dir + "-held", p.dir + "-new"}, left)
}

func TestOnDatabase(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"postgres://u:p@h:1/old?sslmode=disable": "postgres://u:p@h:1/new?sslmode=disable",
		"postgres:///old?dbname=other&host=/run": "postgres:///new?host=%2Frun",
	} {
		got, err := onDatabase(dsn, "new")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := onDatabase("host=h password=s3cret", "new")
	require.ErrorContains(t, err, "not a URL")
	require.NotContains(t, err.Error(), "s3cret")
}
