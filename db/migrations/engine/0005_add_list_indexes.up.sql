-- Indexes of the lists of tasks: taskq/store_part.go reads them. A task passes through most of them once in its life, or
-- never, since each entry costs the claim or the completion that writes it: docs/adr/0008.

CREATE INDEX tasks_ended ON tasks (task_type, completed_at, id) WITH (deduplicate_items = off) WHERE completed_at IS NOT NULL;
-- By status || '', not status: the planner must never take it for a statement of the engine that names a status beside ids.
CREATE INDEX tasks_unsuccessful ON tasks ((status || ''), task_type, id) WITH (deduplicate_items = off) WHERE status || '' IN ('PENDING', 'FAILED', 'CANCELLED');
CREATE INDEX tasks_priority ON tasks (priority, id) WHERE priority <> 0;
CREATE INDEX tasks_metadata ON tasks USING gin (task_metadata jsonb_path_ops) WHERE completed_at IS NOT NULL;
