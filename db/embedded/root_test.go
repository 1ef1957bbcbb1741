//go:build unix

package embedded_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/embedded"
)

func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func TestRootsServerIsUnprivileged(t *testing.T) {
	t.Parallel()
	requireRoot(t)
	dir := dataDir(t)
	server := start(t, options(t, dir))
	var user uint32
	info, err := os.Stat(filepath.Join(dir, "postgres"))
	require.NoError(t, err)
	user = info.Sys().(*syscall.Stat_t).Uid
	require.NotZero(t, user)

	info, err = os.Stat(socketDir(t, server))
	require.NoError(t, err)
	require.Equal(t, user, info.Sys().(*syscall.Stat_t).Uid)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "others could connect")
}

func TestRootIsToldOfADirectoryThatTheServerCantEnter(t *testing.T) {
	t.Parallel()
	requireRoot(t)
	dir := dataDir(t, "below", "data")
	closed := filepath.Dir(filepath.Dir(dir))
	require.NoError(t, os.Mkdir(closed, 0o700))
	_, err := embedded.Start(t.Context(), options(t, dir))
	require.ErrorContains(t, err, "can't enter "+closed)
	require.ErrorContains(t, err, "chmod o+x "+closed)

	require.NoError(t, os.Chmod(closed, 0o711))
	start(t, options(t, dir))
}
