-- The worker protocol: what a worker in any language calls. Every write of a worker is fenced by the lease that its
-- claim gave it: once the task was rescued, cancelled or claimed again, the write changes nothing and says so.
-- All times are the database's. A worker that has not called taskq_heartbeat for 15 s is dead, and its tasks are rescued.

-- Says "I am alive": call it every 5 s and once before the first claim. False: the worker was not known, so whatever it
-- believes to be running is no longer its own.
CREATE FUNCTION taskq_heartbeat(p_worker uuid, p_host text, p_version text, p_running integer) RETURNS boolean
    LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO workers (id, host, version, running) VALUES (p_worker, p_host, p_version, p_running)
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(), running = excluded.running
    RETURNING xmax <> 0
$$;

-- The lanes of these types that hold PENDING tasks: one (type, priority) each, found by skipping along the index. The
-- floor, a place in the order (run_at, id), is where a claim may begin to read: everything before it was claimed long ago,
-- and a long snapshot can keep a million dead entries there. Who keeps a floor allows for transactions that began before it
-- and have not committed.
CREATE FUNCTION taskq_lanes(p_types text[])
    RETURNS TABLE (task_type text, priority smallint, floor_at timestamptz, floor_id uuid, next_at timestamptz)
    LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    WITH RECURSIVE lanes AS (
        SELECT t.type, (SELECT r.priority FROM tasks r WHERE r.task_type = t.type::taskq_type AND r.status = 'PENDING'
                        AND r.blocked_by = 0 ORDER BY r.priority DESC LIMIT 1) AS priority
        FROM unnest(p_types) AS t (type)
        UNION ALL
        SELECT l.type, (SELECT r.priority FROM tasks r WHERE r.task_type = l.type::taskq_type AND r.status = 'PENDING'
                        AND r.blocked_by = 0 AND r.priority < l.priority ORDER BY r.priority DESC LIMIT 1)
        FROM lanes l WHERE l.priority IS NOT NULL)
    SELECT l.type, l.priority, least(first.run_at, now()),
           CASE WHEN first.run_at <= now() THEN first.id ELSE '00000000-0000-0000-0000-000000000000' END, next.run_at
    FROM lanes l
    CROSS JOIN LATERAL (SELECT r.run_at, r.id FROM tasks r WHERE r.task_type = l.type::taskq_type AND r.priority = l.priority
        AND r.status = 'PENDING' AND r.blocked_by = 0 ORDER BY r.run_at, r.id LIMIT 1) first
    LEFT JOIN LATERAL (SELECT r.run_at FROM tasks r WHERE r.task_type = l.type::taskq_type AND r.priority = l.priority
        AND r.status = 'PENDING' AND r.blocked_by = 0 AND r.run_at > now() ORDER BY r.run_at, r.id LIMIT 1) next ON true
    WHERE l.priority IS NOT NULL
    ORDER BY l.priority DESC, l.type
$$;

-- Claims from these lanes in their order; returns what it claimed in any. Locks by ctid in one statement and updates by
-- ctid in the next, so that no statistics can turn the join of the two into a walk over the table.
CREATE FUNCTION taskq_claim_lanes(p_worker uuid, p_types text[], p_priorities smallint[], p_floors timestamptz[], p_floor_ids uuid[],
    p_limit integer) RETURNS SETOF tasks LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    remaining integer := p_limit;
    take integer;
    picked tid[];
    kind task_types;
    due timestamptz := clock_timestamp();
    claimed_any boolean := false;
    rung boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM workers WHERE id = p_worker) THEN
        RAISE EXCEPTION 'worker % is not known or was declared dead: call taskq_heartbeat first', p_worker
            USING ERRCODE = 'TW001';
    END IF;
    FOR i IN 1 .. cardinality(p_types) LOOP
        EXIT WHEN remaining <= 0;
        take := remaining;
        SELECT * INTO kind FROM task_types WHERE type = p_types[i]::taskq_type AND (paused OR max_running IS NOT NULL);
        IF FOUND THEN
            CONTINUE WHEN kind.paused;
            -- Held to the end of the transaction, so that the count stays true until the claim is visible.
            PERFORM pg_advisory_xact_lock(hashtext('taskq_claim'), hashtext(p_types[i]));
            take := least(take, kind.max_running
                - (SELECT count(*) FROM tasks t WHERE t.status = 'RUNNING' AND t.task_type = p_types[i]::taskq_type)::integer);
            CONTINUE WHEN take <= 0;
        END IF;
        picked := ARRAY(
            SELECT t.ctid FROM tasks t
            WHERE t.task_type = p_types[i]::taskq_type AND t.priority = p_priorities[i]
              AND t.status = 'PENDING' AND t.blocked_by = 0 AND (t.run_at, t.id) >= (p_floors[i], p_floor_ids[i]) AND t.run_at <= due
            ORDER BY t.run_at, t.id LIMIT take FOR UPDATE SKIP LOCKED);
        CONTINUE WHEN picked = '{}';
        remaining := remaining - cardinality(picked);
        RETURN QUERY WITH claimed AS (
            UPDATE tasks t
            SET recorded = NOT t.recorded, status = 'RUNNING', attempt = t.attempt + 1, lease = t.lease + 1, worker_id = p_worker, started_at = due,
                progress = 0, progress_message = NULL, progress_at = due, error_message = NULL, version = t.version + 1
            WHERE t.ctid = ANY (picked)
            RETURNING t.*),
        events AS (
            INSERT INTO task_events (task_id, version, task_type, kind, from_status, to_status, attempt, actor, worker_id, reason, took_seconds)
            SELECT c.id, c.version, c.task_type, 'TRANSITION', 'PENDING', 'RUNNING', c.attempt, 'worker', p_worker, 'claimed',
                   date_part('epoch', due - greatest(c.run_at, c.created_at)) FROM claimed c)
        SELECT * FROM claimed;
        claimed_any := true;
    END LOOP;
    IF claimed_any THEN
        rung := taskq_ring('tasks_changed');
    END IF;
