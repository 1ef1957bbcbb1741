package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OldestMajor is the oldest major version of PostgreSQL that Taskwire runs on.
const OldestMajor = 14

// Version of server binaries.
type Version struct {
	Major, Minor int
	Preview      bool // development, beta or release candidate
}

func (v Version) String() string {
	if v.Preview {
		return fmt.Sprintf("%d (preview)", v.Major)
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

// compare orders versions by how much they are wanted: any release before any preview, then the newer.
func (v Version) compare(o Version) int {
	if v.Preview != o.Preview {
		if v.Preview {
			return -1
		}
		return 1
	}
	return (v.Major-o.Major)*1000 + v.Minor - o.Minor
}

// Binaries is a directory with a server's programs, all of one version.
type Binaries struct {
	Dir     string
	Version Version
}

// Path of one of the programs.
func (b Binaries) Path(program string) string { return filepath.Join(b.Dir, program) }

// FindBinaries returns the server binaries installed on this machine, newest first: from PATH, pg_config, and the places
// where packages put them. Versions before OldestMajor and directories without initdb or postgres are left out.
func FindBinaries(ctx context.Context) []Binaries {
	return usable(ctx, candidateDirs(ctx))
}

// usable returns the directories that hold a working server, newest first.
func usable(ctx context.Context, dirs []string) []Binaries {
	var found []Binaries
	seen := map[string]bool{}
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		if version, err := versionOf(ctx, real); err == nil && version.Major >= OldestMajor {
			found = append(found, Binaries{Dir: real, Version: version})
		}
	}
	slices.SortStableFunc(found, func(a, b Binaries) int { return b.Version.compare(a.Version) })
	return found
}

// packageDirs are where packages put server binaries that they keep out of PATH.
var packageDirs = []string{
	"/usr/lib/postgresql/*/bin",                      // Debian, Ubuntu
	"/usr/lib/postgresql*/bin",                       // openSUSE, Gentoo
	"/usr/libexec/postgresql*",                       // Alpine
	"/usr/pgsql-*/bin",                               // RPM of the PostgreSQL project
	"/usr/local/pgsql/bin",                           // from source
	"/usr/local/pgsql-*/bin",                         //
	"/opt/homebrew/opt/postgresql*/bin",              // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",                 // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin", // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/Library/PostgreSQL/*/bin", // EnterpriseDB's installer on macOS
	"/opt/local/lib/postgresql*/bin",
}

func candidateDirs(ctx context.Context) []string {
	var dirs []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		// Where postgres is but a link, more of its siblings are where it leads.
		if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
		dirs = append(dirs, dir)
	}
	if dir, err := output(ctx, "pg_config", "--bindir"); err == nil {
		dirs = append(dirs, dir)
	}
	for _, pattern := range packageDirs {
		matches, _ := filepath.Glob(pattern) // the patterns are well-formed
		dirs = append(dirs, matches...)
	}
	return dirs
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?(\w*)`)

// versionOf asks the programs in dir. It fails when one is missing, does not run, or is of another version than the other.
func versionOf(ctx context.Context, dir string) (Version, error) {
	var versions [2]Version
	for i, program := range []string{"postgres", "initdb"} {
		path := filepath.Join(dir, program)
		if _, err := os.Stat(path); err != nil {
			return Version{}, err
		}
		text, err := output(ctx, path, "--version")
		if err != nil {
			return Version{}, fmt.Errorf("run %s: %w", path, err)
		}
		if versions[i], err = parseVersion(text); err != nil {
			return Version{}, err
		}
	}
	if versions[0] != versions[1] {
		return Version{}, fmt.Errorf("postgres %s beside initdb %s in %s", versions[0], versions[1], dir)
	}
	return versions[0], nil
}

func parseVersion(text string) (Version, error) {
	parts := versionText.FindStringSubmatch(text)
	if parts == nil {
		return Version{}, fmt.Errorf("no PostgreSQL version in %q", text)
	}
	major, err := strconv.Atoi(parts[1])
	if err != nil {
		return Version{}, err
	}
	minor, _ := strconv.Atoi(parts[2]) // none in "19beta1"
	return Version{Major: major, Minor: minor, Preview: parts[3] != ""}, nil
}

// output runs a program that should say something short at once.
func output(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	text, err := exec.CommandContext(ctx, name, args...).Output()
	return strings.TrimSpace(string(text)), err
}

// chooseBinaries returns the newest binaries, or for a cluster that exists the newest of its major version: another can't
// read its files. It takes installed ones first, then those fetched earlier, then fetches some.
func chooseBinaries(ctx context.Context, opts Options, cluster string) (Binaries, error) {
	major, err := clusterMajor(cluster)
	if err != nil {
		return Binaries{}, err
	}
	var found []Binaries
	if opts.BinDir != "" {
		found = usable(ctx, []string{opts.BinDir})
	} else {
		found = FindBinaries(ctx)
	}
	found = append(found, cached(ctx, opts.CacheDir)...)
	for _, b := range found {
		if major == 0 || b.Version.Major == major {
			return b, nil
		}
	}
	fetched, fetchErr := fetch(ctx, opts, major)
	if fetchErr == nil {
		return fetched, nil
	}
	install := installCommand(runtime.GOOS, os.Geteuid() == 0, hasProgram, major)
	return Binaries{}, &MissingError{Major: major, Found: found, Fetch: fetchErr, Install: install}
}

// clusterMajor is the major version that made the cluster, or 0 if there is no cluster.
func clusterMajor(cluster string) (int, error) {
	text, err := os.ReadFile(filepath.Join(cluster, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Lstat(cluster); err == nil {
			return 0, fmt.Errorf("%s is not the data of a PostgreSQL server (it has no PG_VERSION); move it away", cluster)
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read version of the data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read version of the data in %s: %w", cluster, err)
	}
	return major, nil
}
