package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"

	"github.com/taskwire/taskwire/db/internal/flock"
)

const (
	mavenCentral = "https://repo1.maven.org/maven2"
	fetchTimeout = 10 * time.Minute
)

// releases are the versions that can be fetched, by major version. The one at 0 is for a new cluster.
var releases = map[int]embeddedpostgres.PostgresVersion{
	0:  embeddedpostgres.V18,
	14: embeddedpostgres.V14,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

// fetch downloads the binaries of a major version (0 for any) into the cache.
func fetch(ctx context.Context, opts Options, major int) (Binaries, error) {
	release, ok := releases[major]
	switch {
	case !ok:
		return Binaries{}, fmt.Errorf("there is no download for PostgreSQL %d", major)
	case opts.CacheDir == "":
		return Binaries{}, errors.New("fetching is turned off")
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if err := makeDir(opts.CacheDir, cacheMode()); err != nil {
		return Binaries{}, err
	}
	lock, err := flock.AwaitExclusive(ctx, filepath.Join(opts.CacheDir, "fetch.lock"))
	if err != nil {
		return Binaries{}, fmt.Errorf("take turns with another process that fetches: %w", err)
	}
	defer func() { _ = lock.Close() }()

	home := filepath.Join(opts.CacheDir, fetchedPrefix+string(release))
	if b, err := at(ctx, home); err == nil {
		return b, nil // another process was first
	}
	if err := download(ctx, opts, release, home); err != nil {
		return Binaries{}, fmt.Errorf("fetch PostgreSQL %s: %w", release, err)
	}
	return at(ctx, home)
}

// fetchedPrefix is what the names of fetched releases in the cache begin with.
const fetchedPrefix = "postgresql-"

// cached returns what was fetched earlier, newest first.
func cached(ctx context.Context, cacheDir string) []Binaries {
	if cacheDir == "" {
		return nil
	}
	dirs, _ := filepath.Glob(filepath.Join(escapeGlob(cacheDir), fetchedPrefix+"*", "bin")) // the pattern is well-formed
	return usable(ctx, dirs)
}

// at returns the binaries of a release that was unpacked at home, if they run.
func at(ctx context.Context, home string) (Binaries, error) {
	dir := filepath.Join(home, "bin")
	version, err := versionOf(ctx, dir)
	return Binaries{Dir: dir, Version: version}, err
}

// cacheMode lets the account that root's server runs as read the binaries.
func cacheMode() os.FileMode {
	if os.Geteuid() == 0 {
		return 0o755
	}
	return 0o700
}

// download puts a release at home. It gets its name only when it is whole and runs.
func download(ctx context.Context, opts Options, release embeddedpostgres.PostgresVersion, home string) (err error) {
	work, err := os.MkdirTemp(opts.CacheDir, "fetch-*")
	if err != nil {
		return fmt.Errorf("make directory to fetch into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()

	repository := opts.RepositoryURL
	if repository == "" {
		repository = mavenCentral
	}
	opts.Logger.InfoContext(ctx, "no PostgreSQL server on this machine: fetching one", "version", string(release), "from", repository)
	relay, err := startRelay(ctx, repository, work, opts.Logger)
	if err != nil {
		return err
	}
	extracted := filepath.Join(work, "server")
	libErr := extract(work, extracted, release, relay.url())
	if err := relay.stop(); err != nil {
		return err
	}
	if _, err := at(ctx, extracted); err != nil {
		return errors.Join(err, libErr)
	}
	if err := os.RemoveAll(home); err != nil {
		return fmt.Errorf("remove broken download: %w", err)
	}
	if err := os.Rename(extracted, home); err != nil {
		return fmt.Errorf("keep download: %w", err)
	}
	return nil
}

// extract has the library download and unpack a release. The library has no call for that alone, and the server that it
// would start next can't be run as root, nor kept apart from its clients as ours is. So it gets a data directory that
// looks initialized but has nothing in it: it always stops there with an error, which says something only when the
// binaries are not there either. (It leaves an empty log in the temporary directory.)
func extract(work, to string, release embeddedpostgres.PostgresVersion, repository string) error {
	decoy := filepath.Join(work, "decoy")
	if err := os.Mkdir(decoy, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(decoy, "PG_VERSION"), []byte(release), 0o600); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	return embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(release).
		BinaryRepositoryURL(repository).
		CachePath(filepath.Join(work, "archive")).
		RuntimePath(filepath.Join(work, "runtime")).
		BinariesPath(to).
		DataPath(decoy).
		Port(port).
		Logger(io.Discard)).Start()
}

// freePort is for the library, which wants to see a port free before it does anything.
func freePort() (uint32, error) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return 0, fmt.Errorf("find free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("find free port: %s is no TCP address", listener.Addr())
	}
	return uint32(address.Port), nil
}
