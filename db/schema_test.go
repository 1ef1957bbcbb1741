package db_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
)

// TestEveryMigrationIsUndone takes our own lines up, down and up again, step by step.
func TestEveryMigrationIsUndone(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.New(t)
	full := schema(t, test)
	require.NotEmpty(t, full)
	for _, line := range []db.Line{db.App, db.Engine} { // App's tables refer to Engine's
		for to := len(status(t, test.DB, line).Applied) - 1; to >= 0; to-- {
			require.NoError(t, db.MigrateDown(ctx, test.DB, line, to))
		}
	}
	require.Empty(t, slices.DeleteFunc(schema(t, test), isRecord), "left behind by down migrations")
	require.NoError(t, db.Migrate(ctx, test.DB))
	require.Equal(t, full, schema(t, test))
}

func isRecord(object string) bool {
	return object == "table schema_migrations" || strings.HasPrefix(object, "column schema_migrations.")
}

// schema lists everything in the database that a migration may make, each with its definition.
func schema(t *testing.T, test *dbtest.DB) []string {
	t.Helper()
	const query = `
		SELECT 'table ' || relname FROM pg_class
		WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('column %s.%s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
			attstorage, pg_get_expr(adbin, adrelid))
		FROM pg_attribute
		LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		WHERE attnum > 0 AND NOT attisdropped
		  AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm'))
		UNION ALL
		SELECT format('options %s %s', relname, reloptions) FROM pg_class
		WHERE reloptions IS NOT NULL AND relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
		WHERE connamespace = 'public'::regnamespace AND conrelid <> 'schema_migrations'::regclass
		UNION ALL
		SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
		UNION ALL
		SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL
		SELECT CASE prokind WHEN 'a' THEN 'aggregate ' || oid::regprocedure ELSE pg_get_functiondef(oid) END FROM pg_proc
		WHERE pronamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('type %s %s', typname, typtype) FROM pg_type
		WHERE typtype IN ('e', 'd', 'r') AND typnamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('enum %s %s', enumtypid::regtype, enumlabel) FROM pg_enum
		UNION ALL
		SELECT format('statistics %s', stxname) FROM pg_statistic_ext
		UNION ALL
		SELECT format('extension %s', extname) FROM pg_extension WHERE extname <> 'plpgsql'
		UNION ALL
		SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' AND nspname <> 'public'
		ORDER BY 1`
	var all []string
	require.NoError(t, test.SelectContext(t.Context(), &all, query))
	return all
}

// TestOwnLinesGoWhereTheSearchPathLeads is for programs that keep Taskwire's tables apart from theirs.
func TestOwnLinesGoWhereTheSearchPathLeads(t *testing.T) {
	t.Parallel()
	ctx, test := t.Context(), dbtest.Empty(t)
	_, err := test.ExecContext(ctx, `CREATE SCHEMA apart`)
	require.NoError(t, err)
	pool, err := db.Open(ctx, test.DSNWith("search_path", "apart"))
	require.NoError(t, err)
	defer func() { _ = pool.Close() }()
	require.NoError(t, db.Migrate(ctx, pool))
	for _, line := range []db.Line{db.App, db.Engine} {
		require.NoError(t, db.MigrateDown(ctx, pool, line, 0))
	}
	require.NoError(t, db.Migrate(ctx, pool))
	require.Positive(t, count(t, test, `SELECT count(*) FROM pg_tables WHERE schemaname = 'apart'`))
	require.Empty(t, objectsIn(t, test, "public"))
}

// objectsIn lists the tables, functions and types of a schema by name.
func objectsIn(t *testing.T, test *dbtest.DB, schema string) []string {
	t.Helper()
	const query = `
		SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace
		UNION ALL
		SELECT proname FROM pg_proc WHERE pronamespace = $1::regnamespace
		UNION ALL
		SELECT typname FROM pg_type WHERE typnamespace = $1::regnamespace`
	var all []string
	require.NoError(t, test.SelectContext(t.Context(), &all, query, schema))
	return all
}
