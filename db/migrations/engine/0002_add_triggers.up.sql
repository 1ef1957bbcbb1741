-- What holds whoever writes, psql included: only legal transitions, versions that grow by one, an event for every
-- change worth telling, dependents settled, watchers and workers woken.
--
-- What each write of a task passes through names the schema, which db.Migrate puts in for @schema@: a search path of the
-- function's own would cost each statement 30 µs. What runs seldom has one.

-- Rings a channel at most once for the writers that are committing now: NOTIFY takes a lock for the whole database that
-- each notifying commit holds through its flush, so whoever finds another at it leaves the ringing to that one.
-- Listeners poll once a second as well, which closes the tiny race that this leaves.
-- What calls it assigns the answer: so it is an expression, which PL/pgSQL evaluates without a query.
CREATE FUNCTION taskq_ring(channel text) RETURNS boolean LANGUAGE sql AS $$
    SELECT pg_try_advisory_xact_lock(hashtext('taskq'), hashtext(channel)) AND pg_notify(channel, '') IS NOT NULL
$$;

-- Who writes and why, for the events: set by the engine ('worker' stands for the one that runs the task), else the
-- database role.
CREATE FUNCTION taskq_actor() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('taskq.actor', true), ''), 'role:' || session_user)
$$;
CREATE FUNCTION taskq_reason() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('taskq.reason', true), '')
$$;

-- Before each row, but called only where the WHEN clause finds a write that is not the engine's, which passes without a
-- function call. What may change to what is checked after the statement.
CREATE FUNCTION taskq_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER tasks_guard BEFORE UPDATE ON tasks FOR EACH ROW WHEN (NEW.version <> OLD.version + 1) EXECUTE FUNCTION taskq_guard();

-- What each status asks of the other columns. What can be claimed must pass as RUNNING, and what runs must pass as PENDING:
-- one row that does not, written by hand, would fail every claim or every rescue.
CREATE FUNCTION taskq_fits(status text, attempt integer, max_attempts integer, blocked_by integer, progress smallint, worker_id uuid,
    started_at timestamptz, completed_at timestamptz, cancel_requested_at timestamptz, error_message text, result jsonb)
    RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE status
        WHEN 'PENDING'   THEN completed_at IS NULL AND worker_id IS NULL AND cancel_requested_at IS NULL AND result IS NULL
                              AND attempt < max_attempts
        WHEN 'RUNNING'   THEN completed_at IS NULL AND worker_id IS NOT NULL AND started_at IS NOT NULL AND result IS NULL
                              AND error_message IS NULL AND blocked_by = 0 AND attempt BETWEEN 1 AND max_attempts
        WHEN 'COMPLETED' THEN completed_at IS NOT NULL AND worker_id IS NULL AND error_message IS NULL AND progress = 100
        WHEN 'FAILED'    THEN completed_at IS NOT NULL AND worker_id IS NULL AND error_message IS NOT NULL
        WHEN 'CANCELLED' THEN completed_at IS NOT NULL AND worker_id IS NULL
        ELSE false END
$$;

