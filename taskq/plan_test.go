package taskq_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// Tests of how the hot statements are planned, by what they read: plans go wrong with statistics of another time, and
// tables here change from empty to full of RUNNING to full of COMPLETED tasks faster than they are analyzed.

// reading is what a statement read, by table (read one by one) and by index, in rows.
type reading map[string]int64

const selectReading = `
	SELECT relname, pg_stat_get_xact_tuples_returned(oid), pg_stat_get_xact_numscans(oid) FROM pg_class
	WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')`

func (b *bench) readingSoFar(tx *sqlx.Tx) reading {
	b.Helper()
	rows, err := tx.Query(selectReading)
	require.NoError(b, err)
	defer rows.Close()
	read := reading{}
	for rows.Next() {
		var name string
		var n, scans int64
		require.NoError(b, rows.Scan(&name, &n, &scans))
		read[name], read[name+" scans"] = n, scans
	}
	require.NoError(b, rows.Err())
	return read
}

// read returns what a statement reads. What it writes is rolled back.
func (b *bench) read(query string, args ...any) reading {
	b.Helper()
	tx, err := b.db.BeginTxx(b.ctx, nil)
	require.NoError(b, err)
	defer func() { require.NoError(b, tx.Rollback()) }()
	before := b.readingSoFar(tx)
	_, err = tx.ExecContext(b.ctx, query, args...)
	require.NoError(b, err)
	read := b.readingSoFar(tx)
	for name := range read {
		read[name] -= before[name]
	}
	return read
}

func (r reading) String() string {
	var parts []string
	for name, n := range r {
		if n > 0 {
			parts = append(parts, fmt.Sprint(name, " ", n))
		}
	}
	return strings.Join(parts, ", ")
}

// of returns the rows read from tables of these prefixes and their indexes.
func (r reading) of(prefixes ...string) int64 {
	var n int64
	for name, rows := range r {
		for _, prefix := range prefixes {
			if strings.HasPrefix(name, prefix) && !strings.HasSuffix(name, " scans") {
				n += rows
			}
		}
	}
	return n
}

const planTasks = 20_000

// misleading are statistics of another time than that of the statements.
var misleading = map[string]string{
	"never analyzed": ``,
	"of an empty table": `
		DELETE FROM pg_statistic WHERE starelid = 'tasks'::regclass;
		UPDATE pg_class SET reltuples = 0, relpages = 0 WHERE oid = 'tasks'::regclass`,
	"of when all was PENDING": `ANALYZE`,
	"of when all was COMPLETED": `
		ALTER TABLE tasks DISABLE TRIGGER ALL;
		UPDATE tasks SET status = 'COMPLETED', progress = 100, completed_at = now();
		ANALYZE;
		UPDATE tasks SET status = 'PENDING', progress = 0, completed_at = NULL;
		ALTER TABLE tasks ENABLE TRIGGER ALL`,
}

func TestHotStatementsReadWhatTheyNeedWhateverTheStatistics(t *testing.T) {
	for name, statistics := range misleading {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.exec(`ALTER TABLE tasks SET (autovacuum_enabled = off)`)
			b.exec(`ALTER TABLE task_events SET (autovacuum_enabled = off)`)
			b.exec(`ALTER TABLE task_dependencies SET (autovacuum_enabled = off)`)
			for range planTasks / taskq.MaxEnqueue {
				b.enqueueMany(taskq.MaxEnqueue, taskq.NewTask{Type: typeA})
			}
			b.exec(`INSERT INTO task_dependencies SELECT id, lag(id) OVER (ORDER BY id), 'CANCEL', true FROM tasks OFFSET 1`)
			if statistics != "" {
				b.exec(statistics)
			}
			b.checkReadings()
		})
	}
}

