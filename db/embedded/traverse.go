package embedded

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
)

// checkAccess finds out, for root, whether the unprivileged account can get at the binaries and at the data directory,
// by having it do so: permissions, access lists and mount options all count. The error says what to change.
func (s *Server) checkAccess(ctx context.Context) error {
	if !s.account.dropped {
		return nil
	}
	if err := s.enter(ctx, "/"); err != nil {
		return fmt.Errorf("run %s as user %s: %w", s.binaries.Path("postgres"), s.account.name, err)
	}
	if s.enter(ctx, s.layout.dir) == nil {
		return nil
	}
	for _, dir := range ancestors(s.layout.dir) {
		if err := s.enter(ctx, dir); err != nil {
			return fmt.Errorf("as root, PostgreSQL runs as user %s, which can't enter %s; allow it (chmod o+x %s), "+
				"or choose another place with --data-dir", s.account.name, dir, dir)
		}
	}
	return nil
}

// enter runs postgres --version in dir, as the account.
func (s *Server) enter(ctx context.Context, dir string) error {
	cmd := s.account.command(s.binaries.Path("postgres"), "--version")
	cmd.Dir = dir
	p, err := startProcess(cmd)
	if err != nil {
		return err
	}
	select {
	case <-p.exited:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ancestors are dir and all directories above it, the root first.
func ancestors(dir string) []string {
	all := []string{dir}
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		all = append(all, parent)
	}
	slices.Reverse(all)
	return all
}
