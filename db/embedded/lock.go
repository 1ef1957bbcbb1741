package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/taskwire/taskwire/db/internal/flock"
)

// HeldError says that another process owns the data directory.
type HeldError struct {
	Dir    string
	Holder string // "pid 42 on host a, since 2026-01-02 15:04:05 UTC"; empty when it left no note yet
}

func (e *HeldError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("data directory %s is in use by %s; stop it first, or choose another with --data-dir", e.Dir, holder)
}

// directoryLock is our ownership of a data directory. It ends with this process.
type directoryLock struct {
	lock *flock.Lock
}

// lockTimeout is how long a held lock is waited for. A child that its owner was just starting when it was killed holds
// the lock, too, until the child is another program.
const lockTimeout = 2 * time.Second

func lockDirectory(ctx context.Context, l layout) (*directoryLock, error) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	lock, err := flock.AwaitExclusive(ctx, l.lock)
	if errors.Is(err, flock.ErrHeld) {
		note, _ := os.ReadFile(l.lock)
		return nil, &HeldError{Dir: l.dir, Holder: strings.TrimSpace(string(note))}
	}
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	held := &directoryLock{lock: lock}
	if err := held.note(time.Now()); err != nil {
		return nil, errors.Join(err, held.release())
	}
	return held, nil
}

// note writes down who we are, for the error of whoever comes next.
func (d *directoryLock) note(since time.Time) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	if err := d.lock.File.Truncate(0); err != nil {
		return fmt.Errorf("note owner of data directory: %w", err)
	}
	line := fmt.Sprintf("pid %d on host %s, since %s\n", os.Getpid(), host, since.UTC().Format("2006-01-02 15:04:05 MST"))
	if _, err := d.lock.File.WriteAt([]byte(line), 0); err != nil {
		return fmt.Errorf("note owner of data directory: %w", err)
	}
	return nil
}

func (d *directoryLock) release() error {
	// An empty note, not a removed file: somebody may be opening it right now.
	return errors.Join(d.lock.File.Truncate(0), d.lock.Close())
}
