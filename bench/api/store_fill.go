package api

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/db"
)

// insertTasks spreads $1 tasks over ninety days. 96 of 100 are COMPLETED, the newest hundredth is mostly PENDING, and due in a year, since
// nobody is to run them; types have
// 60 to 0.1 of 100 tasks, and one of ten tasks a priority of its own.
const insertTasks = `
	INSERT INTO tasks (id, task_type, status, priority, description, progress, error_message, task_metadata, result, created_at, run_at, started_at,
	                   completed_at, attempt, lease, version)
	SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 5, 15))::uuid,
	       kind, status, CASE WHEN p < 90 THEN 0 WHEN p < 95 THEN 10 WHEN p < 99 THEN -10 ELSE 50 END,
	       CASE kind WHEN 'DOCUMENT_PROCESSING' THEN 'Process invoice-' || i || '.pdf' ELSE 'Import products from shop-' || i % 500 || '.csv' END,
	       CASE status WHEN 'COMPLETED' THEN 100 ELSE 0 END, CASE status WHEN 'FAILED' THEN 'connection refused' END,
	       CASE kind WHEN 'DOCUMENT_PROCESSING' THEN jsonb_build_object('documentId', md5(i::text)::uuid, 'file', 'invoice-' || i || '.pdf', 'tenant', i % 1000)
	                 ELSE jsonb_build_object('file', 'shop-' || i % 500 || '.csv', 'size', i % 100000, 'tenant', i % 1000) END,
	       CASE status WHEN 'COMPLETED' THEN '{"chunks": 12, "characters": 34567}'::jsonb END, at,
	       CASE status WHEN 'PENDING' THEN now() + interval '1 year' ELSE at END,
	       CASE WHEN status IN ('COMPLETED', 'FAILED') THEN at + interval '2 s' END,
	       CASE WHEN status IN ('COMPLETED', 'FAILED', 'CANCELLED') THEN at + interval '2 s' + i % 1000 * interval '50 ms' END,
	       CASE WHEN status IN ('COMPLETED', 'FAILED') THEN 1 ELSE 0 END, 1, 3
	FROM (SELECT i, now() - interval '90 days' + i * (interval '90 days' / $1) AS at, abs(hashint4(i + 9000000)) % 100 AS p,
	             CASE WHEN h < 600 THEN 'DOCUMENT_PROCESSING' WHEN h < 850 THEN 'DATA_IMPORT' WHEN h < 950 THEN 'EMBEDDING_GENERATION'
	                  WHEN h < 999 THEN 'PRODUCT_UPDATE' ELSE 'BULK_OPERATION' END AS kind,
	             CASE WHEN i > $1 * 0.99 AND s > 300 THEN 'PENDING' WHEN s < 3 THEN 'PENDING' WHEN s < 20 THEN 'FAILED'
	                  WHEN s < 30 THEN 'CANCELLED' ELSE 'COMPLETED' END AS status
	      FROM (SELECT i, abs(hashint4(i)) % 1000 AS h, abs(hashint4(i + 7000000)) % 1000 AS s FROM generate_series(1, $1::int) AS i) AS drawn) AS made`

// fillTasks leaves out the history, which no list reads.
func fillTasks(ctx context.Context, database *harness.Database, rows int) error {
	err := db.WithTx(ctx, database.DB, func(tx *sqlx.Tx) error {
		for _, statement := range []string{`ALTER TABLE tasks DISABLE TRIGGER USER`, ``, `ALTER TABLE tasks ENABLE TRIGGER USER`} {
			var err error
			if statement == "" {
				_, err = tx.ExecContext(ctx, insertTasks, rows)
			} else {
				_, err = tx.ExecContext(ctx, statement)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return database.Analyze(ctx)
}
