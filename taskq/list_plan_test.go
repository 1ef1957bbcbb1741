package taskq_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// fillLists makes a table in which each status, type and piece of metadata that the lists are asked for is rare, old or both.
const fillLists = `
	INSERT INTO tasks (id, task_type, status, priority, description, progress, error_message, task_metadata, created_at, completed_at, attempt,
	                   worker_id, started_at, created_by)
	SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(i), 15, '0'))::uuid,
	       CASE WHEN i % 1000 = 7 OR i BETWEEN 100 AND 140 THEN 'RARE' WHEN i % 10 = 0 THEN 'TYPE_B' ELSE 'TYPE_A' END, status,
	       CASE WHEN i % 50 = 0 THEN 10 WHEN i % 70 = 0 THEN -10 ELSE 0 END, 'Process file ' || i, CASE status WHEN 'COMPLETED' THEN 100 ELSE 0 END,
	       CASE status WHEN 'FAILED' THEN 'broken' END, jsonb_build_object('n', i % 1000, 'all', true), at,
	       CASE WHEN status IN ('COMPLETED', 'FAILED', 'CANCELLED') THEN at + interval '1 s' END, CASE status WHEN 'PENDING' THEN 0 ELSE 1 END,
	       CASE status WHEN 'RUNNING' THEN gen_random_uuid() END, at, CASE WHEN i % 1000 = 77 THEN 'key:rare' ELSE 'key:common' END
	FROM (SELECT i, now() - interval '1 day' + i * interval '1 s' AS at,
	             CASE WHEN i > 39990 THEN 'RUNNING' WHEN i < 100 THEN 'FAILED' WHEN i < 200 THEN 'PENDING' WHEN i % 5000 = 1 THEN 'CANCELLED'
	                  ELSE 'COMPLETED' END AS status
	      FROM generate_series(1, 40000) i) of`

func setupLists(t *testing.T) *bench {
	b := setup(t)
	b.exec(`ALTER TABLE tasks DISABLE TRIGGER ALL`)
	b.exec(`ALTER TABLE tasks SET (autovacuum_enabled = off)`)
	b.exec(fillLists)
	conn, err := b.db.Connx(b.ctx)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	_, err = conn.ExecContext(b.ctx, `SET default_statistics_target = 200`) // of 60,000 rows: all, and so no matter of chance
	require.NoError(t, err)
	_, err = conn.ExecContext(b.ctx, `VACUUM ANALYZE tasks`)
	require.NoError(t, err)
	return b
}

// listed are filters with how many tasks a page of fifty may read in the order of creation, of completion, of priority, and
// what a count may: of 40,000. A page of a walk over the table, the order's index or all tasks of a status reads more.
var listed = map[string]struct {
	filter taskq.Filter
	rows   [4]int64
}{
	"everything":         {taskq.Filter{}, [4]int64{200, 1_500, 300, 10_001}},
	"of a status":        {taskq.Filter{Statuses: []taskq.Status{taskq.Completed}}, [4]int64{1_000, 1_500, 1_000, 11_000}},
	"of a rare status":   {taskq.Filter{Statuses: []taskq.Status{taskq.Cancelled}}, [4]int64{200, 3_000, 3_000, 200}},
	"of an old status":   {taskq.Filter{Statuses: []taskq.Status{taskq.Failed}}, [4]int64{500, 3_000, 3_000, 500}},
	"waiting":            {taskq.Filter{Statuses: []taskq.Status{taskq.Pending}}, [4]int64{600, 600, 3_000, 600}},
	"running":            {taskq.Filter{Statuses: []taskq.Status{taskq.Running}}, [4]int64{100, 100, 3_000, 100}},
	"of a type":          {taskq.Filter{Types: []taskq.Type{typeB}}, [4]int64{1_500, 1_500, 3_000, 6_000}},
	"of a rare type":     {taskq.Filter{Types: []taskq.Type{"RARE"}}, [4]int64{500, 500, 1_000, 500}},
	"of no type":         {taskq.Filter{Types: []taskq.Type{"NONE"}}, [4]int64{200, 200, 400, 200}},
	"of status and type": {taskq.Filter{Types: []taskq.Type{"RARE"}, Statuses: []taskq.Status{taskq.Pending}}, [4]int64{300, 300, 600, 300}},
	"by metadata":        {taskq.Filter{Metadata: json.RawMessage(`{"n": 77}`)}, [4]int64{1_000, 3_000, 2_000, 1_000}},
	"by metadata of one": {taskq.Filter{Metadata: json.RawMessage(`{"n": 77, "all": true}`)}, [4]int64{1_000, 3_000, 2_000, 1_000}},
	"by no metadata":     {taskq.Filter{Metadata: json.RawMessage(`{"n": "none"}`)}, [4]int64{600, 1_200, 1_200, 600}},
	"of a rare creator":  {taskq.Filter{CreatedBy: "key:rare"}, [4]int64{600, 600, 2_000, 600}},
	"of no creator":      {taskq.Filter{CreatedBy: "key:none"}, [4]int64{600, 600, 2_000, 600}},
	"of a main creator":  {taskq.Filter{CreatedBy: "key:common"}, [4]int64{1_000, 1_500, 2_000, 11_000}},
	"a creator's failed": {taskq.Filter{CreatedBy: "key:rare", Statuses: []taskq.Status{taskq.Failed}}, [4]int64{600, 600, 2_000, 600}},
	"by all metadata":    {taskq.Filter{Metadata: json.RawMessage(`{"all": true}`)}, [4]int64{1_000, 1_500, 2_000, 11_000}},
}

