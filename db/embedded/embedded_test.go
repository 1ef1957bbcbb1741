//go:build unix

package embedded_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/embedded"
)

// patience is how long a test waits for what should happen within a second, on a machine that is busy with other things.
const patience = 3 * time.Minute

// dataDir returns a data directory that does not exist yet, below others of the given names if there are any. What is
// there at the end of the test is removed.
func dataDir(t *testing.T, below ...string) string {
	t.Helper()
	top := filepath.Join(os.TempDir(), "data-"+strings.ToLower(rand.Text()[:10]))
	dir := filepath.Join(append([]string{top}, below...)...)
	t.Cleanup(func() {
		require.NoError(t, embedded.Remove(context.Background(), dir))
		require.NoError(t, os.RemoveAll(top))
	})
	return dir
}

func options(t *testing.T, dir string) embedded.Options {
	return embedded.Options{DataDir: dir, Logger: slog.New(slog.NewTextHandler(testLog{t}, nil))}
}

type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

func start(t *testing.T, opts embedded.Options) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	return server
}

func open(t *testing.T, server *embedded.Server) *sqlx.DB {
	t.Helper()
	pool, err := db.Open(t.Context(), server.DSN())
	require.NoError(t, err)
	t.Cleanup(func() { _ = pool.Close() }) // its server may be down by then
	return pool
}

// remember puts something into the server's database that recall must find later.
func remember(t *testing.T, server *embedded.Server) {
	t.Helper()
	_, err := open(t, server).ExecContext(t.Context(), `CREATE TABLE memory AS SELECT 42 AS answer`)
	require.NoError(t, err)
}

func recall(t *testing.T, server *embedded.Server) {
	t.Helper()
	var answer int
	require.NoError(t, open(t, server).GetContext(t.Context(), &answer, `SELECT answer FROM memory`))
	require.Equal(t, 42, answer)
}

// owner is another process that owns a data directory.
type owner struct {
	cmd        *exec.Cmd
	postmaster int
}

func startOwner(t *testing.T, dir string) owner {
	t.Helper()
	cmd, out := launchOwner(t, dir)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	return owner{cmd, pid}
}

func launchOwner(t *testing.T, dir string) (*exec.Cmd, *os.File) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	out, in, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _ = out.Close() })
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program)
	cmd.Env = append(os.Environ(), ownerVariable+"="+dir)
	cmd.Stdout = in
	require.NoError(t, cmd.Start())
	require.NoError(t, in.Close())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, out
}

func (o owner) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, o.cmd.Process.Kill())
	require.Error(t, o.cmd.Wait()) // killed
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	server := start(t, options(t, dir))
	remember(t, server)
	requireSetup(t, open(t, server))
	first := server.PID()
	require.NoError(t, server.Stop(t.Context()))
	require.NoError(t, server.Stop(t.Context()), "a second Stop")
	requireGone(t, first)
	_, err := os.Stat(filepath.Join(dir, "postgres", "postmaster.pid"))
	require.ErrorIs(t, err, os.ErrNotExist, "not a clean shutdown")

	again := start(t, options(t, dir))
	require.Equal(t, server.DSN(), again.DSN())
	recall(t, again)
}

// requireSetup checks that text is UTF-8, letters of all languages are known, and sorting is by code point.
func requireSetup(t *testing.T, pool *sqlx.DB) {
	t.Helper()
	var encoding, collate, lower string
	require.NoError(t, pool.QueryRowContext(t.Context(),
		`SELECT pg_encoding_to_char(encoding), datcollate, lower('ÄÉ') FROM pg_database WHERE datname = current_database()`).
		Scan(&encoding, &collate, &lower))
	require.Equal(t, "UTF8", encoding)
	require.Equal(t, "C", collate)
	require.Equal(t, "äé", lower)
}

func TestCanceledStartLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := embedded.Start(ctx, options(t, dir))
		ended <- err
	}()
	requireSoon(t, func() bool { return len(unfinished(t, dir)) > 0 })
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Empty(t, unfinished(t, dir))
	require.Empty(t, processesIn(t, dir))
}

func TestDurableServerInADirectoryWithAnAwkwardName(t *testing.T) {
	t.Parallel()
	dir := dataDir(t, `it's [my] "däta" * `+strings.Repeat("long ", 20))
	opts := options(t, dir)
	opts.Durable = true
	server := start(t, opts)
	var fsync string
	require.NoError(t, open(t, server).GetContext(t.Context(), &fsync, `SHOW fsync`))
	require.Equal(t, "on", fsync)

	socket := socketDir(t, server)
	require.NotContains(t, socket, dir, "the path is too long for a socket")
	require.NoError(t, server.Stop(t.Context()))
	_, err := os.Stat(socket)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestNoBinaries(t *testing.T) {
	t.Parallel()
	opts := options(t, dataDir(t))
	opts.BinDir = t.TempDir()
	_, err := embedded.Start(t.Context(), opts)
	var missing *embedded.MissingError
	require.ErrorAs(t, err, &missing)
	require.Contains(t, err.Error(), missing.Install)
	require.Contains(t, err.Error(), "DATABASE_URL")
}

func TestDataOfAVersionThatIsNotInstalled(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "postgres"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "postgres", "PG_VERSION"), []byte("9\n"), 0o644))
	_, err := embedded.Start(t.Context(), options(t, dir))
	require.ErrorContains(t, err, "made by PostgreSQL 9, which is not installed")
	require.ErrorContains(t, err, "only "+embedded.FindBinaries(t.Context())[0].Version.String())
}

func TestDefaultDirectories(t *testing.T) {
	t.Parallel()
	getenv := func(name string) string {
		return map[string]string{"HOME": "/home/me", "XDG_DATA_HOME": "/data"}[name]
	}
	data, err := embedded.DefaultDataDir(getenv)
	require.NoError(t, err)
	cache, err := embedded.DefaultCacheDir(getenv)
	require.NoError(t, err)
	if os.Geteuid() == 0 {
		require.Equal(t, []string{"/var/lib/taskwire", "/var/cache/taskwire"}, []string{data, cache})
		return
	}
	require.Equal(t, "/data/taskwire", data)
	require.Contains(t, []string{"/home/me/.cache/taskwire", "/home/me/Library/Caches/taskwire"}, cache)
	_, err = embedded.DefaultDataDir(func(string) string { return "" })
	require.ErrorContains(t, err, "HOME")
}
