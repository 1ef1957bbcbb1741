-- Statistics are a fold of the events: what happened since the last fold is added to a few small tables, in the
-- transaction that moves the place up to which events are counted. Whoever writes tasks pays nothing, each event counts
-- exactly once, whatever is killed when, and no statistic ever reads the table of tasks.

CREATE TABLE task_stats_place (
    one_row   boolean     PRIMARY KEY DEFAULT true CHECK (one_row),
    system    text        NOT NULL,                           -- the cluster: its numbers of transactions mean nothing in another
    place     pg_snapshot NOT NULL,                           -- what is visible in it has been counted
    fold      bigint      NOT NULL DEFAULT 1,                 -- grows with each fold
    folded_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE task_counts (
    task_type text   NOT NULL,
    status    text   NOT NULL,
    count     bigint NOT NULL,
    PRIMARY KEY (task_type, status)
) WITH (fillfactor = 50);

-- What happened by time, three times over, each fine enough for one window: 60 s for an hour, 20 min for a day, 3 h for a
-- week. A histogram's element n counts durations of 2^((n-1)/4) to 2^(n/4) ms, the first one all shorter ones, too.
CREATE TABLE task_buckets (
    seconds    integer     NOT NULL,                          -- how long the bucket is
    started_at timestamptz NOT NULL,
    task_type  text        NOT NULL,
    created    bigint      NOT NULL,
    completed  bigint      NOT NULL,
    failed     bigint      NOT NULL,
    cancelled  bigint      NOT NULL,
    retried    bigint      NOT NULL,                          -- attempts that failed with another one to come
    wait       bigint[],                                      -- histogram: from ready to started
    run        bigint[],                                      -- histogram: from started to completed
    PRIMARY KEY (seconds, started_at, task_type)
) WITH (fillfactor = 50);

-- Why attempts failed, at most twenty messages a bucket: '' stands for all others.
CREATE TABLE task_failures (
    seconds         integer     NOT NULL,
    started_at      timestamptz NOT NULL,
    task_type       text        NOT NULL,
    message         text        NOT NULL,
    count           bigint      NOT NULL,
    last_at         timestamptz NOT NULL,
    example_task_id uuid        NOT NULL,
    PRIMARY KEY (seconds, started_at, task_type, message)
) WITH (fillfactor = 50);

-- The histogram's element that a duration belongs to. The last one, of 31 hours, takes all longer ones, too.
CREATE FUNCTION taskq_bin(took_seconds double precision) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT 1 + least(greatest(floor(4 * ln(greatest(took_seconds, 1e-6) * 1000) / ln(2.0::float8)), 0), 107)::integer
$$;

CREATE FUNCTION taskq_add(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY n) FROM unnest(a, b) WITH ORDINALITY AS u (x, y, n)
$$;

-- What errors of one kind have in common: the first line without what is quoted, numbers and ids.
CREATE FUNCTION taskq_error_kind(error text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT btrim(regexp_replace(regexp_replace(split_part(error, E'\n', 1),
        '"[^"]*"|“[^”]*”|\m[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\M|\m[0-9a-f]*[0-9][0-9a-f]*\M|[0-9]+', '…', 'gi'), '…([.:,/-]…)+', '…', 'g'))
$$;

-- The snapshot as it would be if no transaction after that one had begun.
CREATE FUNCTION taskq_snapshot_until(place pg_snapshot, until xid8) RETURNS pg_snapshot LANGUAGE sql IMMUTABLE AS $$
    SELECT format('%s:%s:%s', coalesce(min(x), until::text::bigint + 1), until::text::bigint + 1,
                  string_agg(x::text, ',' ORDER BY x))::pg_snapshot
    FROM (SELECT xip::text::bigint AS x FROM pg_snapshot_xip(place) AS xip WHERE xip <= until) AS in_flight
$$;

-- Counts all tasks: once, to begin with, and when the place cannot be used, as after a restore into another cluster. The
-- counts and the place come from one statement, and so from one snapshot.
CREATE FUNCTION taskq_begin_stats() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('taskq'), hashtext('stats')); -- no fold goes on
    DELETE FROM task_counts;
    WITH now AS MATERIALIZED (SELECT pg_current_snapshot() AS place),
    counted AS (INSERT INTO task_counts SELECT task_type, status, count(*) FROM tasks GROUP BY 1, 2)
    INSERT INTO task_stats_place (system, place)
    SELECT (SELECT system_identifier::text FROM pg_control_system()), place FROM now
    ON CONFLICT (one_row) DO UPDATE SET system = excluded.system, place = excluded.place, fold = task_stats_place.fold + 1, folded_at = now();
END $$;

-- Counts what happened since the last fold, unless another is at it or that was less than p_every ago. Takes p_limit
-- events and those of the transaction that the last of them belongs to: a transaction is counted as a whole. Returns how
-- many it has counted; with p_limit or more there may be more to count.
-- Planned to read events by their transaction only: with statistics from an empty table it would read all of them.
CREATE FUNCTION taskq_fold_stats(p_limit integer, p_every interval) RETURNS bigint LANGUAGE plpgsql
    SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
DECLARE
    here task_stats_place;
    until xid8;
    folded bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('taskq'), hashtext('stats')) THEN
        RETURN 0;
    END IF;
    SELECT * INTO here FROM task_stats_place;
    IF clock_timestamp() < here.folded_at + p_every THEN
        RETURN 0;
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true); -- the place is lost with the counts, or kept with them
    IF here.system IS DISTINCT FROM (SELECT system_identifier::text FROM pg_control_system()) THEN
        PERFORM taskq_begin_stats();
        RETURN 0;
    END IF;
    SELECT xid INTO until FROM task_events WHERE xid >= pg_snapshot_xmax(here.place) ORDER BY xid OFFSET p_limit - 1 LIMIT 1;

    WITH now AS MATERIALIZED (SELECT pg_current_snapshot() AS place),
    seen AS (
        SELECT task_id, task_type, kind, from_status, to_status, error, took_seconds, at
        FROM task_events WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(here.place)))
        UNION ALL
        SELECT task_id, task_type, kind, from_status, to_status, error, took_seconds, at
        FROM task_events WHERE xid >= pg_snapshot_xmax(here.place) AND (until IS NULL OR xid <= until)),
    grouped AS MATERIALIZED (
        SELECT task_type, date_bin('1 minute', at, 'epoch') AS minute, kind, from_status, to_status, taskq_bin(took_seconds) AS bin,
               CASE WHEN from_status = 'RUNNING' AND to_status IN ('PENDING', 'FAILED') THEN left(error, 200) END AS error,
               count(*) AS n, max(at) AS last_at,
               max(task_id::text) FILTER (WHERE from_status = 'RUNNING' AND to_status IN ('PENDING', 'FAILED')) AS example
        FROM seen GROUP BY 1, 2, 3, 4, 5, 6, 7),
    sizes (seconds) AS (VALUES (60), (1200), (10800)),
    spread AS (
        SELECT s.seconds, date_bin(s.seconds * interval '1 second', g.minute, 'epoch') AS started_at, g.*
        FROM grouped g CROSS JOIN sizes s WHERE g.kind IN ('CREATED', 'TRANSITION')),
    moved AS (
        INSERT INTO task_counts AS c (task_type, status, count)
        SELECT task_type, status, sum(n) FROM (
            SELECT task_type, to_status AS status, n FROM grouped WHERE kind IN ('CREATED', 'TRANSITION')
            UNION ALL
            SELECT task_type, from_status, -n FROM grouped WHERE kind IN ('TRANSITION', 'DELETED')) AS moves
        GROUP BY 1, 2 HAVING sum(n) <> 0
        ON CONFLICT (task_type, status) DO UPDATE SET count = c.count + excluded.count),
    bins AS (
        SELECT seconds, started_at, task_type, to_status = 'RUNNING' AS waited, bin, sum(n) AS n
        FROM spread WHERE bin IS NOT NULL AND to_status IN ('RUNNING', 'COMPLETED') GROUP BY 1, 2, 3, 4, 5),
    histograms AS (
        SELECT h.seconds, h.started_at, h.task_type, h.waited, array_agg(coalesce(b.n, 0)::bigint ORDER BY i.bin) AS counts
        FROM (SELECT seconds, started_at, task_type, waited, max(bin) AS longest FROM bins GROUP BY 1, 2, 3, 4) AS h
        CROSS JOIN LATERAL generate_series(1, h.longest) AS i (bin)
        LEFT JOIN bins b ON b.seconds = h.seconds AND b.started_at = h.started_at AND b.task_type = h.task_type
            AND b.waited = h.waited AND b.bin = i.bin
        GROUP BY 1, 2, 3, 4),
    happened AS (
        SELECT seconds, started_at, task_type,
               coalesce(sum(n) FILTER (WHERE kind = 'CREATED'), 0) AS created,
               coalesce(sum(n) FILTER (WHERE kind = 'TRANSITION' AND to_status = 'COMPLETED'), 0) AS completed,
               coalesce(sum(n) FILTER (WHERE kind = 'TRANSITION' AND to_status = 'FAILED'), 0) AS failed,
               coalesce(sum(n) FILTER (WHERE kind = 'TRANSITION' AND to_status = 'CANCELLED'), 0) AS cancelled,
               coalesce(sum(n) FILTER (WHERE to_status = 'PENDING' AND error IS NOT NULL), 0) AS retried
        FROM spread GROUP BY 1, 2, 3),
    bucketed AS (
        INSERT INTO task_buckets AS b
        SELECT h.*, w.counts, r.counts FROM happened h
        LEFT JOIN histograms w ON w.seconds = h.seconds AND w.started_at = h.started_at AND w.task_type = h.task_type AND w.waited
        LEFT JOIN histograms r ON r.seconds = h.seconds AND r.started_at = h.started_at AND r.task_type = h.task_type AND NOT r.waited
        ON CONFLICT (seconds, started_at, task_type) DO UPDATE SET
            created = b.created + excluded.created, completed = b.completed + excluded.completed,
            failed = b.failed + excluded.failed, cancelled = b.cancelled + excluded.cancelled, retried = b.retried + excluded.retried,
            wait = taskq_add(b.wait, excluded.wait), run = taskq_add(b.run, excluded.run)),
    errors AS ( -- the pattern is dear: what is rare in a flood of errors goes without
        SELECT task_type, minute, CASE WHEN rank <= 1000 THEN taskq_error_kind(error) ELSE '' END AS message, n, last_at, example
        FROM (SELECT *, row_number() OVER (ORDER BY n DESC) AS rank FROM grouped WHERE error IS NOT NULL) AS ranked),
    failures AS (
        SELECT s.seconds, date_bin(s.seconds * interval '1 second', e.minute, 'epoch') AS started_at, e.task_type, e.message,
               sum(e.n) AS n, max(e.last_at) AS last_at, max(e.example) AS example
        FROM errors e CROSS JOIN sizes s GROUP BY 1, 2, 3, 4),
    ranked AS (
        SELECT f.*, k.message IS NOT NULL OR row_number() OVER (
                   PARTITION BY f.seconds, f.started_at, f.task_type, k.message IS NULL ORDER BY f.n DESC, f.message)
               <= 20 - (SELECT count(*) FROM task_failures t WHERE t.seconds = f.seconds AND t.started_at = f.started_at
                        AND t.task_type = f.task_type) AS has_place
        FROM failures f LEFT JOIN task_failures k ON k.seconds = f.seconds AND k.started_at = f.started_at
            AND k.task_type = f.task_type AND k.message = f.message),
    failed AS (
        INSERT INTO task_failures AS f
        SELECT seconds, started_at, task_type, CASE WHEN has_place THEN message ELSE '' END, sum(n), max(last_at), max(example)::uuid
        FROM ranked GROUP BY 1, 2, 3, 4
        ON CONFLICT (seconds, started_at, task_type, message) DO UPDATE SET
            count = f.count + excluded.count, last_at = greatest(f.last_at, excluded.last_at), example_task_id = excluded.example_task_id),
    placed AS (
        UPDATE task_stats_place p SET fold = p.fold + 1, folded_at = clock_timestamp(),
               place = CASE WHEN until IS NULL THEN now.place ELSE taskq_snapshot_until(now.place, until) END
        FROM now WHERE EXISTS (SELECT FROM grouped))
    SELECT coalesce(sum(n), 0) INTO folded FROM grouped;

    IF folded > 0 AND date_trunc('minute', here.folded_at) <> date_trunc('minute', clock_timestamp()) THEN
        DELETE FROM task_buckets WHERE started_at < now() - 120 * seconds * interval '1 second';
        DELETE FROM task_failures WHERE started_at < now() - 120 * seconds * interval '1 second';
    END IF;
    RETURN folded;
END $$;

-- No event tells of what a TRUNCATE removes: the next fold counts again.
CREATE FUNCTION taskq_after_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM task_stats_place;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_after_truncate AFTER TRUNCATE ON tasks FOR EACH STATEMENT EXECUTE FUNCTION taskq_after_truncate();

SELECT taskq_begin_stats();
