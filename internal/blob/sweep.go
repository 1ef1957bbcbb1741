package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// InUse returns which of these blobs are referred to. Everything that refers to blobs has to be asked before one is
// removed.
type InUse func(ctx context.Context, shas []string) ([]string, error)

const (
	// A blob that was put within this time may belong to an upload whose rows are still to be written.
	unusedAfter = 48 * time.Hour
	// sweepBatch limits what InUse is asked at once.
	sweepBatch = 500
)

// Sweeper removes the blobs that a database does not refer to: of uploads that failed, and of what was deleted since.
type Sweeper struct {
	store    *Store
	database string
	inUse    []InUse
	next     byte // of the 256 directories
}

// NewSweeper returns a sweeper for a store that Register was called for with this database.
func NewSweeper(store *Store, database string, inUse ...InUse) *Sweeper {
	return &Sweeper{store: store, database: database, inUse: inUse}
}

// Sweep looks through one of the store's 256 directories, the next one at each call, and returns how many blobs it has
// removed. It removes nothing from a store that another database has used, too. Several processes may sweep a store.
func (w *Sweeper) Sweep(ctx context.Context) (removed int, err error) {
	if shared, err := w.store.IsShared(w.database); shared || err != nil {
		return 0, err
	}
	dir := fmt.Sprintf("%02x", w.next)
	w.next++
	old, err := w.store.putBefore(dir, time.Now().Add(-unusedAfter))
	for len(old) > 0 && err == nil {
		batch := old[:min(len(old), sweepBatch)]
		old = old[len(batch):]
		var n int
		n, err = w.remove(ctx, batch)
		removed += n
	}
	if err != nil {
		return removed, fmt.Errorf("sweep blobs: %w", err)
	}
	return removed, nil
}

func (w *Sweeper) remove(ctx context.Context, shas []string) (removed int, err error) {
	used := map[string]bool{}
	for _, ask := range w.inUse {
		found, err := ask(ctx, shas)
		if err != nil {
			return 0, err
		}
		for _, sha := range found {
			used[sha] = true
		}
	}
	for _, sha := range shas {
		if used[sha] {
			continue
		}
		ok, err := w.store.removeOld(sha)
		if err != nil {
			return removed, err
		}
		if ok {
			removed++
		}
	}
	return removed, nil
}

// putBefore lists the blobs in a directory that were last put before a time.
func (s *Store) putBefore(dir string, before time.Time) ([]string, error) {
	var old []string
	err := filepath.WalkDir(filepath.Join(s.root, dir), func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() || !isName(entry.Name()) {
			return err
		}
		info, err := entry.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // another process swept it
			return nil
		case err != nil:
			return err
		case info.ModTime().Before(before):
			old = append(old, entry.Name())
		}
		return nil
	})
	return old, err
}

// removeOld removes a blob unless it was put again meanwhile. First it takes the blob away, then it looks: a Put that comes
// before finds the blob there and makes it young, one that comes after finds it missing and puts it anew.
func (s *Store) removeOld(sha string) (bool, error) {
	aside := filepath.Join(s.tempDir(), sweptPrefix+sha+"-"+rand.Text()) // another sweeper may be at a later put of the same
	if err := os.Rename(s.path(sha), aside); err != nil {
		return false, ignoreMissing(err)
	}
	info, err := os.Stat(aside)
	if err != nil {
		return false, ignoreMissing(err)
	}
	if time.Since(info.ModTime()) < unusedAfter {
		return false, ignoreMissing(os.Rename(aside, s.path(sha)))
	}
	err = os.Remove(aside)
	return err == nil, ignoreMissing(err)
}

// sweptPrefix begins the names of files that are about to be removed: swept-<sha>-<random>.
const sweptPrefix = "swept-"

// putBack gives a file its name again that a sweeper has left behind when it was killed, if it is young: then the sweeper
// was to do so. It reports whether it was.
func (s *Store) putBack(name string, put time.Time) (bool, error) {
	rest, isSwept := strings.CutPrefix(name, sweptPrefix)
	sha, _, _ := strings.Cut(rest, "-")
	if !isSwept || !isName(sha) || time.Since(put) >= unusedAfter {
		return false, nil
	}
	return true, ignoreMissing(os.Rename(filepath.Join(s.tempDir(), name), s.path(sha)))
}

// ignoreMissing leaves to another process what that has dealt with.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
