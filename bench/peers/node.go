package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNoRuntime says that what a peer runs on is not here: Node and npm, or the network to fetch its packages.
var ErrNoRuntime = errors.New("its runtime is not here")

// InstallNode installs the packages of a folder, as its lock file says, unless they are there. Errors: ErrNoRuntime.
func InstallNode(ctx context.Context, dir string, logf func(string, ...any)) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%w: %s is not installed", ErrNoRuntime, program)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil {
		return nil // npm writes this file when all is there
	}
	logf("npm ci in %s", dir)
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = dir
	if said, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: npm ci: %w\n%s", ErrNoRuntime, err, said)
	}
	return nil
}