END $$;

-- Claims up to p_limit due tasks of these types, highest priority first, oldest first within one. Needs a heartbeat
-- before. The caller owns each returned task until it ends the attempt, or loses the lease.
CREATE FUNCTION taskq_claim(p_worker uuid, p_types text[], p_limit integer) RETURNS SETOF tasks
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    types text[];
    priorities smallint[];
    floors timestamptz[];
    floor_ids uuid[];
BEGIN
    SELECT coalesce(array_agg(l.task_type), '{}'), coalesce(array_agg(l.priority), '{}'), coalesce(array_agg(l.floor_at), '{}'),
           coalesce(array_agg(l.floor_id), '{}')
    INTO types, priorities, floors, floor_ids FROM taskq_lanes(p_types) l;
    RETURN QUERY SELECT * FROM taskq_claim_lanes(p_worker, types, priorities, floors, floor_ids, p_limit) c ORDER BY c.priority DESC, c.task_type, c.run_at, c.id;
END $$;

-- Here "worker_id IS NOT NULL" stands for "status = 'RUNNING'" (tasks_check_update ties the two): as an index condition the status
-- would tempt the planner, with statistics from when nothing ran, to read all that runs for each id. In the statements on
-- many tasks, id = ANY keeps it on the primary key, in the order of ids, whatever the statistics say.

-- Reports progress of many tasks at once. Returns the ids that are still the caller's, and whether each is to be
-- cancelled: an id that is missing was lost.
CREATE FUNCTION taskq_progress(p_ids uuid[], p_leases bigint[], p_progress smallint[], p_messages text[])
    RETURNS TABLE (task_id uuid, cancel_requested boolean) LANGUAGE plpgsql
    SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY UPDATE tasks t SET recorded = NOT t.recorded, progress = u.progress, progress_message = u.message, progress_at = now(), version = t.version + 1
    FROM unnest(p_ids, p_leases, p_progress, p_messages) AS u (id, lease, progress, message)
    WHERE t.id = ANY (p_ids) AND t.id = u.id AND t.lease = u.lease AND t.worker_id IS NOT NULL
    RETURNING t.id, t.cancel_requested_at IS NOT NULL;
    IF FOUND THEN
        PERFORM taskq_ring('tasks_changed');
    END IF;
END $$;

-- Completes many tasks of a worker at once. Returns the ids that were the worker's to complete.
CREATE FUNCTION taskq_complete(p_worker uuid, p_ids uuid[], p_leases bigint[], p_results jsonb[]) RETURNS SETOF uuid LANGUAGE plpgsql
    SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    rung boolean;
