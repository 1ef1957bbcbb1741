-- For principals that see only what they created, and lists of one creator: docs/adr/0008, docs/adr/0010. A task enters them
-- once, when it ends, and only if somebody is said to have created it.
CREATE INDEX tasks_created_by ON tasks (created_by, id) WHERE completed_at IS NOT NULL AND created_by IS NOT NULL;
CREATE INDEX tasks_created_by_ended ON tasks (created_by, completed_at, id) WHERE completed_at IS NOT NULL AND created_by IS NOT NULL;