// The indexes of lists are partial and few. A statement that misses them walks over the table, unseen until it is large.
func TestPagesReadLittleWhateverIsAskedFor(t *testing.T) {
	b := setupLists(t)
	for name, c := range listed {
		for i, field := range []taskq.OrderField{taskq.ByCreated, taskq.ByCompleted, taskq.ByPriority} {
			for _, ascending := range []bool{false, true} {
				b.requireShortRead(name, c.filter, taskq.Order{Field: field, Ascending: ascending}, c.rows[i])
			}
		}
		query, args := taskq.SnapshotSQL(c.filter, 50)
		read := b.read(query, args...)
		require.LessOrEqual(t, read.of("tasks"), 2*c.rows[0], "a snapshot %s reads %s", name, read)
		query, args = taskq.CountSQL(c.filter, 10_001)
		read = b.read(query, args...)
		require.LessOrEqual(t, read.of("tasks"), 2*c.rows[3], "counting %s reads %s", name, read)
	}
}

// requireShortRead turns two pages: the second begins at a cursor.
func (b *bench) requireShortRead(name string, f taskq.Filter, o taskq.Order, rows int64) {
	b.Helper()
	page := taskq.Page{First: 50}
	for range 2 {
		query, args, err := taskq.PageSQL(f, o, page)
		require.NoError(b, err)
		read := b.read(query, args...)
		require.LessOrEqual(b, read.of("tasks"), 2*rows, "%s by %+v reads %s", name, o, read) // an index and its table count each
		slice, err := b.client.List(b.ctx, f, o, page)
		require.NoError(b, err)
		if !slice.HasNext {
			return
		}
		page.After = slice.Cursors[len(slice.Cursors)-1]
	}
}

// What the parts yield together is the list, whatever the filter.
func TestPartsAreTheWholeList(t *testing.T) {
	b := setupLists(t)
	for name, c := range listed {
		n, err := b.client.Count(b.ctx, c.filter, 1_000)
		require.NoError(t, err)
		for _, field := range []taskq.OrderField{taskq.ByCreated, taskq.ByCompleted, taskq.ByPriority} {
			seen, page := map[string]bool{}, taskq.Page{Last: 100}
			for range 10 {
				slice, err := b.client.List(b.ctx, c.filter, taskq.Order{Field: field}, page)
				require.NoError(t, err)
				for _, task := range slice.Items {
					seen[task.ID.String()] = true
				}
				if !slice.HasPrevious {
					break
				}
				page.Before = slice.Cursors[0]
			}
			require.Len(t, seen, min(n, 1_000), "%s by %s", name, field)
		}
	}
}
