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
	dir := dataDir(t, "below", "data")
	closed := filepath.Dir(filepath.Dir(dir))
	require.NoError(t, os.Mkdir(closed, 0o700))
	_, err := embedded.Start(t.Context(), options(t, dir))
	require.ErrorContains(t, err, "can't enter "+closed)
	require.ErrorContains(t, err, "chmod o+x "+closed)

	require.NoError(t, os.Chmod(closed, 0o711))
	server := start(t, options(t, dir))
	user, _ := access(t, filepath.Join(dir, "postgres"))
	require.NotZero(t, user)
	owner, mode := access(t, socketDir(t, server))
	require.Equal(t, user, owner)
	require.Equal(t, os.FileMode(0o700), mode, "others could connect")
}

// access returns the id of the owner and the permissions.
func access(t *testing.T, path string) (uint32, os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	stat, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	return stat.Uid, info.Mode().Perm()
}
