package db

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
)

// Line is a row of migrations that grow together, numbered on their own. A program that uses the engine without the rest
// of Taskwire migrates Engine only, and may add a line of its own beside it.
type Line struct {
	Name  string // recorded with each migration; never changes
	Files fs.FS  // NNNN_verb_noun.up.sql and .down.sql at its root; other files are ignored
}

//go:embed migrations
var files embed.FS

// The lines of Taskwire, in the order in which Migrate applies them: App's tables refer to Engine's.
var (
	Engine = embedded("engine")
	App    = embedded("app")
)

func embedded(name string) Line {
	sub, err := fs.Sub(files, "migrations/"+name)
	if err != nil {
		panic(err) // only for an invalid path, which the two above are not
	}
	return Line{Name: name, Files: sub}
}

// migration is one numbered step of a line.
type migration struct {
	version  int
	name     string // verb_noun
	up, down string // SQL
}

func (m migration) String() string { return fmt.Sprintf("%04d_%s", m.version, m.name) }

var migrationFile = regexp.MustCompile(`^(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)+)\.(up|down)\.sql$`)

// migrations reads the line, in order of version. It refuses numbers that don't run 1, 2, 3 …, an up without its down,
// and .sql files whose name it can't read.
func (l Line) migrations() ([]migration, error) {
	entries, err := fs.ReadDir(l.Files, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a line that has no migration yet
	}
	if err != nil {
		return nil, fmt.Errorf("list migrations %s: %w", l.Name, err)
	}
	found := map[int]migration{}
	for _, entry := range entries {
		if err := l.add(found, entry.Name()); err != nil {
			return nil, fmt.Errorf("migration %s/%s: %w", l.Name, entry.Name(), err)
		}
	}
	return l.ordered(found)
}

// add puts the file called name into found, if it is a migration.
func (l Line) add(found map[int]migration, name string) error {
	if ok, _ := regexp.MatchString(`\.sql$`, name); !ok {
		return nil
	}
	parts := migrationFile.FindStringSubmatch(name)
	if parts == nil {
		return errors.New("name is not of the form NNNN_verb_noun.up.sql or .down.sql")
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil {
		return err
	}
	m := found[version]
	if m.name != "" && m.name != parts[2] {
		return fmt.Errorf("number %s is taken by %s", parts[1], m)
	}
	m.version, m.name = version, parts[2]
	text, err := fs.ReadFile(l.Files, name)
	if err != nil {
		return err
	}
	if parts[3] == "up" {
		m.up = string(text)
	} else {
		m.down = string(text)
	}
	found[version] = m
	return nil
}

func (l Line) ordered(found map[int]migration) ([]migration, error) {
	all := make([]migration, 0, len(found))
	for _, m := range found {
		if m.up == "" || m.down == "" {
			return nil, fmt.Errorf("migration %s/%s: needs both an up and a down file that are not empty", l.Name, m)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	for i, m := range all {
		if m.version != i+1 {
			return nil, fmt.Errorf("migration %s/%s: number %04d comes first", l.Name, m, i+1)
		}
	}
	return all, nil
}