BEGIN
    RETURN QUERY WITH completed AS (
        UPDATE tasks t
        SET recorded = NOT t.recorded, status = 'COMPLETED', progress = 100, progress_message = NULL, result = u.result, completed_at = clock_timestamp(),
            worker_id = NULL, version = t.version + 1
        FROM unnest(p_ids, p_leases, p_results) AS u (id, lease, result)
        WHERE t.id = ANY (p_ids) AND t.id = u.id AND t.lease = u.lease AND t.worker_id = p_worker
        RETURNING t.id, t.version, t.task_type, t.attempt, t.completed_at - t.started_at AS took),
    events AS (
        INSERT INTO task_events (task_id, version, task_type, kind, from_status, to_status, attempt, actor, worker_id, reason, took_seconds)
        SELECT c.id, c.version, c.task_type, 'TRANSITION', 'RUNNING', 'COMPLETED', c.attempt, 'worker', p_worker, 'completed',
               date_part('epoch', c.took) FROM completed c)
    SELECT c.id FROM completed c;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM taskq_settle(array_agg(t.id)) FROM tasks t
    WHERE t.id = ANY (p_ids) AND t.status = 'COMPLETED'
      AND EXISTS (SELECT FROM task_dependencies d WHERE d.depends_on = ANY (p_ids) AND NOT d.settled)
    HAVING count(*) > 0;
    rung := taskq_ring('tasks_changed');
    IF EXISTS (SELECT FROM task_types WHERE max_running IS NOT NULL) THEN
        rung := taskq_ring('tasks_ready');
    END IF;
END $$;

-- Ends an attempt that failed: back to PENDING after p_retry_in while attempts remain, else FAILED; NULL: no retry.
-- CANCELLED when that was asked meanwhile. p_error is for people, p_detail (a stack) for the history. Returns the new
-- status, or NULL when the lease was lost.
CREATE FUNCTION taskq_fail(p_id uuid, p_lease bigint, p_error text, p_detail text, p_retry_in interval) RETURNS text
    LANGUAGE plpgsql SET search_path FROM CURRENT SET taskq.actor = 'worker' SET taskq.reason = 'failed' SET taskq.error = '' AS $$
DECLARE
    outcome text;
BEGIN
    PERFORM set_config('taskq.error', coalesce(p_detail, ''), true);
    UPDATE tasks t SET
        status = o.status, error_message = p_error, worker_id = NULL, cancel_requested_at = CASE WHEN o.status <> 'PENDING' THEN t.cancel_requested_at END,
        completed_at = CASE WHEN o.status <> 'PENDING' THEN now() END,
        run_at = CASE WHEN o.status = 'PENDING' THEN now() + p_retry_in ELSE t.run_at END, version = t.version + 1
    FROM (SELECT CASE WHEN r.cancel_requested_at IS NOT NULL THEN 'CANCELLED'
                      WHEN p_retry_in IS NOT NULL AND r.attempt < r.max_attempts THEN 'PENDING'
                      ELSE 'FAILED' END AS status
          FROM tasks r WHERE r.id = p_id FOR UPDATE) o
    WHERE t.id = p_id AND t.lease = p_lease AND t.worker_id IS NOT NULL
    RETURNING t.status INTO outcome;
    RETURN outcome;
END $$;

-- Puts a running task back without using up its attempt: snoozed, or handed back at shutdown. CANCELLED when that was
-- asked meanwhile. Returns the new status, or NULL when the lease was lost.
CREATE FUNCTION taskq_release(p_id uuid, p_lease bigint, p_delay interval, p_reason text) RETURNS text
    LANGUAGE plpgsql SET search_path FROM CURRENT SET taskq.actor = 'worker' SET taskq.reason = '' AS $$
DECLARE
    outcome text;
BEGIN
    PERFORM set_config('taskq.reason', p_reason, true);
    UPDATE tasks t SET
        status = CASE WHEN t.cancel_requested_at IS NULL THEN 'PENDING' ELSE 'CANCELLED' END,
        completed_at = CASE WHEN t.cancel_requested_at IS NOT NULL THEN now() END,
        attempt = t.attempt - 1, run_at = now() + p_delay, worker_id = NULL, version = t.version + 1
    WHERE t.id = p_id AND t.lease = p_lease AND t.worker_id IS NOT NULL
    RETURNING t.status INTO outcome;
    RETURN outcome;
END $$;

-- Ends an attempt as CANCELLED. False when the lease was lost.
CREATE FUNCTION taskq_cancelled(p_id uuid, p_lease bigint, p_error text) RETURNS boolean
    LANGUAGE plpgsql SET search_path FROM CURRENT SET taskq.actor = 'worker' SET taskq.reason = 'cancelled' AS $$
BEGIN
    UPDATE tasks t SET status = 'CANCELLED', completed_at = now(), error_message = p_error, worker_id = NULL, version = t.version + 1
    WHERE t.id = p_id AND t.lease = p_lease AND t.worker_id IS NOT NULL;
    RETURN FOUND;
END $$;

-- Holds the task's row for this transaction if the lease is still the caller's: what the transaction writes commits with
-- the lease or not at all.
CREATE FUNCTION taskq_hold(p_id uuid, p_lease bigint) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM tasks WHERE id = p_id AND lease = p_lease AND worker_id IS NOT NULL FOR NO KEY UPDATE;
    RETURN FOUND;
