package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
)

// line makes a line of the given files: NNNN_verb_noun.up or .down to SQL.
func line(name string, files map[string]string) db.Line {
	all := fstest.MapFS{"README.md": {Data: []byte("not a migration")}}
	for file, sql := range files {
		all[file+".sql"] = &fstest.MapFile{Data: []byte(sql)}
	}
	return db.Line{Name: name, Files: all}
}

// zoo has two migrations; the second depends on the first.
func zoo() db.Line {
	return line("zoo", map[string]string{
		"0001_create_animals.up":   `CREATE TABLE animals (id int); CREATE TABLE cages (id int)`,
		"0001_create_animals.down": `DROP TABLE cages; DROP TABLE animals`,
		"0002_add_legs.up":         `ALTER TABLE animals ADD COLUMN legs int`,
		"0002_add_legs.down":       `ALTER TABLE animals DROP COLUMN legs`,
	})
}

// firstOf is the release before.
func firstOf(l db.Line) db.Line {
	files := fstest.MapFS{}
	for name, file := range l.Files.(fstest.MapFS) {
		if name[:4] == "0001" {
			files[name] = file
		}
	}
	return db.Line{Name: l.Name, Files: files}
}

func status(t *testing.T, pool *sqlx.DB, l db.Line) db.LineStatus {
	t.Helper()
	all, err := db.Status(t.Context(), pool, l)
	require.NoError(t, err)
	require.Len(t, all, 1)
	return all[0]
}

func TestMigrateUpAndDown(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	both := []string{"0001_create_animals", "0002_add_legs"}
	require.Equal(t, db.LineStatus{Line: "zoo", Applied: []string{}, Pending: both, Unknown: []string{}}, status(t, test.DB, zoo()))
	require.Zero(t, count(t, test, `SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations'`), "Status changed something")

	for range 2 {
		require.NoError(t, db.Migrate(ctx, test.DB, zoo()))
		require.Equal(t, db.LineStatus{Line: "zoo", Applied: both, Pending: []string{}, Unknown: []string{}}, status(t, test.DB, zoo()))
	}
	require.Equal(t, 2, count(t, test, `SELECT count(*) FROM schema_migrations WHERE line = 'zoo' AND applied_at <= now()`))

	require.NoError(t, db.MigrateDown(ctx, test.DB, zoo(), 1))
	require.Equal(t, both[:1], status(t, test.DB, zoo()).Applied)
	require.NoError(t, db.MigrateDown(ctx, test.DB, zoo(), 0))
	require.NoError(t, db.MigrateDown(ctx, test.DB, zoo(), 0), "nothing left to undo")
	require.Empty(t, status(t, test.DB, zoo()).Applied)
}

func TestLinesAreCountedApart(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	farm := line("farm", map[string]string{
		"0001_create_barns.up":   `CREATE TABLE barns (animal int)`,
		"0001_create_barns.down": `DROP TABLE barns`,
	})
	require.NoError(t, db.Migrate(ctx, test.DB, zoo(), farm))
	require.NoError(t, db.MigrateDown(ctx, test.DB, farm, 0))
	require.Len(t, status(t, test.DB, zoo()).Applied, 2)
}

func TestMigrateFromManyProcessesAtOnce(t *testing.T) {
	t.Parallel()
	test := dbtest.Empty(t)
	// Outside of the lock, two of these at once would fail.
	_, err := test.ExecContext(t.Context(), `ALTER DATABASE `+database(t, test)+` SET default_transaction_isolation = 'serializable'`)
	require.NoError(t, err)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() { errs[i] = migrateAlone(t.Context(), test.DSN) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, status(t, test.DB, zoo()).Applied, 2)
}

// migrateAlone has its own pool, as a process has.
func migrateAlone(ctx context.Context, dsn string) error {
	pool, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	return db.Migrate(ctx, pool, zoo())
}

func database(t *testing.T, test *dbtest.DB) string {
	t.Helper()
	var name string
	require.NoError(t, test.GetContext(t.Context(), &name, `SELECT current_database()`))
	return name
}

