package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	dirMode  = 0o750
	fileMode = 0o640

	// A put that has not written for this long has no writer any more.
	staleAfter = time.Hour
)

// Store keeps blobs under one directory, as ab/cd/<sha256>. It is safe for
// concurrent use, also by several processes on the same directory.
type Store struct {
	root string
}

// OpenStore uses root as the directory of a store and creates it when it is
// missing. Temporary files that a killed process left behind are removed once
// they are an hour old.
func OpenStore(root string) (*Store, error) {
	store := &Store{root: root}
	if err := os.MkdirAll(store.tempDir(), dirMode); err != nil {
		return nil, fmt.Errorf("create blob directory: %w", err)
	}
	if err := store.sweep(time.Now().Add(-staleAfter)); err != nil {
		return nil, fmt.Errorf("sweep blob directory: %w", err)
	}
	return store, nil
}

// Open returns the content of a blob; the caller closes it. It returns
// ErrNotFound when there is none of that name. Put knows what Open returned,
// and does not copy it.
func (s *Store) Open(ctx context.Context, sha string) (io.ReadSeekCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	if !isName(sha) {
		return nil, fmt.Errorf("open blob: %w", ErrNotFound)
	}
	file, err := os.Open(s.path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open blob %s: %w", sha, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	return &content{File: file, root: s.root, sha: sha}, nil
}

// content is what a store holds under a name.
type content struct {
	*os.File
	root string
	sha  string
}

// isIn reports whether the store holds all that c would yield.
func (c *content) isIn(s *Store) bool {
	offset, err := c.Seek(0, io.SeekCurrent)
	return err == nil && offset == 0 && c.root == s.root
}

// blob names what c holds, if that is within limit.
func (c *content) blob(limit int64) (Blob, error) {
	info, err := c.Stat()
	if err != nil {
		return Blob{}, err
	}
	if info.Size() > limit {
		return Blob{}, ErrTooLarge
	}
	return Blob{SHA256: c.sha, Size: info.Size()}, nil
}

// Put stores what r yields, at most limit bytes, and returns once the content
// is durable. Longer content is ErrTooLarge. Nothing is left behind when r
// fails or ctx ends; ctx is looked at between reads, so a reader that blocks
// must itself end with its request.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Blob, error) {
	if c, ok := r.(*content); ok && c.isIn(s) && touch(s.path(c.sha)) == nil {
		blob, err := c.blob(limit)
		if err != nil {
			return Blob{}, fmt.Errorf("store blob: %w", err)
		}
		return blob, nil
	}
	temp, err := os.CreateTemp(s.tempDir(), "put-*")
	if err != nil {
		return Blob{}, fmt.Errorf("create blob: %w", err)
	}
	blob, err := fill(ctx, temp, r, limit)
	if err == nil {
		err = s.place(temp.Name(), blob)
	}
	if err != nil {
		// After a rename the name is gone; in every other case this is the clean-up.
		_ = os.Remove(temp.Name())
		return Blob{}, fmt.Errorf("store blob: %w", err)
	}
	return blob, nil
}

// place gives a finished temporary file its name, durably.
func (s *Store) place(temp string, blob Blob) error {
	target := s.path(blob.SHA256)
	dir := filepath.Dir(target)
	if err := s.makeDir(dir); err != nil {
		return err
	}
	if info, err := os.Stat(target); err == nil && info.Size() == blob.Size && touch(target) == nil {
		// The same content is there, and now young. Its writer may not have flushed the directory yet.
		return errors.Join(os.Remove(temp), syncDir(dir))
	}
	if err := os.Rename(temp, target); err != nil {
		return err
	}
	return syncDir(dir)
}

// touch keeps a blob from being swept for a while. It fails when that has just happened: it looks whether the blob is
// still there, because the system may have found it before a sweeper took it away and set its time after the sweeper looked.
func touch(path string) error {
	now := time.Now()
	if err := os.Chtimes(path, now, now); err != nil {
		return err
	}
	_, err := os.Stat(path)
	return err
}

// makeDir creates root/ab/cd and makes both new entries durable.
func (s *Store) makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(dir)), syncDir(s.root))
}

// sweep removes temporary files not written to since before, and puts back a blob that was put again while it was swept.
func (s *Store) sweep(before time.Time) error {
	entries, err := os.ReadDir(s.tempDir())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process finished or swept it
		}
		if err != nil {
			return err
		}
		back, err := s.putBack(entry.Name(), info.ModTime())
		if err != nil {
			return err
		}
		if back || info.ModTime().After(before) {
			continue
		}
		if err := os.Remove(filepath.Join(s.tempDir(), entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s *Store) path(sha string) string {
	return filepath.Join(s.root, sha[:2], sha[2:4], sha)
}

// tempDir lies under the root because a rename must not cross file systems.
func (s *Store) tempDir() string {
	return filepath.Join(s.root, "tmp")
}

// fill copies r into temp, flushes and closes it.
func fill(ctx context.Context, temp *os.File, r io.Reader, limit int64) (_ Blob, err error) {
	defer func() { err = errors.Join(err, temp.Close()) }()
	hash := sha256.New()
	// One byte more than allowed tells too long from just fitting.
	body := io.LimitReader(&contextReader{ctx: ctx, r: r}, max(limit, limit+1))
	size, err := io.Copy(io.MultiWriter(temp, hash), body)
	if err != nil {
		return Blob{}, err
	}
	if size > limit {
		return Blob{}, ErrTooLarge
	}
	if err := temp.Chmod(fileMode); err != nil {
		return Blob{}, err
	}
	if err := temp.Sync(); err != nil {
		return Blob{}, err
	}
	return Blob{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size}, nil
}

// contextReader ends a copy when its context ends.
type contextReader struct {
	ctx context.Context //nolint:containedctx // lives for one copy only
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// syncDir makes the entries of a directory durable.
func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
