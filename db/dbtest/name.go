package dbtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/taskwire/taskwire/db"
)

const (
	databasePrefix = "taskwire_test_"
	templatePrefix = "taskwire_template_"
)

// randomName has no letter case, so that it needs no quoting.
func randomName() string { return strings.ToLower(rand.Text()[:16]) }

// templateName is the same for the same migrations, whichever checkout they come from.
func templateName(lines []db.Line) (string, error) {
	sum := sha256.New()
	for _, line := range lines {
		sum.Write(fmt.Appendf(nil, "line %s\n", line.Name))
		err := fs.WalkDir(line.Files, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(line.Files, path)
			sum.Write(fmt.Appendf(nil, "file %s %d\n%s", path, len(text), text))
			return err
		})
		if err != nil && !isMissingRoot(line.Files) {
			return "", fmt.Errorf("read migrations %s: %w", line.Name, err)
		}
	}
	return templatePrefix + hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// isMissingRoot reports whether a line has no directory yet, because it has no migration.
func isMissingRoot(files fs.FS) bool {
	_, err := fs.Stat(files, ".")
	return err != nil
}

// onDatabase is dsn with another database.
func onDatabase(dsn, name string) (string, error) {
	parsed, err := url.Parse(dsn)
	if err != nil || (parsed.Scheme != "postgres" && parsed.Scheme != "postgresql") {
		return "", errors.New("DSN of the test server: not a URL of the form postgres://…") // and may hold a password
	}
	parsed.Path = "/" + name
	query := parsed.Query()
	query.Del("dbname")
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}

// with is dsn with a parameter set.
func with(dsn, name, value string) string {
	parsed, err := url.Parse(dsn)
	if err != nil {
		panic("dbtest: a DSN that onDatabase has made is no URL: " + err.Error())
	}
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}
