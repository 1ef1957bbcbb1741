package blob_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/blob"
)

const database = "7/16384/public"

// stock puts blobs, all of them long ago, and returns their names.
func stock(t *testing.T, store *blob.Store, root string, contents ...string) []string {
	t.Helper()
	var shas []string
	for _, content := range contents {
		put, err := store.Put(t.Context(), strings.NewReader(content), 100)
		require.NoError(t, err)
		age(t, root, put.SHA256)
		shas = append(shas, put.SHA256)
	}
	return shas
}

func pathOf(root, sha string) string { return filepath.Join(root, sha[:2], sha[2:4], sha) }

// age makes a blob look as if it was put long ago.
func age(t *testing.T, root, sha string) {
	t.Helper()
	long := time.Now().Add(-72 * time.Hour)
	require.NoError(t, os.Chtimes(pathOf(root, sha), long, long))
}

// using says that these blobs are in use.
func using(used ...string) blob.InUse {
	return func(context.Context, []string) ([]string, error) { return used, nil }
}

// sweepAll goes once through the whole store.
func sweepAll(t *testing.T, w *blob.Sweeper) int {
	t.Helper()
	total := 0
	for range 256 {
		n, err := w.Sweep(t.Context())
		require.NoError(t, err)
		total += n
	}
	return total
}

func TestSweepRemovesWhatIsOldAndNotInUse(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	require.NoError(t, store.Register(database))
	old := stock(t, store, root, "a", "b", "c", "d")
	young, err := store.Put(t.Context(), strings.NewReader("e"), 100)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, old[3][:2], "notes.txt"), nil, 0o600))
	require.NoError(t, os.Chtimes(filepath.Join(root, old[3][:2], "notes.txt"), time.Unix(0, 0), time.Unix(0, 0)))
	w := blob.NewSweeper(store, database, using(old[0]), using(old[1], "unknown"))
	require.Equal(t, 2, sweepAll(t, w))
	require.Zero(t, sweepAll(t, w))
	require.ElementsMatch(t, []string{
		"databases", old[0][:2] + "/" + old[0][2:4] + "/" + old[0], old[1][:2] + "/" + old[1][2:4] + "/" + old[1],
		young.SHA256[:2] + "/" + young.SHA256[2:4] + "/" + young.SHA256, old[3][:2] + "/notes.txt",
	}, files(t, root))
}

func TestSweepRemovesNothingThatItCannotAskAbout(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	require.NoError(t, store.Register(database))
	old := stock(t, store, root, "a")
	fails := func(context.Context, []string) ([]string, error) { return nil, errors.New("the database is down") }
	w := blob.NewSweeper(store, database, using(), fails)
	failures := 0
	for range 256 {
		if _, err := w.Sweep(t.Context()); err != nil {
			failures++
		}
	}
	require.Equal(t, 1, failures)
	require.FileExists(t, pathOf(root, old[0]))
}

func TestStoreOfSeveralDatabasesIsNotSwept(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	old := stock(t, store, root, "a")
	require.Zero(t, sweepAll(t, blob.NewSweeper(store, database, using())), "nobody says whose it is")
	require.NoError(t, store.Register(database))
	require.NoError(t, store.Register(database))
	shared, err := store.IsShared(database)
	require.NoError(t, err)
	require.False(t, shared)
	require.NoError(t, store.Register("8/16384/public"))
	require.Zero(t, sweepAll(t, blob.NewSweeper(store, database, using())))
	require.Zero(t, sweepAll(t, blob.NewSweeper(store, "8/16384/public", using())))
	require.FileExists(t, pathOf(root, old[0]))
}

func TestPuttingAnOldBlobAgainKeepsIt(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	require.NoError(t, store.Register(database))
	stock(t, store, root, "copied", "handed on")
	_, err := store.Put(t.Context(), strings.NewReader("copied"), 100)
	require.NoError(t, err)
	handed := stock(t, store, root, "handed on")[0]
	file, err := store.Open(t.Context(), handed)
	require.NoError(t, err)
	_, err = store.Put(t.Context(), file, 100)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Zero(t, sweepAll(t, blob.NewSweeper(store, database, using())))
}

// A sweeper was killed after it had taken a blob away, which was put again just before.
func TestBlobThatASweeperTookAwayComesBack(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	sha := stock(t, store, root, "a")[0]
	aside := filepath.Join(root, "tmp", "swept-"+sha+"-XYZ")
	require.NoError(t, os.Rename(pathOf(root, sha), aside))
	require.NoError(t, os.Chtimes(aside, time.Now(), time.Now()))
	_, err := blob.OpenStore(root)
	require.NoError(t, err)
	require.FileExists(t, pathOf(root, sha))
}

// What was put is there, however many sweepers are at it: each put is followed by a look, long before the blob is old.
func TestNoPutIsLostToASweeper(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	require.NoError(t, store.Register(database))
	ctx, cancel := context.WithCancel(t.Context())
	var sweeping, putting sync.WaitGroup
	for range 2 {
		w := blob.NewSweeper(store, database, using())
		sweeping.Go(func() {
			for ctx.Err() == nil {
				_, _ = w.Sweep(ctx)
			}
		})
	}
	for n := range 4 {
		putting.Go(func() {
			content := fmt.Sprint("content ", n)
			for range 300 {
				put, err := store.Put(ctx, strings.NewReader(content), 100)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := read(ctx, store, put.SHA256); err != nil || got != content {
					t.Errorf("%q is %q: %v", content, got, err)
				}
				long := time.Now().Add(-72 * time.Hour)
				_ = os.Chtimes(pathOf(root, put.SHA256), long, long)
			}
		})
	}
	putting.Wait()
	cancel()
	sweeping.Wait()
}

// read waits a moment for a blob that a sweeper is about to put back.
func read(ctx context.Context, store *blob.Store, sha string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		file, err := store.Open(ctx, sha)
		if errors.Is(err, blob.ErrNotFound) {
			runtime.Gosched()
			continue
		}
		if err != nil {
			return "", err
		}
		content, err := io.ReadAll(file)
		return string(content), errors.Join(err, file.Close())
	}
}
