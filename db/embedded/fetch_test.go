package embedded

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// serverArchive is made by testdata/make.sh.
//
//go:embed testdata/server.txz
var serverArchive []byte

// repository is a Maven repository with one archive, whatever it is asked for.
type repository struct {
	*httptest.Server
	archive  []byte
	sum      string
	requests atomic.Int32
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	var jar bytes.Buffer
	archive := zip.NewWriter(&jar)
	file, err := archive.Create("postgres.txz")
	require.NoError(t, err)
	_, err = file.Write(serverArchive)
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	sum := sha256.Sum256(jar.Bytes())
	r := &repository{archive: jar.Bytes(), sum: hex.EncodeToString(sum[:])}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *repository) serve(w http.ResponseWriter, request *http.Request) {
	r.requests.Add(1)
	if strings.HasSuffix(request.URL.Path, ".sha256") {
		if r.sum == "" {
			http.NotFound(w, request)
			return
		}
		_, _ = w.Write([]byte(r.sum))
		return
	}
	_, _ = w.Write(r.archive)
}

func (r *repository) options(t *testing.T) Options {
	t.Helper()
	return Options{
		BinDir:        t.TempDir(), // nothing is installed
		CacheDir:      filepath.Join(t.TempDir(), "new", "cache"),
		RepositoryURL: r.URL + "/",
		Logger:        slog.New(slog.DiscardHandler),
	}
}

func (o Options) cluster() string { return filepath.Join(o.BinDir, "no-cluster") }

func TestFetchOnce(t *testing.T) {
	t.Parallel()
	repository := newRepository(t)
	opts := repository.options(t)
	first, err := chooseBinaries(t.Context(), opts, opts.cluster())
	require.NoError(t, err)
	require.Equal(t, Version{Major: 18, Minor: 3}, first.Version)
	require.Equal(t, opts.CacheDir, filepath.Dir(filepath.Dir(first.Dir)))
	asked := repository.requests.Load()

	second, err := chooseBinaries(t.Context(), opts, opts.cluster())
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Equal(t, asked, repository.requests.Load(), "fetched again")
	requireOnly(t, opts.CacheDir, "fetch.lock", "postgresql-18.3.0")
}

func TestFetchRefusesWhatItCantVerify(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil  func(*repository)
		reason string
	}{
		"other content": {func(r *repository) { r.sum = strings.Repeat("0", 64) }, "SHA-256"},
		"no checksum":   {func(r *repository) { r.sum = "" }, "404"},
		"bad checksum":  {func(r *repository) { r.sum = "<html>" }, "not a SHA-256"},
		"long checksum": {func(r *repository) { r.sum = strings.Repeat("0", 1<<20) }, "larger than"},
		"no archive": {func(r *repository) {
			r.archive = nil
			sum := sha256.Sum256(nil)
			r.sum = hex.EncodeToString(sum[:])
		}, "zip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repository := newRepository(t)
			test.spoil(repository)
			opts := repository.options(t)
			_, err := chooseBinaries(t.Context(), opts, opts.cluster())
			require.ErrorContains(t, err, test.reason)
			requireOnly(t, opts.CacheDir, "fetch.lock")
		})
	}
}

func TestFetchEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		cancel()
		<-request.Context().Done()
	}))
	defer hanging.Close()
	opts := newRepository(t).options(t)
	opts.RepositoryURL = hanging.URL
	_, err := chooseBinaries(ctx, opts, opts.cluster())
	require.ErrorIs(t, err, context.Canceled)
}

func TestFetchTheVersionOfTheData(t *testing.T) {
	t.Parallel()
	opts := newRepository(t).options(t)
	cluster := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(cluster, "PG_VERSION"), []byte("16\n"), 0o600))
	found, err := chooseBinaries(t.Context(), opts, cluster)
	require.NoError(t, err)
	require.Contains(t, found.Dir, "postgresql-16.")
}

func requireOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	require.Equal(t, names, found)
}
