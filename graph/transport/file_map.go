package transport

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/taskwire/taskwire/internal/upload"
)

// fileKey stands in the variables where a file belongs. JSON cannot make one, so a client cannot name a file that it did
// not send.
type fileKey string

// fileSet holds the files of one request. It is filled before the operation runs.
type fileSet struct{ files map[string]upload.File }

type fileSetKey struct{}

// FileOf returns the file that a variable stands for. Errors: v does not stand for a file of this request.
func FileOf(ctx context.Context, v any) (upload.File, error) {
	key, isKey := v.(fileKey)
	set, hasFiles := ctx.Value(fileSetKey{}).(*fileSet)
	if isKey && hasFiles {
		if file, ok := set.files[string(key)]; ok {
			return file, nil
		}
	}
	return upload.File{}, errors.New("an Upload is sent as a part of a multipart/form-data request")
}

// placeFiles puts a [fileKey] at each place that the map names, and returns the keys. A file has exactly one place, which
// must hold null: with more, one small request could stand for any number of open files.
func placeFiles(variables map[string]any, places []byte, maxFiles int) (map[string]bool, error) {
	var paths map[string][]string
	if err := decodeJSON(places, &paths); err != nil {
		return nil, formError("the part map is not a JSON object whose values are lists of paths")
	}
	if len(paths) > maxFiles {
		return nil, &upload.TooLargeError{Message: fmt.Sprintf("A request can have at most %d files.", maxFiles)}
	}
	keys := make(map[string]bool, len(paths))
	for key, list := range paths {
		if len(list) != 1 {
			return nil, formError(fmt.Sprintf("the file %q must have exactly one path in the map", key))
		}
		if err := place(variables, list[0], fileKey(key)); err != nil {
			return nil, err
		}
		keys[key] = true
	}
	return keys, nil
}

// place replaces the null at a path such as variables.input.files.0.
func place(variables map[string]any, path string, key fileKey) error {
	steps := strings.Split(path, ".")
	if len(steps) < 2 || steps[0] != "variables" {
		return formError(fmt.Sprintf("the path %q does not begin with variables", path))
	}
	var parent any = variables
	for _, step := range steps[1 : len(steps)-1] {
		parent, _ = child(parent, step)
	}
	last := steps[len(steps)-1]
	if old, ok := child(parent, last); !ok || old != nil {
		return formError(fmt.Sprintf("the path %q does not lead to a null of its own", path))
	}
	switch parent := parent.(type) {
	case map[string]any:
		parent[last] = key
	case []any:
		index, _ := strconv.Atoi(last)
		parent[index] = key
	}
	return nil
}

// child returns what lies one step below parent, and false where nothing does.
func child(parent any, step string) (any, bool) {
	switch parent := parent.(type) {
	case map[string]any:
		value, ok := parent[step]
		return value, ok
	case []any:
		index, err := strconv.Atoi(step)
		if err != nil || index < 0 || index >= len(parent) {
			return nil, false
		}
		return parent[index], true
	}
	return nil, false
}