func TestFailedMigrationLeavesNoTrace(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	broken := zoo()
	broken.Files.(fstest.MapFS)["0002_add_legs.up.sql"].Data = []byte("ALTER TABLE animals ADD COLUMN legs int;\n\nCREATE TABEL oops (id int);")
	err := db.Migrate(ctx, test.DB, broken)
	require.ErrorContains(t, err, "zoo/0002_add_legs")
	require.ErrorContains(t, err, "3 | CREATE TABEL oops")
	require.Equal(t, []string{"0001_create_animals"}, status(t, test.DB, zoo()).Applied)
	require.NoError(t, db.Migrate(ctx, test.DB, zoo()), "the column was not rolled back")
}

func TestNewerDatabaseIsTolerated(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	require.NoError(t, db.Migrate(ctx, test.DB, zoo()))
	before := firstOf(zoo())
	require.NoError(t, db.Migrate(ctx, test.DB, before))
	require.Equal(t, []string{"0002_add_legs"}, status(t, test.DB, before).Unknown)

	err := db.MigrateDown(ctx, test.DB, before, 0)
	require.ErrorContains(t, err, "0002_add_legs of a newer release")
	require.Len(t, status(t, test.DB, zoo()).Applied, 2, "something was undone")
}

func TestForeignHistoryIsRefused(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	require.NoError(t, db.Migrate(ctx, test.DB, line("zoo", map[string]string{
		"0001_create_plants.up": `CREATE TABLE plants (id int)`, "0001_create_plants.down": `DROP TABLE plants`,
	})))
	require.ErrorContains(t, db.Migrate(ctx, test.DB, zoo()), "0001_create_plants where this binary has 0001_create_animals")
}

func TestTableOfAnotherToolIsExplained(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	_, err := test.ExecContext(ctx, `CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)`)
	require.NoError(t, err)
	require.ErrorContains(t, db.Migrate(ctx, test.DB, zoo()), "belongs to another tool")
}

func TestMigrateIntoASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	require.NoError(t, db.Migrate(ctx, test.DB, zoo()), "the same line in public does not count")
	_, err := test.ExecContext(ctx, `CREATE SCHEMA "My Schema"`)
	require.NoError(t, err)
	pool, err := db.Open(ctx, test.DSNWith("search_path", `"My Schema",public`))
	require.NoError(t, err)
	defer func() { _ = pool.Close() }()

	require.NoError(t, db.Migrate(ctx, pool, zoo()))
	require.Equal(t, 3, count(t, test, `SELECT count(*) FROM pg_tables WHERE schemaname = 'My Schema'`))
	require.NoError(t, db.MigrateDown(ctx, pool, zoo(), 0))
	require.Equal(t, 3, count(t, test, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`))
}

func TestMigrateWithoutASchemaSaysSo(t *testing.T) {
	t.Parallel()
	test := dbtest.Empty(t)
	pool, err := db.Open(t.Context(), test.DSNWith("search_path", "missing"))
	require.NoError(t, err)
	defer func() { _ = pool.Close() }()
	require.ErrorContains(t, db.Migrate(t.Context(), pool, zoo()), "no schema has been selected")
}

func TestMigrationTakesItsTime(t *testing.T) {
	t.Parallel()
	test := dbtest.Empty(t)
	pool, err := db.Open(t.Context(), test.DSNWith("statement_timeout", "1000"))
	require.NoError(t, err)
	defer func() { _ = pool.Close() }()
	require.NoError(t, db.Migrate(t.Context(), pool, line("slow", map[string]string{
		"0001_take_time.up": `SELECT pg_sleep(1.1)`, "0001_take_time.down": `SELECT 1`,
	})))
}

func TestMalformedLines(t *testing.T) {
	t.Parallel()
	test := dbtest.Empty(t)
	for reason, files := range map[string]map[string]string{
		"number 0002 comes first": {
			"0001_a_b.up": "SELECT 1", "0001_a_b.down": "SELECT 1", "0003_a_b.up": "SELECT 1", "0003_a_b.down": "SELECT 1",
		},
		"needs both":                    {"0001_a_b.up": "SELECT 1"},
		"is not of the form":            {"1_a_b.up": "SELECT 1"},
		"number 0001 is taken by":       {"0001_a_b.up": "SELECT 1", "0001_c_d.down": "SELECT 1"},
		"0001_Create-Table.up.sql: nam": {"0001_Create-Table.up": "SELECT 1"},
	} {
		require.ErrorContains(t, db.Migrate(t.Context(), test.DB, line("bad", files)), reason, fmt.Sprint(files))
	}
	require.NoError(t, db.Migrate(t.Context(), test.DB, line("empty", nil)))
}
