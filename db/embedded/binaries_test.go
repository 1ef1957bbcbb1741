package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Version{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)": {Major: 15, Minor: 18},
		"initdb (PostgreSQL) 14.0":                             {Major: 14},
		"postgres (PostgreSQL) 19beta2":                        {Major: 19, Preview: true},
		"postgres (PostgreSQL) 20devel":                        {Major: 20, Preview: true},
	} {
		got, err := parseVersion(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "postgres 15", "mysqld  Ver 8.0"} {
		_, err := parseVersion(text)
		require.Error(t, err, text)
	}
}

// fakeServer makes a directory of programs that tell the given versions.
func fakeServer(t *testing.T, versions map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for program, version := range versions {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s'\n", program, version)
		require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755))
	}
	return dir
}

func TestNewestUsableComesFirst(t *testing.T) {
	t.Parallel()
	server := func(version string) string {
		return fakeServer(t, map[string]string{"postgres": version, "initdb": version})
	}
	old, newer, newest, preview := server("14.9"), server("15.18"), server("17.2"), server("19beta1")
	link := filepath.Join(t.TempDir(), "bin")
	require.NoError(t, os.Symlink(newest, link))

	found := usable(t.Context(), []string{
		newer, preview, server("13.20"), link, old, newest, t.TempDir(), "/does/not/exist",
		fakeServer(t, map[string]string{"postgres": "18.1"}),
		fakeServer(t, map[string]string{"postgres": "18.1", "initdb": "18.0"}),
	})
	var dirs []string
	for _, b := range found {
		dirs = append(dirs, b.Dir)
	}
	require.Equal(t, []string{newest, newer, old, preview}, dirs)
}

func TestInstallCommand(t *testing.T) {
	t.Parallel()
	with := func(program string) func(string) bool { return func(name string) bool { return name == program } }
	for _, test := range []struct {
		goos, program string
		root          bool
		major         int
		want          string
	}{
		{"linux", "apt-get", false, 0, "sudo apt-get install postgresql"},
		{"linux", "apt-get", true, 16, "apt-get install postgresql-16"},
		{"linux", "dnf", false, 0, "sudo dnf install postgresql-server"},
		{"linux", "dnf", false, 15, "sudo dnf install postgresql15-server"},
		{"linux", "apk", true, 0, "apk add postgresql17"},
		{"linux", "pacman", false, 0, "sudo pacman -S postgresql"},
		{"darwin", "brew", false, 0, "brew install postgresql@17"},
		{"darwin", "none", false, 16, "brew install postgresql@16"},
		{"darwin", "port", false, 16, "sudo port install postgresql16-server"},
		{"linux", "none", false, 0, "see https://www.postgresql.org/download/"},
	} {
		require.Equal(t, test.want, installCommand(test.goos, test.root, with(test.program), test.major))
	}
}

func TestMissingErrorOfOtherVersions(t *testing.T) {
	t.Parallel()
	err := &MissingError{Major: 15, Found: []Binaries{{Version: Version{Major: 17, Minor: 2}}, {Version: Version{Major: 16, Minor: 4}}}}
	require.ErrorContains(t, err, "made by PostgreSQL 15, which is not installed, only 17.2, 16.4, and")
}
