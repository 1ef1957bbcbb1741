package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/internal/blob"
)

func setup(t *testing.T) (*blob.Store, string) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "blobs")
	store, err := blob.OpenStore(root)
	require.NoError(t, err)
	return store, root
}

// files lists the regular files under root, relative to it.
func files(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, relErr := filepath.Rel(root, path)
			names = append(names, filepath.ToSlash(name))
			return relErr
		}
		return err
	}))
	return names
}

func TestPutNamesContentByItsHash(t *testing.T) {
	t.Parallel()
	store, root := setup(t)

	got, err := store.Put(t.Context(), strings.NewReader("hello"), 5)
	require.NoError(t, err)
	const sha = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	require.Equal(t, blob.Blob{SHA256: sha, Size: 5}, got)
	require.Equal(t, []string{"2c/f2/" + sha}, files(t, root))

	info, err := os.Stat(filepath.Join(root, "2c", "f2", sha))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o640), info.Mode().Perm())
}

func TestPutThenOpenRoundTrips(t *testing.T) {
	t.Parallel()
	store, _ := setup(t)
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		put, err := store.Put(context.Background(), iotest.OneByteReader(bytes.NewReader(content)), math.MaxInt32)
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		require.Equal(t, hex.EncodeToString(sum[:]), put.SHA256)

		file, err := store.Open(context.Background(), put.SHA256)
		require.NoError(t, err)
		got, err := io.ReadAll(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		require.Equal(t, string(content), string(got))
	})
}

func TestEqualContentIsStoredOnceByManyWriters(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	var writers sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		writers.Go(func() {
			_, errs[i] = store.Put(t.Context(), strings.NewReader("same"), 10)
		})
	}
	writers.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Len(t, files(t, root), 1)
}

func TestPutReplacesATruncatedBlob(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	put, err := store.Put(t.Context(), strings.NewReader("whole content"), 100)
	require.NoError(t, err)
	path := filepath.Join(root, files(t, root)[0])
	require.NoError(t, os.Truncate(path, 3))

	_, err = store.Put(t.Context(), strings.NewReader("whole content"), 100)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, put.Size, info.Size())
}

func TestFailedPutLeavesNothing(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	broken := errors.New("connection reset")
	cases := map[string]struct {
		ctx    context.Context
		reader io.Reader
		want   error
	}{
		"too large":        {t.Context(), strings.NewReader("123456"), blob.ErrTooLarge},
		"endless":          {t.Context(), endless{}, blob.ErrTooLarge},
		"reader fails":     {t.Context(), io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), broken},
		"context is ended": {cancelled, &cancelling{cancel: cancel}, context.Canceled},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, root := setup(t)
			_, err := store.Put(test.ctx, test.reader, 5)
			require.ErrorIs(t, err, test.want)
			require.Empty(t, files(t, root))
		})
	}
}

func TestOpenRefusesWhatIsNoBlob(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, "secret"), []byte("x"), 0o600))
	for _, name := range []string{"", "secret", "../secret", strings.Repeat("A", 64), strings.Repeat("../", 21) + "x", strings.Repeat("0", 64)} {
		_, err := store.Open(t.Context(), name)
		require.ErrorIs(t, err, blob.ErrNotFound, name)
	}
}

func TestOpenStoreSweepsWhatAKilledProcessLeft(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	kept, err := store.Put(t.Context(), strings.NewReader("kept"), 10)
	require.NoError(t, err)
	stale, fresh := filepath.Join(root, "tmp", "put-1"), filepath.Join(root, "tmp", "put-2")
	for _, name := range []string{stale, fresh} {
		require.NoError(t, os.WriteFile(name, []byte("half"), 0o600))
	}
	old := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(stale, old, old))
	require.NoError(t, os.Chtimes(filepath.Join(root, kept.SHA256[:2], kept.SHA256[2:4], kept.SHA256), old, old))

	_, err = blob.OpenStore(root)
	require.NoError(t, err)
	require.NoFileExists(t, stale)
	require.FileExists(t, fresh)
	file, err := store.Open(t.Context(), kept.SHA256)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

// endless never stops yielding bytes.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// cancelling ends its context after the first read, as a client that goes away does.
type cancelling struct{ cancel context.CancelFunc }

func (c *cancelling) Read(p []byte) (int, error) {
	c.cancel()
	return copy(p, "x"), nil
}

func TestPutOfOpenedContentCopiesNothing(t *testing.T) {
	t.Parallel()
	store, root := setup(t)
	stored, err := store.Put(t.Context(), strings.NewReader("hello"), 5)
	require.NoError(t, err)
	opened, err := store.Open(t.Context(), stored.SHA256)
	require.NoError(t, err)
	defer func() { require.NoError(t, opened.Close()) }()
	require.NoError(t, os.RemoveAll(filepath.Join(root, "tmp"))) // where a copy would begin

	again, err := store.Put(t.Context(), opened, 5)
	require.NoError(t, err)
	require.Equal(t, stored, again)
	_, err = store.Put(t.Context(), opened, 4)
	require.ErrorIs(t, err, blob.ErrTooLarge)
}

func TestPutOfTheRestOfOpenedContentIsNewContent(t *testing.T) {
	t.Parallel()
	store, _ := setup(t)
	stored, err := store.Put(t.Context(), strings.NewReader("hello"), 5)
	require.NoError(t, err)
	opened, err := store.Open(t.Context(), stored.SHA256)
	require.NoError(t, err)
	defer func() { require.NoError(t, opened.Close()) }()
	_, err = io.ReadFull(opened, make([]byte, 1))
	require.NoError(t, err)

	rest, err := store.Put(t.Context(), opened, 5)
	require.NoError(t, err)
	same, err := store.Put(t.Context(), strings.NewReader("ello"), 5)
	require.NoError(t, err)
	require.Equal(t, same, rest)
}
