package blob

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Register notes for good that a database, by its identity, refers to blobs of the store. A store that more than one
// database has ever used is never swept: what one does not know, another may.
func (s *Store) Register(database string) error {
	known, err := s.databases()
	if err != nil || slices.Contains(known, database) {
		return err
	}
	file, err := os.OpenFile(s.registry(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return fmt.Errorf("register a database: %w", err)
	}
	_, err = file.WriteString(database + "\n")
	if err := errors.Join(err, file.Sync(), file.Close(), syncDir(s.root)); err != nil {
		return fmt.Errorf("register a database: %w", err)
	}
	return nil
}

// IsShared reports whether others than this database have used the store, or it has not.
func (s *Store) IsShared(database string) (bool, error) {
	known, err := s.databases()
	return !slices.Equal(slices.Compact(known), []string{database}), err
}

func (s *Store) databases() ([]string, error) {
	file, err := os.Open(s.registry())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read which databases use the blobs: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	var known []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			known = append(known, line)
		}
	}
	return known, lines.Err()
}

func (s *Store) registry() string { return filepath.Join(s.root, "databases") }
