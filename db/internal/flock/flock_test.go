package flock_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/internal/flock"
)

func TestExclusiveExcludesEveryOther(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	held, err := flock.Exclusive(path)
	require.NoError(t, err)

	_, err = flock.Exclusive(path)
	require.ErrorIs(t, err, flock.ErrHeld)
	_, err = flock.Shared(path)
	require.ErrorIs(t, err, flock.ErrHeld)

	require.NoError(t, held.Close())
	again, err := flock.Exclusive(path)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

func TestAwaitExclusive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	held, err := flock.Shared(path)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = flock.AwaitExclusive(ctx, path)
	require.ErrorIs(t, err, flock.ErrHeld)

	awaited := make(chan error, 1)
	go func() {
		lock, err := flock.AwaitExclusive(t.Context(), path)
		if err == nil {
			err = lock.Close()
		}
		awaited <- err
	}()
	require.NoError(t, held.Close())
	require.NoError(t, <-awaited)
}

func TestSharedExcludesExclusiveOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, err := flock.Shared(path)
	require.NoError(t, err)
	second, err := flock.Shared(path)
	require.NoError(t, err)

	require.NoError(t, first.Close())
	_, err = flock.Exclusive(path)
	require.ErrorIs(t, err, flock.ErrHeld)

	require.NoError(t, second.Close())
	last, err := flock.Exclusive(path)
	require.NoError(t, err)
	require.NoError(t, last.Close())
}

func TestLockOfRemovedFileExcludesNobody(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	old, err := flock.Exclusive(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))

	current, err := flock.Exclusive(path)
	require.NoError(t, err)
	require.NoError(t, old.Close())
	_, err = flock.Exclusive(path)
	require.ErrorIs(t, err, flock.ErrHeld)
	require.NoError(t, current.Close())
}
