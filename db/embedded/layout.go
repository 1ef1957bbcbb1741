package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// socketPort is the number in the socket's file name. No TCP port is used.
const socketPort = 5432

// socketPathLimit is what fits into the sun_path of macOS, the shortest; Linux has room for 107 bytes.
const socketPathLimit = 103

// layout is where everything of a data directory is.
type layout struct {
	dir       string // absolute, without symbolic links
	cluster   string // PostgreSQL's own data directory
	lock      string
	log       string
	hba       string // who may connect; not in the cluster, so that root never writes where another user could put a link
	ident     string
	socketDir string
}

func newLayout(dataDir string) (layout, error) {
	if dataDir == "" {
		return layout{}, errors.New("no data directory given")
	}
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return layout{}, fmt.Errorf("find data directory: %w", err)
	}
	dir = resolve(dir)
	return layout{
		dir:       dir,
		cluster:   filepath.Join(dir, "postgres"),
		lock:      filepath.Join(dir, "taskwire.lock"),
		log:       filepath.Join(dir, "postgres.log"),
		hba:       filepath.Join(dir, "pg_hba.conf"),
		ident:     filepath.Join(dir, "pg_ident.conf"),
		socketDir: socketDir(dir),
	}, nil
}

// resolve follows symbolic links as far as path exists, because processes are found by the real path of their directory.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(resolve(parent), filepath.Base(path))
	}
	return path
}

// socketDir is in the data directory where the socket's path fits, else under a short name in /tmp.
func socketDir(dir string) string {
	inside := filepath.Join(dir, "run")
	if len(socketFile(inside)) <= socketPathLimit {
		return inside
	}
	return filepath.Join("/tmp", "taskwire-"+clusterID(dir))
}

func socketFile(dir string) string {
	return filepath.Join(dir, ".s.PGSQL."+strconv.Itoa(socketPort))
}

// clusterID is a short name for the data directory, the same each time.
func clusterID(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return hex.EncodeToString(sum[:6])
}

func (l layout) socketInside() bool { return filepath.Dir(l.socketDir) == l.dir }

// makeSocketDir makes the socket's directory anew, as one that only the account can enter. It never follows or reuses what
// somebody else may have put at a name in /tmp.
func (l layout) makeSocketDir(a account) error {
	if err := os.RemoveAll(l.socketDir); err != nil {
		return fmt.Errorf("remove old socket directory: %w", err)
	}
	if err := os.Mkdir(l.socketDir, 0o700); err != nil {
		return fmt.Errorf("make socket directory: %w", err)
	}
	return a.own(l.socketDir)
}

func (l layout) dsn(database string) string {
	query := url.Values{
		"host":    {l.socketDir},
		"port":    {strconv.Itoa(socketPort)},
		"user":    {role},
		"sslmode": {"disable"},
	}
	return "postgres:///" + database + "?" + query.Encode()
}

// DefaultDataDir is where the data of the user's private server goes: /var/lib/taskwire for root, whose home an
// unprivileged server can't enter; else $XDG_DATA_HOME/taskwire, or its usual place in the home directory.
func DefaultDataDir(getenv func(string) string) (string, error) {
	return userDir(getenv, "/var/lib", "XDG_DATA_HOME", ".local/share", "Library/Application Support")
}

// DefaultCacheDir is where fetched server binaries go, by the same rules.
func DefaultCacheDir(getenv func(string) string) (string, error) {
	return userDir(getenv, "/var/cache", "XDG_CACHE_HOME", ".cache", "Library/Caches")
}

func userDir(getenv func(string) string, root, variable, home, macHome string) (string, error) {
	if os.Geteuid() == 0 {
		return filepath.Join(root, "taskwire"), nil
	}
	if dir := getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "taskwire"), nil
	}
	if getenv("HOME") == "" {
		return "", fmt.Errorf("find directory for data: neither $HOME nor $%s is set", variable)
	}
	if runtime.GOOS == "darwin" {
		home = macHome
	}
	return filepath.Join(getenv("HOME"), home, "taskwire"), nil
}

// DSN leads to the database of the private server in a data directory, whichever process runs it.
func DSN(dataDir string) (string, error) {
	l, err := newLayout(dataDir)
	if err != nil {
		return "", err
	}
	return l.dsn(database), nil
}
