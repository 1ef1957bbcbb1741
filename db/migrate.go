package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
)

// Migrate applies, in order, what is missing of the given lines, or of Engine and App when none is given. Each migration
// is one transaction together with its record in schema_migrations, in the schema that comes first in the search path.
// Any number of processes may start at once: one applies, the others wait and find it done. A database that a newer
// binary has migrated further is fine, because versions N and N-1 run side by side while a deployment rolls; Status
// tells. An error names the migration, and those before it stay applied.
func Migrate(ctx context.Context, db *sqlx.DB, lines ...Line) error {
	for _, line := range orAll(lines) {
		state, err := lineState(ctx, db, line)
		if err != nil {
			return fmt.Errorf("migrate %s: %w", line.Name, err)
		}
		for _, m := range state.pending {
			if err := WithTx(ctx, db, func(tx *sqlx.Tx) error { return applyUp(ctx, tx, line.Name, m) }); err != nil {
				return fmt.Errorf("migrate %s/%s: %w", line.Name, m, err)
			}
		}
	}
	return nil
}

// MigrateDown undoes the line's migrations above version to, newest first; 0 undoes all. Each is one transaction. It
// refuses, with nothing done, when one of them is unknown to this binary. Data in what it drops is lost.
func MigrateDown(ctx context.Context, db *sqlx.DB, line Line, to int) error {
	state, err := lineState(ctx, db, line)
	if err != nil {
		return fmt.Errorf("migrate %s down: %w", line.Name, err)
	}
	if len(state.unknown) > 0 {
		newest := state.unknown[len(state.unknown)-1]
		return fmt.Errorf("migrate %s down: the database has %s of a newer release; undo it with that release", line.Name, newest)
	}
	for _, m := range slices.Backward(state.applied) {
		if m.version <= to {
			break
		}
		if err := WithTx(ctx, db, func(tx *sqlx.Tx) error { return applyDown(ctx, tx, line.Name, m) }); err != nil {
			return fmt.Errorf("migrate %s/%s down: %w", line.Name, m, err)
		}
	}
	return nil
}

// LineStatus says how far a database and this binary agree on a line. Entries are NNNN_verb_noun, in order.
type LineStatus struct {
	Line    string
	Applied []string // in both
	Pending []string // in the binary only: Migrate would apply them
	Unknown []string // in the database only: a newer binary has been here
}

// Status compares the database with the given lines, or Engine and App, and changes nothing.
func Status(ctx context.Context, db *sqlx.DB, lines ...Line) ([]LineStatus, error) {
	lines = orAll(lines)
	all := make([]LineStatus, 0, len(lines))
	for _, line := range lines {
		state, err := lineState(ctx, db, line)
		if err != nil {
			return nil, fmt.Errorf("read migration status of %s: %w", line.Name, err)
		}
		all = append(all, LineStatus{
			Line:    line.Name,
			Applied: names(state.applied),
			Pending: names(state.pending),
			Unknown: names(state.unknown),
		})
	}
	return all, nil
}

func orAll(lines []Line) []Line {
	if len(lines) == 0 {
		return []Line{Engine, App}
	}
	return lines
}

func names(migrations []migration) []string {
	all := make([]string, 0, len(migrations))
	for _, m := range migrations {
		all = append(all, m.String())
	}
	return all
}

// state sorts the migrations of a line by where they are known, each in order of version. Those of unknown have no SQL.
type state struct {
	applied, pending, unknown []migration
}

func lineState(ctx context.Context, db *sqlx.DB, line Line) (state, error) {
	known, err := line.migrations()
	if err != nil {
		return state{}, err
	}
	recorded, err := readRecords(ctx, db, line.Name)
	if err != nil {
		return state{}, err
	}
	return compare(known, recorded)
}

// compare refuses a database in which a number stands for another migration than in this binary: two branches have taken
// it, and neither order of events can be mended by applying more.
func compare(known, recorded []migration) (state, error) {
	byVersion := map[int]migration{}
	for _, m := range recorded {
		byVersion[m.version] = m
	}
	var s state
	for _, m := range known {
		record, ok := byVersion[m.version]
		switch {
		case !ok:
			s.pending = append(s.pending, m)
		case record.name != m.name:
			return state{}, fmt.Errorf("the database has %s where this binary has %s; they don't belong together", record, m)
		default:
			s.applied = append(s.applied, m)
		}
	}
	for _, m := range recorded {
		if m.version > len(known) {
			s.unknown = append(s.unknown, m)
		}
	}
	return s, nil
}
