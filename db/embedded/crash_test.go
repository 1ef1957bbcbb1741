//go:build unix

package embedded_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/embedded"
)

// requireSoon polls, because other processes are waited for here, which send no signal.
func requireSoon(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 10*time.Millisecond)
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	requireSoon(t, func() bool { return !isAlive(pid) })
}

// isAlive counts a process that waits only for its parent to look, as nobody may in a container, as gone.
func isAlive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// processesIn returns the processes that work in dir or below.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()
	if runtime.GOOS != "linux" {
		return nil
	}
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	require.NoError(t, err)
	var found []string
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir) {
			found = append(found, link+" in "+cwd)
		}
	}
	return found
}

func unfinished(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "postgres.init-*"))
	require.NoError(t, err)
	return found
}

func socketDir(t *testing.T, server *embedded.Server) string {
	t.Helper()
	dsn, err := url.Parse(server.DSN())
	require.NoError(t, err)
	return dsn.Query().Get("host")
}

// serverCommand runs postgres on the directory as the server would, but as nobody's child.
func serverCommand(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cluster := filepath.Join(dir, "postgres")
	info, err := os.Stat(cluster)
	require.NoError(t, err)
	stat, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	program := filepath.Join(embedded.FindBinaries(t.Context())[0].Dir, "postgres")
	cmd := exec.CommandContext(t.Context(), program, "-D", cluster,
		"-c", "listen_addresses=", "-c", "unix_socket_directories="+filepath.Join(dir, "run"))
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}}
	}
	return cmd
}

// TestCrashes goes through them on one data directory, because each needs a server and making one takes a second.
func TestCrashes(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	for _, crash := range []struct {
		name string
		test func(t *testing.T, dir string)
	}{
		{"a server that dies is started again", serverDies},
		{"an unsupervised server stays down", unsupervisedServerDies},
		{"owner and server killed", ownerAndServerKilled},
		{"a server that outlived its owner is stopped", serverOutlivesOwner},
		{"a process that took the id of a killed server is left alone", idIsTakenOver},
		{"a second start says who holds the directory", secondStart},
		{"the server ends with its owner", ownerKilled},
		{"remove after a kill leaves nothing", removeAfterKill},
	} {
		passed := t.Run(crash.name, func(t *testing.T) { crash.test(t, dir) })
		require.True(t, passed, "the next crashes would begin from another state")
	}
}

// linked is dir by way of a symbolic link above it.
func linked(t *testing.T, dir string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(filepath.Dir(dir), link))
	return filepath.Join(link, filepath.Base(dir))
}

func serverDies(t *testing.T, dir string) {
	server := start(t, options(t, linked(t, dir)))
	require.Equal(t, filepath.Join(dir, "run"), socketDir(t, server), "the link was not followed")
	remember(t, server)
	for range 2 {
		pid := server.PID()
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		requireSoon(t, func() bool { return server.PID() != pid })
		recall(t, server)
	}
}

func unsupervisedServerDies(t *testing.T, dir string) {
	opts := options(t, dir)
	opts.Unsupervised = true
	server := start(t, opts)
	require.NoError(t, syscall.Kill(server.PID(), syscall.SIGKILL))
	<-server.Failed()
	require.NoError(t, server.Stop(t.Context()))
}

func ownerAndServerKilled(t *testing.T, dir string) {
	other := startOwner(t, dir)
	require.NoError(t, syscall.Kill(other.postmaster, syscall.SIGKILL))
	other.kill(t)
	recall(t, start(t, options(t, dir)))
}

func serverOutlivesOwner(t *testing.T, dir string) {
	survivor := serverCommand(t, dir)
	require.NoError(t, survivor.Start())
	ended := make(chan error, 1)
	go func() { ended <- survivor.Wait() }()
	requireSoon(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, "run", ".s.PGSQL.5432"))
		return err == nil
	})
	second := start(t, options(t, dir))
	require.NoError(t, <-ended, "the survivor was to be shut down in good order")
	recall(t, second)
}

func idIsTakenOver(t *testing.T, dir string) {
	other := startOwner(t, dir)
	require.NoError(t, syscall.Kill(other.postmaster, syscall.SIGKILL))
	other.kill(t)
	bystander := exec.CommandContext(t.Context(), "sleep", "1000")
	require.NoError(t, bystander.Start())
	t.Cleanup(func() { _ = bystander.Wait() }) // killed when the test's context ends
	pretend(t, filepath.Join(dir, "postgres", "postmaster.pid"), bystander.Process.Pid)

	recall(t, start(t, options(t, dir)))
	require.True(t, isAlive(bystander.Process.Pid))
}

// pretend makes pid the one of a postmaster.pid.
func pretend(t *testing.T, path string, pid int) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(text), "\n")
	require.True(t, ok)
	require.NoError(t, os.WriteFile(path, []byte(strconv.Itoa(pid)+"\n"+rest), 0o600))
}

func secondStart(t *testing.T, dir string) {
	server := start(t, options(t, dir))
	_, err := embedded.Start(t.Context(), options(t, dir))
	var held *embedded.HeldError
	require.ErrorAs(t, err, &held)
	require.Contains(t, err.Error(), "pid "+strconv.Itoa(os.Getpid())+" ")
	require.Contains(t, err.Error(), "since "+strconv.Itoa(time.Now().UTC().Year()))
	require.ErrorAs(t, embedded.Remove(t.Context(), dir), &held)
	recall(t, server)
}

func ownerKilled(t *testing.T, dir string) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a child of its parent's end")
	}
	other := startOwner(t, dir)
	other.kill(t)
	requireGone(t, other.postmaster)
	requireSoon(t, func() bool { return len(processesIn(t, dir)) == 0 })
	recall(t, start(t, options(t, dir)))
}

func removeAfterKill(t *testing.T, dir string) {
	other := startOwner(t, dir)
	require.NoError(t, syscall.Kill(other.postmaster, syscall.SIGKILL))
	other.kill(t)
	text, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	require.NoError(t, err)
	segment := strings.Fields(strings.Split(string(text), "\n")[6])[1]
	require.True(t, hasSegment(t, segment))

	require.NoError(t, embedded.Remove(t.Context(), dir))
	require.False(t, hasSegment(t, segment))
	_, err = os.Lstat(dir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Empty(t, processesIn(t, dir))
}

// hasSegment reports whether there is a System V shared memory segment of that id.
func hasSegment(t *testing.T, id string) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Skip("needs /proc/sysvipc")
	}
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == id {
			return true
		}
	}
	return false
}

func TestRemoveSparesWhatIsNoDataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.ErrorContains(t, embedded.Remove(t.Context(), dir), "is not a data directory")
	require.DirExists(t, dir)
}

func TestInterruptedInitIsDoneAgain(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	cmd, _ := launchOwner(t, dir)
	requireSoon(t, func() bool { return len(unfinished(t, dir)) > 0 })
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	remember(t, start(t, options(t, dir)))
	require.Empty(t, unfinished(t, dir))
}
