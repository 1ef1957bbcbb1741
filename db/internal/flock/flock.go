// Package flock locks files between processes. The operating system frees a lock when its holder ends, however it ends,
// so there is no stale lock to clean up after a kill -9. The private server and the tests' shared one rest on it.
package flock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrHeld means that another holder's lock excludes this one.
var ErrHeld = errors.New("lock is held")

// Lock is a held lock. It ends with Close or with the process; children don't inherit it.
type Lock struct {
	File *os.File // of the lock file, for a note of who holds it
}

// Exclusive locks the file at path, made with mode 0644 if it is not there, against every other lock. It never waits.
func Exclusive(path string) (*Lock, error) { return lock(path, exclusive) }

// awaitGap is how often AwaitExclusive looks.
const awaitGap = 10 * time.Millisecond

// AwaitExclusive is Exclusive, again and again until ctx ends. Then the error is ErrHeld.
func AwaitExclusive(ctx context.Context, path string) (*Lock, error) {
	poll := time.NewTicker(awaitGap)
	defer poll.Stop()
	for {
		lock, err := Exclusive(path)
		if !errors.Is(err, ErrHeld) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, ErrHeld
		case <-poll.C:
		}
	}
}

// Shared locks the file at path, made if it is not there, against Exclusive only. It never waits.
func Shared(path string) (*Lock, error) { return lock(path, shared) }

// Close frees the lock and leaves the file. Remove the file before, if at all: whoever opened it meanwhile then finds
// that it has gone, and starts over.
func (l *Lock) Close() error { return l.File.Close() }

// lockAttempts bounds how often a file may be replaced under our hands; each time means that a holder has just removed it.
const lockAttempts = 10

func lock(path string, how int) (*Lock, error) {
	for range lockAttempts {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("open lock file: %w", err)
		}
		if err := flock(file, how); err != nil {
			_ = file.Close()
			return nil, err
		}
		if isAt(file, path) {
			return &Lock{File: file}, nil
		}
		_ = file.Close()
	}
	return nil, ErrHeld
}

// isAt reports whether path still leads to file: a lock on a file that was removed excludes nobody.
func isAt(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	present, err := os.Stat(path)
	return err == nil && os.SameFile(opened, present)
}
