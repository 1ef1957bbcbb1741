-- The engine's tables. No foreign key points at tasks: a child row's key check would lock the task row that workers
-- write all the time, and events must outlive the task that they tell of.

-- A domain is checked where a value enters, a CHECK on every UPDATE: claims, progress and completions need not pay for what
-- they do not touch.
CREATE DOMAIN taskq_type AS text CHECK (VALUE ~ '^[A-Z][A-Z0-9_]*$' AND length(VALUE) <= 63); -- {0,62} would be many times as dear
CREATE DOMAIN taskq_priority AS smallint CHECK (VALUE BETWEEN -100 AND 100);
CREATE DOMAIN taskq_percent AS smallint CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN taskq_count AS integer CHECK (VALUE >= 0);
CREATE DOMAIN taskq_attempts AS integer CHECK (VALUE BETWEEN 1 AND 1000);
CREATE DOMAIN taskq_seconds AS integer CHECK (VALUE > 0);
CREATE DOMAIN taskq_time AS timestamptz CHECK (isfinite(VALUE));
CREATE DOMAIN taskq_description AS text CHECK (length(VALUE) <= 2000);
CREATE DOMAIN taskq_key AS text CHECK (length(VALUE) <= 255);
CREATE DOMAIN taskq_object AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');

-- Columns of a fixed width that are never null stand first: PostgreSQL finds them without walking over the others.
CREATE TABLE tasks (
    -- v7: the order of ids is that of creation. Each change of status adds an entry to the index: it leaves room for them.
    id                  uuid        PRIMARY KEY WITH (fillfactor = 35),
    lease               bigint      NOT NULL DEFAULT 0,         -- grows with every claim; fences a worker's writes
    version             bigint      NOT NULL DEFAULT 1,         -- grows by one with every UPDATE
    created_at          timestamptz NOT NULL DEFAULT now(),
    run_at              taskq_time  NOT NULL DEFAULT now(),     -- not before
    attempt             taskq_count NOT NULL DEFAULT 0,
    max_attempts        taskq_attempts NOT NULL DEFAULT 25,
    blocked_by          taskq_count NOT NULL DEFAULT 0,         -- dependencies not yet settled
    priority            taskq_priority NOT NULL DEFAULT 0,      -- higher first
    progress            taskq_percent NOT NULL DEFAULT 0,
    recorded            boolean     NOT NULL DEFAULT false,     -- turned over by a write that records itself: see tasks_record_update
    status              text        NOT NULL DEFAULT 'PENDING',
    task_type           taskq_type  NOT NULL,
    description         taskq_description NOT NULL DEFAULT '',
    task_metadata       taskq_object NOT NULL DEFAULT '{}',
    worker_id           uuid,                                   -- set exactly while RUNNING
    started_at          timestamptz,                            -- of the current or last attempt
    progress_at         timestamptz,                            -- when a RUNNING task last got on
    completed_at        timestamptz,                            -- reached COMPLETED, FAILED or CANCELLED
    cancel_requested_at timestamptz,
    timeout_seconds     taskq_seconds,                          -- of one attempt; NULL: the type's
    progress_message    text,
    error_message       text,                                   -- of the last attempt, until the next one begins
    result              jsonb,
    created_by          text,
    idempotency_key     taskq_key
    -- What each status asks of the other columns, and what may follow what, the triggers hold: a CHECK as long as that is read
    -- anew from its text for each statement, which costs a single row more than all else (docs/adr/0012).
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- One range of this index is one (type, priority): a claim reads it from the oldest due task on, never past a task that
-- is blocked, scheduled for later, or of a paused type. As with all that end with the id, no two entries are alike, and
-- looking for such before each split of a page would be in vain.
CREATE INDEX tasks_ready ON tasks (task_type, priority, run_at, id) WITH (deduplicate_items = off) WHERE status = 'PENDING' AND blocked_by = 0;
CREATE INDEX tasks_blocked ON tasks (task_type) WHERE status = 'PENDING' AND blocked_by > 0; -- few, and counted
-- What a worker runs: rescue, the running counts, the feed's progress. Progress changes none of its columns (HOT).
CREATE INDEX tasks_running ON tasks (worker_id) WHERE status = 'RUNNING';
CREATE INDEX tasks_cancelling ON tasks (cancel_requested_at) WHERE status = 'RUNNING' AND cancel_requested_at IS NOT NULL;
CREATE UNIQUE INDEX tasks_idempotency ON tasks (task_type, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE task_events (
    task_id     uuid        NOT NULL,
    version     bigint      NOT NULL,                           -- of the task after this change
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(), -- the feed's cursor
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt     integer     NOT NULL,
    task_type   text        NOT NULL,
    kind        text        NOT NULL,                           -- CREATED TRANSITION PRIORITY SCHEDULE CANCEL_REQUESTED UNBLOCKED UPDATED DELETED
    to_status   text        NOT NULL,
    from_status text,
    actor       text        NOT NULL,                           -- worker, the API's principal, or the database role
    worker_id   uuid,                                           -- which worker, where that is the actor
    reason      text,
    error       text,                                           -- with the stack where there is one
    took_seconds real,                                          -- of a claim: since the task was ready; of an attempt's end: since its start
    PRIMARY KEY (task_id, version) WITH (fillfactor = 35)       -- room for a task's next events beside its first
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
