package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The example clients, as a user runs them, against the whole program.
func TestExampleClients(t *testing.T) {
	t.Parallel()
	p := startProgram(t, newDataDir(t))
	for directory, c := range map[string]struct {
		build, run []string
		needs      string // a program, or a file of an install
	}{
		"client-go":     {[]string{"go", "build", "-o", filepath.Join(t.TempDir(), "client"), "."}, nil, "go"},
		"client-python": {nil, []string{"python3", "client.py", p.url, "../../samples/field-guide.md"}, "python3"},
		"client-typescript": {
			[]string{"npm", "run", "--silent", "build"},
			[]string{"npm", "run", "--silent", "start", "--", p.url + "/graphql"},
			"node_modules/typescript/package.json",
		},
	} {
		t.Run(directory, func(t *testing.T) {
			directory := filepath.Join("examples", directory)
			if _, err := exec.LookPath(c.needs); err != nil {
				if _, err := os.Stat(filepath.Join(directory, c.needs)); err != nil {
					t.Skipf("%s is missing: install it, or run npm ci in %s", c.needs, directory)
				}
			}
			if c.build != nil {
				runIn(t, directory, c.build...)
			}
			if c.run == nil {
				c.run = []string{c.build[3], p.url + "/graphql"}
			}
			require.Regexp(t, `(?s)^COMPLETED *\n.+ (Embed what is new|Process field-guide\.md)`, runIn(t, directory, c.run...))
		})
	}
	p.terminate()
}

// runIn returns what a program prints.
func runIn(t *testing.T, directory string, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), arguments[0], arguments[1:]...) //nolint:gosec // an example
	command.Dir = directory
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Run(), "%s%s", &stdout, &stderr)
	return stdout.String()
}
