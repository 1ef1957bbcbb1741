-- What holds whoever writes, psql included: only legal transitions, versions that grow by one, an event for every
-- change worth telling, dependents settled, watchers and workers woken.

-- Rings a channel at most once for the writers that are committing now: NOTIFY takes a lock for the whole database that
-- each notifying commit holds through its flush, so whoever finds another at it leaves the ringing to that one.
-- Listeners poll once a second as well, which closes the tiny race that this leaves.
CREATE FUNCTION taskq_ring(channel text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF pg_try_advisory_xact_lock(hashtext('taskq'), hashtext(channel)) THEN
        PERFORM pg_notify(channel, '');
    END IF;
END $$;

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

CREATE FUNCTION taskq_after_insert() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    who text := taskq_actor();
    why text := taskq_reason();
BEGIN
    IF EXISTS (SELECT FROM new_tasks WHERE status <> 'PENDING') THEN
        RAISE EXCEPTION 'a task begins as PENDING' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO task_events (task_id, version, task_type, kind, to_status, attempt, actor, reason)
    SELECT id, version, task_type, 'CREATED', status, attempt, coalesce(created_by, who), why FROM new_tasks;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM taskq_ring('tasks_changed');
    IF EXISTS (SELECT FROM new_tasks WHERE blocked_by = 0) THEN
        PERFORM taskq_ring('tasks_ready');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_after_insert AFTER INSERT ON tasks REFERENCING NEW TABLE AS new_tasks
    FOR EACH STATEMENT EXECUTE FUNCTION taskq_after_insert();

-- Settles the dependencies on tasks that have just ended. Called by a trigger, so nothing stays blocked for good, whoever
-- ended the task. What it cancels may doom others in turn: it goes on wave by wave, and the trigger leaves those to it,
-- because a chain of some hundred triggers would overflow the stack. With among, only those tasks are looked at: the others
-- that waited were dealt with before.
CREATE FUNCTION taskq_settle(ended uuid[], among uuid[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    waiting uuid[];
    doomed uuid[];
    actor text := current_setting('taskq.actor', true);
    reason text := current_setting('taskq.reason', true);
    error text := current_setting('taskq.error', true);
BEGIN
    IF NOT EXISTS (SELECT FROM task_dependencies WHERE depends_on = ANY (ended) AND NOT settled) THEN
        RETURN;
    END IF;
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
CREATE FUNCTION taskq_recount(reborn uuid[]) RETURNS void LANGUAGE plpgsql AS $$
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
-- tables of some thousand rows takes seconds, and a SET clause against it would cost each writer of one row. Settings are
-- read once a statement, not once a row.
CREATE FUNCTION taskq_after_update() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    who text := taskq_actor();
    why text := taskq_reason();
    detail text := nullif(current_setting('taskq.error', true), '');
    ended uuid[];
    reborn uuid[];
    ready boolean;   -- something became ready to run, or a type's limit has room again
    cancelling boolean;
    refused boolean;
BEGIN
    WITH changes AS (
        SELECT n.id, n.version, n.task_type, n.attempt, coalesce(n.worker_id, o.worker_id) AS worker_id, o.status AS from_status,
               n.status AS to_status, n.blocked_by, n.error_message,
               CASE WHEN n.status = o.status THEN NULL
                    WHEN n.status = 'RUNNING' THEN date_part('epoch', n.started_at - greatest(o.run_at, o.created_at))
                    WHEN o.status = 'RUNNING' THEN date_part('epoch', clock_timestamp() - o.started_at) END AS took_seconds, CASE
            WHEN o.id IS NULL OR n.id IS NULL OR n.created_at <> o.created_at OR n.task_type <> o.task_type OR n.lease < o.lease THEN 'REFUSED'
            WHEN n.status <> o.status THEN CASE
                WHEN o.status = 'RUNNING' AND n.status <> 'RUNNING' THEN 'TRANSITION'
                WHEN o.status = 'PENDING' AND (n.status = 'CANCELLED' OR n.status = 'RUNNING' AND n.lease > o.lease) THEN 'TRANSITION'
                WHEN o.status IN ('FAILED', 'CANCELLED') AND n.status = 'PENDING' THEN 'TRANSITION'
                ELSE 'REFUSED' END
            WHEN n.cancel_requested_at IS NOT NULL AND o.cancel_requested_at IS NULL THEN 'CANCEL_REQUESTED'
            WHEN n.priority <> o.priority THEN 'PRIORITY'
            WHEN n.blocked_by = 0 AND o.blocked_by > 0 THEN 'UNBLOCKED'
            WHEN n.blocked_by <> o.blocked_by THEN NULL
            WHEN n.run_at <> o.run_at THEN 'SCHEDULE'
            WHEN n.status <> 'RUNNING' THEN 'UPDATED'
            END AS kind
        FROM new_tasks n FULL JOIN old_tasks o ON o.id = n.id),
    written AS (
        INSERT INTO task_events (task_id, version, task_type, kind, from_status, to_status, attempt, actor, worker_id, reason, error, took_seconds)
        SELECT id, version, task_type, kind, from_status, to_status, attempt, who, CASE WHEN who = 'worker' THEN worker_id END, why,
               CASE WHEN kind = 'TRANSITION' THEN coalesce(detail, error_message) END, took_seconds
        FROM changes WHERE kind <> 'REFUSED')
    SELECT coalesce(array_agg(id) FILTER (WHERE kind = 'TRANSITION' AND to_status IN ('COMPLETED', 'FAILED', 'CANCELLED')), '{}'),
           coalesce(array_agg(id) FILTER (WHERE to_status = 'PENDING' AND from_status IN ('FAILED', 'CANCELLED')), '{}'),
           coalesce(bool_or(to_status = 'PENDING' AND blocked_by = 0), false),
           coalesce(bool_or(kind = 'CANCEL_REQUESTED'), false),
           coalesce(bool_or(kind = 'REFUSED'), false)
    INTO ended, reborn, ready, cancelling, refused FROM changes WHERE kind IS NOT NULL;

    IF refused THEN
        RAISE EXCEPTION 'tasks: % is not allowed', (
            SELECT string_agg(coalesce(o.id || ': ' || o.status || ' → ' || n.status, n.id || ': a new id'), ', ')
            FROM new_tasks n LEFT JOIN old_tasks o ON o.id = n.id)
            USING ERRCODE = 'check_violation',
                  HINT = 'Id, type and creation time never change, a lease only grows and each claim takes a new one, and docs/state-machine.md has the legal transitions.';
    END IF;
    IF ended <> '{}' AND coalesce(current_setting('taskq.settling', true), '') = '' THEN
        PERFORM taskq_settle(ended);
    END IF;
    IF reborn <> '{}' THEN
        PERFORM taskq_recount(reborn);
    END IF;
    IF EXISTS (SELECT FROM new_tasks) THEN
        PERFORM taskq_ring('tasks_changed');
    END IF;
    IF ready OR (ended <> '{}' AND EXISTS (SELECT FROM task_types WHERE max_running IS NOT NULL)) THEN
        PERFORM taskq_ring('tasks_ready');
    END IF;
    IF cancelling THEN
        PERFORM taskq_ring('tasks_cancel');
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
