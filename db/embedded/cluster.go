package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// initPattern names the directories in which clusters are made. A cluster gets its name only when it is whole, so that
// being interrupted costs nothing but such a directory, which the next start removes.
const initPattern = "postgres.init-*"

// charTypes are locales that know the letters of all languages, by how widely they are there. Sorting is by code point in
// any case, which is the same everywhere and fastest; the last resort knows upper and lower case of ASCII only.
var charTypes = []string{"C.UTF-8", "en_US.UTF-8", "C"}

// ensureCluster makes the cluster unless there is one.
func (s *Server) ensureCluster(ctx context.Context) error {
	if err := s.removeUnfinished(); err != nil {
		return err
	}
	if _, err := os.Lstat(s.layout.cluster); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for the data: %w", err)
	}
	s.opts.Logger.InfoContext(ctx, "making a PostgreSQL cluster", "version", s.binaries.Version.String(), "data", s.layout.cluster)
	dir, err := os.MkdirTemp(s.layout.dir, initPattern)
	if err != nil {
		return fmt.Errorf("make cluster: %w", err)
	}
	if err := s.makeCluster(ctx, dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return nil
}

func (s *Server) makeCluster(ctx context.Context, dir string) error {
	if err := s.account.own(dir); err != nil {
		return err
	}
	if err := s.initdb(ctx, dir); err != nil {
		return err
	}
	if err := os.Rename(dir, s.layout.cluster); err != nil {
		return fmt.Errorf("name the new cluster: %w", err)
	}
	if s.opts.Durable {
		return syncDir(s.layout.dir)
	}
	return nil
}

func (s *Server) initdb(ctx context.Context, dir string) error {
	var failures error
	for _, charType := range charTypes {
		args := []string{
			"--pgdata=" + dir, "--username=" + role, "--encoding=UTF8", "--locale=C", "--lc-ctype=" + charType,
			"--auth-local=peer", "--auth-host=reject",
		}
		if !s.opts.Durable {
			args = append(args, "--no-sync")
		}
		text, err := s.runTool(ctx, "initdb", args...)
		if err == nil {
			return nil
		}
		failures = fmt.Errorf("make cluster with initdb: %w\n%s", err, lastLines(text))
		if !strings.Contains(text, "locale") || ctx.Err() != nil {
			break
		}
	}
	return failures
}

func (s *Server) removeUnfinished() error {
	unfinished, err := filepath.Glob(filepath.Join(escapeGlob(s.layout.dir), initPattern))
	if err != nil {
		return fmt.Errorf("look for unfinished clusters: %w", err)
	}
	for _, dir := range unfinished {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove unfinished cluster: %w", err)
		}
	}
	return nil
}

// escapeGlob makes a path match itself only.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// syncDir makes the names in a directory survive a power failure.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync data directory: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync data directory: %w", err)
	}
	return nil
}