END $$;

-- Upkeep, called by every process each second or so; one at a time does it. Returns how many tasks it changed.
-- Rescues: the tasks of workers silent for longer than p_dead_after go back to PENDING (CANCELLED if that was asked, FAILED
-- when their attempts are used up). Enforces: a task whose cancel was asked p_grace ago is CANCELLED even if its handler
-- goes on; whatever that attempt writes later is refused.
CREATE FUNCTION taskq_maintain(p_dead_after interval, p_grace interval) RETURNS integer LANGUAGE plpgsql
    SET search_path FROM CURRENT SET taskq.actor = 'taskwire' SET taskq.reason = '' SET taskq.settling = 'on' AS $$
DECLARE
    rescued integer;
    enforced integer;
    ended uuid[];
    cancelled uuid[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('taskq'), hashtext('maintain')) THEN
        RETURN 0;
    END IF;
    DELETE FROM workers WHERE heartbeat_at < now() - p_dead_after;
    PERFORM set_config('taskq.reason', 'worker lost', true);
    WITH changed AS (
        UPDATE tasks t SET
            status = o.status, worker_id = NULL, version = t.version + 1,
            run_at = CASE WHEN o.status = 'PENDING' THEN now() ELSE t.run_at END,
            cancel_requested_at = CASE WHEN o.status <> 'PENDING' THEN t.cancel_requested_at END,
            completed_at = CASE WHEN o.status <> 'PENDING' THEN now() END,
            error_message = 'The worker that ran attempt ' || t.attempt || ' stopped responding.'
        FROM (SELECT r.id, CASE WHEN r.cancel_requested_at IS NOT NULL THEN 'CANCELLED'
                                WHEN r.attempt < r.max_attempts THEN 'PENDING'
                                ELSE 'FAILED' END AS status
              FROM tasks r
              WHERE r.status = 'RUNNING' AND NOT EXISTS (SELECT FROM workers w WHERE w.id = r.worker_id)
              ORDER BY r.id LIMIT 5000 FOR UPDATE SKIP LOCKED) o
        WHERE t.id = o.id
        RETURNING t.id, t.status)
    SELECT count(*), array_agg(id) FILTER (WHERE status <> 'PENDING') INTO rescued, ended FROM changed;
    PERFORM set_config('taskq.reason', 'cancel enforced', true);
    WITH changed AS (
        UPDATE tasks t SET status = 'CANCELLED', worker_id = NULL, version = t.version + 1, completed_at = now(),
            error_message = 'Cancelled; the handler did not stop in time.'
        FROM (SELECT r.id FROM tasks r WHERE r.status = 'RUNNING' AND r.cancel_requested_at < now() - p_grace
              ORDER BY r.id LIMIT 5000 FOR UPDATE SKIP LOCKED) o
        WHERE t.id = o.id
        RETURNING t.id)
    SELECT count(*), array_agg(id) INTO enforced, cancelled FROM changed;
    IF rescued + enforced > 0 THEN
        PERFORM taskq_settle(ended || cancelled);
    END IF;
    RETURN rescued + enforced;
END $$;

-- Cancels what is PENDING among these tasks, which the caller has locked, and asks for it where they run. Returns the ids
-- that it changed. Those that wait for the cancelled ones are settled together, in the order of ids, as everywhere that
-- several tasks end in one statement: settled for each of them in turn, two such statements could wait for each other.
CREATE FUNCTION taskq_cancel(p_ids uuid[]) RETURNS SETOF uuid LANGUAGE plpgsql SET search_path FROM CURRENT SET taskq.settling = 'on' AS $$
DECLARE
    changed uuid[];
    ended uuid[];
BEGIN
    WITH cancelled AS (
        UPDATE tasks t SET
            status = CASE t.status WHEN 'PENDING' THEN 'CANCELLED' ELSE t.status END,
            completed_at = CASE t.status WHEN 'PENDING' THEN now() END,
            cancel_requested_at = CASE t.status WHEN 'RUNNING' THEN now() END,
            version = t.version + 1
        WHERE t.id = ANY (p_ids) AND (t.status = 'PENDING' OR (t.status = 'RUNNING' AND t.cancel_requested_at IS NULL))
        RETURNING t.id, t.status)
    SELECT array_agg(id), array_agg(id) FILTER (WHERE status = 'CANCELLED') INTO changed, ended FROM cancelled;
    PERFORM taskq_settle(ended);
    RETURN QUERY SELECT unnest(changed);
END $$;
