//go:build unix

package dbtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/internal/flock"
)

const patience = time.Minute

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

func TestAllWhoJoinAtOnceShareAServer(t *testing.T) {
	t.Parallel()
	p := testPlace(t)
	var all sync.WaitGroup
	dsns := make([]string, 8)
	for i := range dsns {
		all.Go(func() { dsns[i], _ = joinTest(t, p) })
	}
	all.Wait()
	for _, dsn := range dsns {
		require.Equal(t, dsns[0], dsn)
	}
	postmaster(t, p, dsns[0])
}

func TestServerStaysForTheNextAndGoesAfterTheLast(t *testing.T) {
	t.Parallel()
	p := testPlace(t)
	dsn, first := joinTest(t, p)
	before := postmaster(t, p, dsn)
	require.NoError(t, first.Close())
	dsn, second := joinTest(t, p)
	require.Equal(t, before, postmaster(t, p, dsn))
	require.NoError(t, second.Close())
	requireGone(t, p)

	dsn, _ = joinTest(t, p)
	require.NotEqual(t, before, postmaster(t, p, dsn))
}

func TestKilledSupervisorIsReplaced(t *testing.T) {
	t.Parallel()
	p := testPlace(t)
	dsn, _ := joinTest(t, p)
	before := postmaster(t, p, dsn)
	killSupervisor(t, p, supervisorOf(t, before))
	dsn, _ = joinTest(t, p)
	require.NotEqual(t, before, postmaster(t, p, dsn))
}

func TestSupervisorAndServerKilled(t *testing.T) {
	t.Parallel()
	p := testPlace(t)
	dsn, _ := joinTest(t, p)
	before := postmaster(t, p, dsn)
	supervisor := supervisorOf(t, before)
	require.NoError(t, syscall.Kill(before, syscall.SIGKILL))
	killSupervisor(t, p, supervisor)
	dsn, _ = joinTest(t, p)
	require.NotEqual(t, before, postmaster(t, p, dsn))
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
		"host=h dbname=old":                      "host=h dbname=old dbname=new",
	} {
		got, err := onDatabase(dsn, "new")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
