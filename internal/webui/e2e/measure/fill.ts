import { sql } from './psql.ts';

// Makes rows tasks, 96 of 100 COMPLETED, spread over ninety days, unless there are as many. PENDING ones are due in a
// year: nobody is to run them. History is left out, no list reads it.
export async function fill(rows: number): Promise<void> {
  if (Number(await sql('SELECT count(*) FROM tasks')) >= rows) {
    return;
  }
  await sql(`
    ALTER TABLE tasks DISABLE TRIGGER USER;
    INSERT INTO tasks (id, task_type, status, priority, description, progress, error_message, task_metadata, result,
                       created_at, run_at, started_at, completed_at, attempt, lease, version)
    SELECT gen_random_uuid(), kind, status, i % 40 / 39 * 10, 'Process invoice-' || i || '.pdf',
           CASE status WHEN 'COMPLETED' THEN 100 ELSE 0 END, CASE status WHEN 'FAILED' THEN 'connection refused' END,
           jsonb_build_object('file', 'invoice-' || i || '.pdf', 'tenant', i % 1000),
           CASE status WHEN 'COMPLETED' THEN '{"chunks": 12}'::jsonb END, at,
           CASE status WHEN 'PENDING' THEN now() + interval '1 year' ELSE at END,
           CASE WHEN status IN ('COMPLETED', 'FAILED') THEN at + interval '2 s' END,
           CASE WHEN status <> 'PENDING' THEN at + interval '9 s' END,
           CASE WHEN status IN ('COMPLETED', 'FAILED') THEN 1 ELSE 0 END, 1, 3
    FROM (SELECT i, now() - (${rows} - i) * (interval '90 days' / ${rows}) AS at,
                 CASE WHEN i % 10 < 6 THEN 'DOCUMENT_PROCESSING' WHEN i % 10 < 9 THEN 'DATA_IMPORT' ELSE 'EMBEDDING_GENERATION' END AS kind,
                 CASE i % 100 WHEN 0 THEN 'PENDING' WHEN 1 THEN 'FAILED' WHEN 2 THEN 'FAILED' WHEN 3 THEN 'CANCELLED' ELSE 'COMPLETED' END AS status
          FROM generate_series(1, ${rows}) AS i) AS made;
    ALTER TABLE tasks ENABLE TRIGGER USER;
    ANALYZE`);
}
