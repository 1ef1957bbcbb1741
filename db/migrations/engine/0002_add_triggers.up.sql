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

-- What PENDING asks of the other columns: whatever waits must pass as RUNNING once it is claimed. One row that does not,
-- written by hand, would fail every claim.
CREATE FUNCTION taskq_may_wait(attempt integer, max_attempts integer, worker_id uuid, completed_at timestamptz,
    cancel_requested_at timestamptz, result jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT attempt < max_attempts AND worker_id IS NULL AND completed_at IS NULL AND cancel_requested_at IS NULL AND result IS NULL
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
               WHEN @schema@.taskq_may_wait(attempt, max_attempts, worker_id, completed_at, cancel_requested_at, result) THEN status
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

-- Puts a task that is PENDING again, whoever did it, in order with what it depends on: that may have ended meanwhile.
CREATE FUNCTION taskq_recount(reborn uuid) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE tasks t SET blocked_by = e.n, version = t.version + 1
    FROM (SELECT count(*)::int AS n FROM task_dependencies d WHERE d.task_id = reborn AND NOT d.settled) e
    WHERE t.id = reborn AND t.blocked_by <> e.n;
    PERFORM taskq_settle(array_agg(t.id), ARRAY[reborn]) FROM task_dependencies d JOIN tasks t ON t.id = d.depends_on
    WHERE d.task_id = reborn AND NOT d.settled AND t.status IN ('COMPLETED', 'FAILED', 'CANCELLED')
    HAVING count(*) > 0;
END $$;

-- Updates are looked at row by row: setting up a query on transition tables would cost a statement of one row more than all
-- that is done for it. What the engine writes to many tasks at once turns over their column recorded, keeps to the rules and
-- records all of them together. In PL/pgSQL an expression costs when it is reached, so what is commonest comes first.

-- Called where a statement writes columns that a rule is about.
CREATE FUNCTION taskq_check_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fits boolean;
    legal boolean;
    complaint text;
BEGIN
    IF NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at OR NEW.task_type <> OLD.task_type OR NEW.lease < OLD.lease THEN
        complaint := @schema@.taskq_refuse(OLD.id, 'its id, type and time of creation never change, and its lease only grows');
    END IF;
    CASE NEW.status
        WHEN 'PENDING' THEN
            fits := @schema@.taskq_may_wait(NEW.attempt, NEW.max_attempts, NEW.worker_id, NEW.completed_at, NEW.cancel_requested_at, NEW.result);
        WHEN 'RUNNING' THEN
            fits := NEW.completed_at IS NULL AND NEW.worker_id IS NOT NULL AND NEW.started_at IS NOT NULL AND NEW.result IS NULL
                AND NEW.error_message IS NULL AND NEW.blocked_by = 0 AND NEW.attempt BETWEEN 1 AND NEW.max_attempts;
        WHEN 'COMPLETED' THEN
            fits := NEW.completed_at IS NOT NULL AND NEW.worker_id IS NULL AND NEW.error_message IS NULL AND NEW.progress = 100;
        WHEN 'FAILED' THEN
            fits := NEW.completed_at IS NOT NULL AND NEW.worker_id IS NULL AND NEW.error_message IS NOT NULL;
        WHEN 'CANCELLED' THEN
            fits := NEW.completed_at IS NOT NULL AND NEW.worker_id IS NULL;
        ELSE
            fits := false;
    END CASE;
    IF NOT fits THEN
        complaint := @schema@.taskq_refuse(OLD.id, 'its columns do not fit ' || NEW.status);
    END IF;
    IF NEW.status <> OLD.status THEN
        CASE OLD.status
            WHEN 'RUNNING' THEN legal := true;
            WHEN 'PENDING' THEN legal := NEW.status = 'CANCELLED' OR NEW.status = 'RUNNING' AND NEW.lease > OLD.lease;
            ELSE legal := NEW.status = 'PENDING' AND OLD.status <> 'COMPLETED';
        END CASE;
        IF NOT legal THEN
            complaint := @schema@.taskq_refuse(OLD.id, OLD.status || ' → ' || NEW.status || ' is not allowed');
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_check_update AFTER UPDATE OF id, created_at, task_type, lease, status, attempt, max_attempts, blocked_by, progress, worker_id,
    started_at, completed_at, cancel_requested_at, error_message, result ON tasks
    FOR EACH ROW WHEN (NEW.recorded = OLD.recorded) EXECUTE FUNCTION taskq_check_update();

-- Writes the event, and does what follows from it: settles those that wait (unless taskq.settling = on: then the statement
-- settles all together), rings. After tasks_check_update, since triggers go by their names.
CREATE FUNCTION taskq_record_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reached bigint := NEW.version;
    what text;       -- the kind of the event
    runner uuid;     -- the worker that made the transition
    detail text;
    took real;
    ready boolean;   -- the task became ready to run, or sooner than it was, or its type's limit has room again
    rung boolean;
BEGIN
    IF NEW.version <> OLD.version + 1 THEN -- written by hand; settling may have changed the row since
        UPDATE @schema@.tasks SET recorded = NOT recorded, version = version - NEW.version + OLD.version + 1
        WHERE id = NEW.id RETURNING version INTO reached;
    END IF;
    IF NEW.status <> OLD.status THEN
        what := 'TRANSITION';
        ready := NEW.status = 'PENDING';
        detail := coalesce(nullif(current_setting('taskq.error', true), ''), NEW.error_message);
        IF @schema@.taskq_actor() = 'worker' THEN
            runner := coalesce(NEW.worker_id, OLD.worker_id);
        END IF;
        IF OLD.status = 'RUNNING' THEN
            took := date_part('epoch', clock_timestamp() - OLD.started_at);
        ELSIF NEW.status = 'RUNNING' THEN
            took := date_part('epoch', NEW.started_at - greatest(OLD.run_at, OLD.created_at));
        END IF;
    ELSIF NEW.cancel_requested_at IS NOT NULL AND OLD.cancel_requested_at IS NULL THEN
        what := 'CANCEL_REQUESTED';
    ELSIF NEW.priority <> OLD.priority THEN
        what := 'PRIORITY';
        ready := NEW.status = 'PENDING';
    ELSIF NEW.blocked_by <> OLD.blocked_by THEN
        IF NEW.blocked_by = 0 THEN
            what := 'UNBLOCKED';
            ready := true;
        END IF;
    ELSIF NEW.run_at <> OLD.run_at THEN
        what := 'SCHEDULE';
        ready := NEW.status = 'PENDING';
    ELSIF NEW.status <> 'RUNNING' THEN
        what := 'UPDATED';
    END IF;

    IF what IS NOT NULL THEN
        INSERT INTO @schema@.task_events (task_id, version, task_type, kind, from_status, to_status, attempt, actor, worker_id, reason, error, took_seconds)
        VALUES (NEW.id, reached, NEW.task_type, what, OLD.status, NEW.status, NEW.attempt, @schema@.taskq_actor(), runner, @schema@.taskq_reason(),
                detail, took);
    END IF;

    IF what = 'TRANSITION' THEN
        IF NEW.completed_at IS NOT NULL THEN -- it ended
            IF coalesce(current_setting('taskq.settling', true), '') = '' THEN
                PERFORM @schema@.taskq_settle(ARRAY[NEW.id])
                WHERE EXISTS (SELECT FROM @schema@.task_dependencies WHERE depends_on = NEW.id AND NOT settled);
            END IF;
            IF OLD.status = 'RUNNING' THEN
                ready := EXISTS (SELECT FROM @schema@.task_types WHERE max_running IS NOT NULL);
            END IF;
        ELSIF OLD.completed_at IS NOT NULL THEN
            PERFORM @schema@.taskq_recount(NEW.id);
        END IF;
    ELSIF what = 'CANCEL_REQUESTED' THEN
        rung := @schema@.taskq_ring('tasks_cancel');
    END IF;
    rung := @schema@.taskq_ring('tasks_changed');
    IF ready THEN
        rung := @schema@.taskq_ring('tasks_ready');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_record_update AFTER UPDATE ON tasks FOR EACH ROW WHEN (NEW.recorded = OLD.recorded)
    EXECUTE FUNCTION taskq_record_update();

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
