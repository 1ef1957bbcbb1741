// Package webui serves the browser pages of Taskwire: the dashboard and GraphiQL. Their sources are in
// app/, their built and gzip-compressed form in dist/ is embedded, so a running server needs neither
// Node nor any other host. internal/app mounts Handler beside the API.
package webui

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// dist holds only .gz files, written by `make ui`.
//
//go:embed all:dist
var dist embed.FS

// loadFiles reads every file of the build, keyed by its path below dist without the .gz suffix.
func loadFiles() (map[string]file, error) {
	files := make(map[string]file)
	err := fs.WalkDir(dist, "dist", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		gzipped, err := dist.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "dist/"), ".gz")
		files[name], err = newFile(name, gzipped)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load web pages: %w", err)
	}
	return files, nil
}