// checkReadings allows each statement on n tasks a few rows a task of each table, dead ones of the statements before
// among them, and no walk over any table.
func (b *bench) checkReadings() {
	b.Helper()
	worker := b.worker()
	const n = 500
	b.exec(`SELECT taskq_fold_stats(1000000, '0')`)
	require.Len(b, list[claimed](b, `SELECT id, lease FROM taskq_claim($1, '{TYPE_A}', $2)`, worker, n), n)
	const mine = `(SELECT max(worker_id::text)::uuid AS worker_id, array_agg(id ORDER BY id) AS ids, array_agg(lease ORDER BY id) AS leases, array_agg(NULL::jsonb) AS results,
		array_agg(50::smallint) AS percents, array_agg('…'::text) AS messages FROM running)`
	b.exec(`CREATE TABLE running AS SELECT id, lease, worker_id FROM tasks WHERE status = 'RUNNING'`)
	lanes := `'{TYPE_A}', '{0}', '{-infinity}', '{00000000-0000-0000-0000-000000000000}', `
	cases := []struct {
		name, query string
		args        []any
		tasks       int64  // rows of tasks that may be read
		index       string // that must be used
	}{
		{"claim", `SELECT taskq_claim_lanes($1, ` + lanes + `$2)`, []any{worker, n}, 3*n + 700, "tasks_ready"}, // 500 dead entries before
		{"lanes", `SELECT taskq_lanes('{TYPE_A}')`, nil, 2_500, "tasks_ready"},
		{"progress", `SELECT taskq_progress(ids, leases, percents, messages) FROM ` + mine + ` m`, nil, 3 * n, "tasks_pkey"},
		{"complete", `SELECT taskq_complete(worker_id, ids, leases, results) FROM ` + mine + ` m`, nil, 6 * n, "tasks_pkey"},
		{"fail", `SELECT taskq_fail(id, lease, 'broken', '', '0') FROM running LIMIT 1`, nil, 20, "tasks_pkey"},
		{"release", `SELECT taskq_release(id, lease, '0', '') FROM running LIMIT 1`, nil, 20, "tasks_pkey"},
		{"hold", `SELECT taskq_hold(id, lease) FROM running LIMIT 1`, nil, 5, "tasks_pkey"},
		{"upkeep of nothing", `SELECT taskq_maintain('1 hour', '1 hour')`, nil, 8 * n, "tasks_running"},
		{"upkeep", `SELECT taskq_maintain('-1 s', '1 hour')`, nil, 8 * n, "tasks_running"},
		{"cancels", taskq.SelectCancels, []any{worker}, 8 * n, ""},
		{"lost claims", taskq.ReleaseLostClaims, []any{worker, nil, nil}, 8 * n, "tasks_running"},
		{"statistics", taskq.SelectStats, []any{"{60}", "{60}", 100, 50, 1000}, 4 * n, "tasks_ready"}, // 500 dead entries at each look
		{"fold", `SELECT taskq_fold_stats(400, '0')`, nil, 0, "task_events_xid"},
		{"feed", taskq.SelectChanges, []any{
			"{}", get[string](b, `SELECT (max(xid::text::bigint))::text FROM task_events`),
			get[string](b, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text`), 20_001, true,
		}, 8 * n, "task_events_xid"},
	}
	for _, c := range cases {
		read := b.read(c.query, c.args...)
		require.LessOrEqual(b, read.of("tasks"), c.tasks, "%s reads too much: %s", c.name, read)
		require.LessOrEqual(b, read.of("task_events", "task_dependencies"), int64(6*n), "%s reads too much: %s", c.name, read)
		require.Zero(b, read["tasks scans"], "%s walks over the table: %s", c.name, read)
		if c.index != "" {
			require.NotZero(b, read[c.index+" scans"], "%s does not use %s: %s", c.name, c.index, read)
		}
	}
	b.checkSettling()
}

// checkSettling ends one task of a table with as many dependencies as tasks, of which three wait for it.
func (b *bench) checkSettling() {
	b.Helper()
	one := get[uuid.UUID](b, `SELECT id FROM running ORDER BY id LIMIT 1`)
	for range 3 {
		b.enqueue(taskq.NewTask{Type: typeB, DependsOn: []taskq.Dependency{{TaskID: one}}})
	}
	for name, query := range map[string]string{
		"settle":             `SELECT taskq_complete(worker_id, ARRAY[id], ARRAY[lease], ARRAY[NULL::jsonb]) FROM running WHERE id = $1`,
		"cancel dependents":  `SELECT taskq_fail(id, lease, 'broken', '', NULL) FROM running WHERE id = $1`,
		"ask for its cancel": strings.ReplaceAll(taskq.CancelTasks, "$1", "array[$1::uuid]"),
	} {
		read := b.read(query, one)
		require.LessOrEqual(b, read.of("task"), int64(200), "%s reads too much: %s", name, read)
		require.Zero(b, read["tasks scans"]+read["task_dependencies scans"], "%s walks over a table: %s", name, read)
	}
}

// The engine's SQL, every statement of it, is prepared against the schema that the migrations make.
func TestEveryStatementPrepares(t *testing.T) {
	b := setup(t)
	statements := sqlConstants(t)
	require.Greater(t, len(statements), 40)
	for i, statement := range statements {
		_, err := b.db.ExecContext(b.ctx, fmt.Sprintf("PREPARE statement_%d AS %s", i, statement))
		require.NoError(t, err, statement)
	}
}

var sqlPattern = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s`)

// sqlConstants returns the package's constants that are whole statements. Those with verbs to be filled in are run by the
// tests of lists.
func sqlConstants(t *testing.T) []string {
	t.Helper()
	set := token.NewFileSet()
	packages, err := parser.ParseDir(set, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // build tags do not matter here
	require.NoError(t, err)
	var files []*ast.File
	for _, file := range packages["taskq"].Files {
		files = append(files, file)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Error: func(error) {}} // without imports there are errors, but constants need none
	_, _ = config.Check("taskq", set, files, info)
	var statements []string
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			expression, ok := n.(ast.Expr)
			value := info.Types[expression].Value
			if !ok || value == nil || value.Kind() != constant.String {
				return true
			}
			if text := constant.StringVal(value); sqlPattern.MatchString(text) && !strings.Contains(text, "%") {
				statements = append(statements, text)
			}
			return false // its parts are no statements
		})
	}
	return statements
}
