-- The engine's tables. No foreign key points at tasks: a child row's key check would lock the task row that workers
-- write all the time, and events must outlive the task that they tell of.

-- A domain is checked where a value enters, a CHECK on every UPDATE: claims and progress need not pay for the pattern.
CREATE DOMAIN taskq_type AS text CHECK (VALUE ~ '^[A-Z][A-Z0-9_]{0,62}$');

CREATE TABLE tasks (
    id                  uuid        PRIMARY KEY,                -- v7: the order of ids is the order of creation
    task_type           taskq_type  NOT NULL,
    status              text        NOT NULL DEFAULT 'PENDING',
    priority            smallint    NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100), -- higher first
    description         text        NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
    progress            smallint    NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    progress_message    text,
    progress_at         timestamptz,                            -- when a RUNNING task last got on
    error_message       text,                                   -- of the last attempt, until the next one begins
    task_metadata       jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(task_metadata) = 'object'),
    result              jsonb,
    created_at          timestamptz NOT NULL DEFAULT now(),
    created_by          text,
    run_at              timestamptz NOT NULL DEFAULT now() CHECK (isfinite(run_at)), -- not before
    started_at          timestamptz,                            -- of the current or last attempt
    completed_at        timestamptz,                            -- reached COMPLETED, FAILED or CANCELLED
    cancel_requested_at timestamptz,
    attempt             integer     NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    max_attempts        integer     NOT NULL DEFAULT 25 CHECK (max_attempts BETWEEN 1 AND 1000),
    timeout_seconds     integer     CHECK (timeout_seconds > 0), -- of one attempt; NULL: the type's
    blocked_by          integer     NOT NULL DEFAULT 0 CHECK (blocked_by >= 0), -- dependencies not yet settled
    idempotency_key     text        CHECK (length(idempotency_key) <= 255),
    lease               bigint      NOT NULL DEFAULT 0,         -- grows with every claim; fences a worker's writes
    worker_id           uuid,                                   -- set exactly while RUNNING
    version             bigint      NOT NULL DEFAULT 1,         -- grows by one with every UPDATE
    -- What can be claimed must pass as RUNNING, and what runs must pass as PENDING: one row that does not, written by hand,
    -- would fail every claim or every rescue.
    CONSTRAINT tasks_status_fits CHECK (CASE status
        WHEN 'PENDING'   THEN completed_at IS NULL AND worker_id IS NULL AND cancel_requested_at IS NULL AND result IS NULL
                              AND attempt < max_attempts
        WHEN 'RUNNING'   THEN completed_at IS NULL AND worker_id IS NOT NULL AND started_at IS NOT NULL AND result IS NULL
                              AND error_message IS NULL AND blocked_by = 0 AND attempt BETWEEN 1 AND max_attempts
        WHEN 'COMPLETED' THEN completed_at IS NOT NULL AND worker_id IS NULL AND error_message IS NULL AND progress = 100
        WHEN 'FAILED'    THEN completed_at IS NOT NULL AND worker_id IS NULL AND error_message IS NOT NULL
        WHEN 'CANCELLED' THEN completed_at IS NOT NULL AND worker_id IS NULL
        ELSE false END)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- One range of this index is one (type, priority): a claim reads it from the oldest due task on, never past a task that
-- is blocked, scheduled for later, or of a paused type.
CREATE INDEX tasks_ready ON tasks (task_type, priority, run_at, id) WHERE status = 'PENDING' AND blocked_by = 0;
CREATE INDEX tasks_blocked ON tasks (task_type) WHERE status = 'PENDING' AND blocked_by > 0; -- few, and counted
-- What a worker runs: rescue, the running counts, the feed's progress. Progress changes none of its columns (HOT).
CREATE INDEX tasks_running ON tasks (worker_id) WHERE status = 'RUNNING';
CREATE INDEX tasks_cancelling ON tasks (cancel_requested_at) WHERE status = 'RUNNING' AND cancel_requested_at IS NOT NULL;
CREATE UNIQUE INDEX tasks_idempotency ON tasks (task_type, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE task_events (
    task_id     uuid        NOT NULL,
    version     bigint      NOT NULL,                           -- of the task after this change
    task_type   text        NOT NULL,
    kind        text        NOT NULL,                           -- CREATED TRANSITION PRIORITY SCHEDULE CANCEL_REQUESTED UNBLOCKED UPDATED DELETED
    from_status text,
    to_status   text        NOT NULL,
    attempt     integer     NOT NULL,
    actor       text        NOT NULL,                           -- worker:<id>, the API's principal, or the database role
    reason      text,
    error       text,                                           -- with the stack where there is one
    took_seconds real,                                          -- of a claim: since the task was ready; of an attempt's end: since its start
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(), -- the feed's cursor
    PRIMARY KEY (task_id, version)
);
CREATE INDEX task_events_xid ON task_events (xid);

CREATE TABLE task_dependencies (
    task_id    uuid    NOT NULL,
    depends_on uuid    NOT NULL,
    on_failure text    NOT NULL DEFAULT 'CANCEL' CHECK (on_failure IN ('CANCEL', 'RUN')),
    settled    boolean NOT NULL DEFAULT false,                  -- no longer counted in tasks.blocked_by
    PRIMARY KEY (task_id, depends_on),
    CHECK (task_id <> depends_on)
);
CREATE INDEX task_dependencies_depends_on ON task_dependencies (depends_on);

CREATE TABLE workers (
    id           uuid        PRIMARY KEY,
    host         text        NOT NULL,
    version      text        NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    running      integer     NOT NULL DEFAULT 0
);

CREATE TABLE task_types (
    type        taskq_type PRIMARY KEY,
    paused      boolean    NOT NULL DEFAULT false,
    max_running integer    CHECK (max_running > 0),             -- across all workers; NULL: no limit
    -- What workers have seen of late, for estimates: they write it now and then.
    run_seconds  double precision,                              -- the median of completed attempts
    step_seconds double precision                               -- between two reports of progress: 95 % are shorter
);