-- Stands where a column's value would.
CREATE FUNCTION taskq_refuse(id uuid, complaint text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tasks: %: %', id, complaint USING ERRCODE = 'check_violation',
        HINT = 'docs/state-machine.md has what each status asks of a task, and what may change to what.';
END $$;

CREATE FUNCTION taskq_after_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who text := @schema@.taskq_actor();
    why text := @schema@.taskq_reason();
    rung boolean;
BEGIN
    INSERT INTO @schema@.task_events (task_id, version, task_type, kind, to_status, attempt, actor, reason)
    SELECT id, version, task_type, 'CREATED', CASE
               WHEN status <> 'PENDING' THEN @schema@.taskq_refuse(id, 'a task begins as PENDING')
               WHEN @schema@.taskq_fits(status, attempt, max_attempts, blocked_by, progress, worker_id, started_at, completed_at,
                                        cancel_requested_at, error_message, result) THEN status
               ELSE @schema@.taskq_refuse(id, 'its columns do not fit PENDING') END, attempt, coalesce(created_by, who), why
    FROM new_tasks;
    IF FOUND THEN
        rung := @schema@.taskq_ring('tasks_changed');
        rung := @schema@.taskq_ring('tasks_ready');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_after_insert AFTER INSERT ON tasks REFERENCING NEW TABLE AS new_tasks
    FOR EACH STATEMENT EXECUTE FUNCTION taskq_after_insert();

-- Settles the dependencies on tasks that have just ended. Called by a trigger, so nothing stays blocked for good, whoever
-- ended the task. What it cancels may doom others in turn: it goes on wave by wave, and the trigger leaves those to it,
-- because a chain of some hundred triggers would overflow the stack. With among, only those tasks are looked at: the others
-- that waited were dealt with before.
CREATE FUNCTION taskq_settle(ended uuid[], among uuid[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$
DECLARE
    waiting uuid[];
    doomed uuid[];
    actor text := current_setting('taskq.actor', true);
    reason text := current_setting('taskq.reason', true);
    error text := current_setting('taskq.error', true);
BEGIN
    PERFORM set_config('taskq.actor', 'taskwire', true), set_config('taskq.error', '', true), set_config('taskq.settling', 'on', true);
    LOOP
        waiting := ARRAY(SELECT DISTINCT task_id FROM task_dependencies
                         WHERE depends_on = ANY (ended) AND NOT settled AND (among IS NULL OR task_id = ANY (among)));
        EXIT WHEN waiting = '{}';
        -- In the order of ids, like every other statement that locks several tasks: no deadlock between two of them.
        PERFORM 1 FROM tasks WHERE id = ANY (waiting) ORDER BY id FOR UPDATE;
        doomed := ARRAY(
            SELECT DISTINCT d.task_id FROM task_dependencies d JOIN tasks t ON t.id = d.depends_on
            WHERE d.depends_on = ANY (ended) AND t.id = ANY (ended) AND d.task_id = ANY (waiting) AND NOT d.settled
              AND t.status <> 'COMPLETED' AND d.on_failure = 'CANCEL');
        PERFORM set_config('taskq.reason', 'dependencies settled', true);
        WITH edges AS (
            UPDATE task_dependencies d SET settled = true FROM tasks t
            WHERE d.depends_on = ANY (ended) AND t.id = ANY (ended) AND t.id = d.depends_on AND d.task_id = ANY (waiting) AND NOT d.settled
              AND (t.status = 'COMPLETED' OR d.on_failure = 'RUN')
            RETURNING d.task_id)
        UPDATE tasks t SET blocked_by = greatest(t.blocked_by - e.n, 0), run_at = greatest(t.run_at, now()), version = t.version + 1
        FROM (SELECT task_id, count(*)::int AS n FROM edges GROUP BY task_id) e
        WHERE t.id = ANY (waiting) AND t.id = e.task_id AND t.status = 'PENDING';
        PERFORM set_config('taskq.reason', 'dependency failed', true);
        WITH cancelled AS (
            UPDATE tasks SET status = 'CANCELLED', completed_at = now(), version = version + 1,
                   error_message = 'A task that this one depends on did not complete.'
            WHERE id = ANY (doomed) AND status = 'PENDING' RETURNING id)
        SELECT coalesce(array_agg(id), '{}') INTO ended FROM cancelled;
    END LOOP;
    PERFORM set_config('taskq.actor', coalesce(actor, ''), true), set_config('taskq.reason', coalesce(reason, ''), true),
            set_config('taskq.error', coalesce(error, ''), true), set_config('taskq.settling', '', true);
END $$;

-- Puts tasks that are PENDING again, whoever did it, in order with what they depend on: that may have ended meanwhile.
CREATE FUNCTION taskq_recount(reborn uuid[]) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE tasks t SET blocked_by = e.n, version = t.version + 1
    FROM (SELECT r.id, (SELECT count(*) FROM task_dependencies d WHERE d.task_id = r.id AND NOT d.settled)::int AS n
          FROM unnest(reborn) AS r (id)) e
    WHERE t.id = ANY (reborn) AND t.id = e.id AND t.blocked_by <> e.n;
    PERFORM taskq_settle(array_agg(t.id), reborn) FROM task_dependencies d JOIN tasks t ON t.id = d.depends_on
    WHERE d.task_id = ANY (reborn) AND NOT d.settled AND t.status IN ('COMPLETED', 'FAILED', 'CANCELLED')
    HAVING count(*) > 0;
END $$;

-- FULL, so that the join is a hash or a merge join: with statistics of another time a nested loop over two transition
-- tables of some thousand rows takes seconds. OFFSET 0, so that the kind is found once a row. Settings are read once a
-- statement, not once a row. An IF within an IF keeps a query from being run where its condition need not be known: PL/pgSQL
-- runs one for every condition that has a subquery.
CREATE FUNCTION taskq_after_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who text := @schema@.taskq_actor();
    why text := @schema@.taskq_reason();
    detail text := nullif(current_setting('taskq.error', true), '');
    ended uuid[];
    reborn uuid[];
    ready boolean;   -- something became ready to run, or a type's limit has room again; NULL: there was no event
    cancelling boolean;
    rung boolean;
BEGIN
    WITH events AS (
        INSERT INTO @schema@.task_events (task_id, version, task_type, kind, from_status, to_status, attempt, actor, worker_id, reason, error, took_seconds)
        SELECT id, version, task_type, kind, from_status, to_status, attempt, who, CASE WHEN who = 'worker' THEN worker_id END, why,
               CASE WHEN kind = 'TRANSITION' THEN coalesce(detail, error_message) END, took_seconds
        FROM (SELECT n.id, n.version, n.task_type, n.attempt, coalesce(n.worker_id, o.worker_id) AS worker_id, o.status AS from_status,
                     n.status AS to_status, n.error_message,
                     CASE WHEN n.status = o.status THEN NULL
                          WHEN n.status = 'RUNNING' THEN date_part('epoch', n.started_at - greatest(o.run_at, o.created_at))
                          WHEN o.status = 'RUNNING' THEN date_part('epoch', clock_timestamp() - o.started_at) END AS took_seconds,
                     CASE WHEN o.id IS NULL OR n.id IS NULL OR n.created_at <> o.created_at OR n.task_type <> o.task_type OR n.lease < o.lease
                          THEN @schema@.taskq_refuse(coalesce(n.id, o.id), 'its id, type and time of creation never change, and its lease only grows')
                          WHEN NOT @schema@.taskq_fits(n.status, n.attempt, n.max_attempts, n.blocked_by, n.progress, n.worker_id, n.started_at,
                                                       n.completed_at, n.cancel_requested_at, n.error_message, n.result)
                          THEN @schema@.taskq_refuse(n.id, 'its columns do not fit ' || n.status)
                          WHEN n.status <> o.status THEN CASE
                              WHEN o.status = 'RUNNING'
                                OR o.status = 'PENDING' AND (n.status = 'CANCELLED' OR n.status = 'RUNNING' AND n.lease > o.lease)
                                OR o.status IN ('FAILED', 'CANCELLED') AND n.status = 'PENDING' THEN 'TRANSITION'
                              ELSE @schema@.taskq_refuse(n.id, o.status || ' → ' || n.status || ' is not allowed') END
                          WHEN n.cancel_requested_at IS NOT NULL AND o.cancel_requested_at IS NULL THEN 'CANCEL_REQUESTED'
                          WHEN n.priority <> o.priority THEN 'PRIORITY'
                          WHEN n.blocked_by = 0 AND o.blocked_by > 0 THEN 'UNBLOCKED'
                          WHEN n.blocked_by <> o.blocked_by THEN NULL
                          WHEN n.run_at <> o.run_at THEN 'SCHEDULE'
                          WHEN n.status <> 'RUNNING' THEN 'UPDATED' END AS kind
              FROM new_tasks n FULL JOIN old_tasks o ON o.id = n.id OFFSET 0) AS changes
        WHERE kind IS NOT NULL
        RETURNING task_id, kind, from_status, to_status)
    SELECT array_agg(task_id) FILTER (WHERE kind = 'TRANSITION' AND to_status IN ('COMPLETED', 'FAILED', 'CANCELLED')),
           array_agg(task_id) FILTER (WHERE to_status = 'PENDING' AND from_status IN ('FAILED', 'CANCELLED')),
           bool_or(to_status = 'PENDING'),
           bool_or(kind = 'CANCEL_REQUESTED')
    INTO ended, reborn, ready, cancelling FROM events;

    IF ready IS NULL THEN -- progress, or nothing
        IF NOT EXISTS (SELECT FROM new_tasks) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF ended IS NOT NULL THEN
        IF coalesce(current_setting('taskq.settling', true), '') = '' THEN
            IF EXISTS (SELECT FROM @schema@.task_dependencies WHERE depends_on = ANY (ended) AND NOT settled) THEN
                PERFORM @schema@.taskq_settle(ended);
            END IF;
        END IF;
        IF NOT ready THEN
            ready := EXISTS (SELECT FROM @schema@.task_types WHERE max_running IS NOT NULL);
        END IF;
    END IF;
    IF reborn IS NOT NULL THEN
        PERFORM @schema@.taskq_recount(reborn);
    END IF;
    rung := @schema@.taskq_ring('tasks_changed');
    IF ready THEN
        rung := @schema@.taskq_ring('tasks_ready');
    END IF;
    IF cancelling THEN
        rung := @schema@.taskq_ring('tasks_cancel');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_after_update AFTER UPDATE ON tasks REFERENCING OLD TABLE AS old_tasks NEW TABLE AS new_tasks
    FOR EACH STATEMENT EXECUTE FUNCTION taskq_after_update();

-- Deleting leaves a tombstone. Only a finished task can go: another may depend on one that is not.
CREATE FUNCTION taskq_after_delete() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM old_tasks WHERE status IN ('PENDING', 'RUNNING')) THEN
        RAISE EXCEPTION 'only finished tasks can be deleted; cancel them first' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO task_events (task_id, version, task_type, kind, from_status, to_status, attempt, actor, reason)
    SELECT id, version + 1, task_type, 'DELETED', status, status, attempt, taskq_actor(), taskq_reason() FROM old_tasks;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM task_dependencies WHERE task_id IN (SELECT id FROM old_tasks) OR depends_on IN (SELECT id FROM old_tasks);
    PERFORM taskq_ring('tasks_changed');
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_after_delete AFTER DELETE ON tasks REFERENCING OLD TABLE AS old_tasks
    FOR EACH STATEMENT EXECUTE FUNCTION taskq_after_delete();

CREATE FUNCTION taskq_after_type_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM taskq_ring('tasks_ready');
    RETURN NULL;
END $$;
CREATE TRIGGER task_types_after_change AFTER INSERT OR UPDATE OF paused, max_running ON task_types
    FOR EACH STATEMENT EXECUTE FUNCTION taskq_after_type_change();
