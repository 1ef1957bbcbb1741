package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// Remove deletes a data directory with all that is in it, after stopping what an owner that was killed left running on
// it. It is an error if somebody owns it (*HeldError) or if it never was a data directory, none if it isn't there.
func Remove(ctx context.Context, dataDir string) error {
	if _, err := os.Lstat(dataDir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	l, err := newLayout(dataDir)
	if err == nil {
		err = removeLayout(ctx, l)
	}
	if err != nil {
		return fmt.Errorf("remove private PostgreSQL: %w", err)
	}
	return nil
}

func removeLayout(ctx context.Context, l layout) (err error) {
	if _, err := os.Lstat(l.lock); err != nil {
		return fmt.Errorf("%s is not a data directory: %w", l.dir, err)
	}
	lock, err := lockDirectory(ctx, l)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	s := &Server{opts: Options{Logger: slog.New(slog.DiscardHandler)}, layout: l}
	if _, err := s.stopSurvivors(ctx); err != nil {
		return err
	}
	// There only if the last server did not end in good order.
	if text, err := os.ReadFile(filepath.Join(l.cluster, postmasterFile)); err == nil {
		if err := removeSharedMemory(string(text)); err != nil {
			return err
		}
	}
	if err := s.removeFiles(); err != nil {
		return err
	}
	if err := os.RemoveAll(l.dir); err != nil {
		return fmt.Errorf("remove data directory: %w", err)
	}
	return nil
}
