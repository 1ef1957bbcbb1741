#!/usr/bin/env python3
"""A Taskwire worker in Python: counts the letters of tasks of type COUNT_LETTERS. Needs psql; DATABASE_URL says where."""
import json, os, socket, subprocess, threading, time, uuid

WORKER, TYPES = str(uuid.uuid4()), "{COUNT_LETTERS}"


def sql(query, **values):
    """Runs one statement; :'name' in it stands for a value. Returns its rows as lists of text."""
    command = ["psql", os.environ["DATABASE_URL"], "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
    for name, value in values.items():
        command += ["-v", f"{name}={value}"]
    out = subprocess.run(command, input=query, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in out.splitlines()]


def heartbeat():
    sql("SELECT taskq_heartbeat(:'worker', :'host', 'python', 1)", worker=WORKER, host=socket.gethostname())


def keep_alive():
    while True:
        time.sleep(5)
        heartbeat()


def run(task, lease, metadata):
    text = json.loads(metadata)["text"]
    owned = sql("SELECT * FROM taskq_progress(ARRAY[:'task'::uuid], ARRAY[:lease::bigint], '{50}', '{counting}')", task=task, lease=lease)
    if not owned or owned[0][1] == "t":  # lost, or to be cancelled: raising ends the attempt
        raise InterruptedError("cancelled")
    result = json.dumps({"letters": sum(c.isalpha() for c in text)})
    sql("SELECT taskq_complete(:'worker', ARRAY[:'task'::uuid], ARRAY[:lease::bigint], ARRAY[:'result'::jsonb])", worker=WORKER, task=task, lease=lease, result=result)


heartbeat()
threading.Thread(target=keep_alive, daemon=True).start()
while True:
    claimed = sql("SELECT id, lease, task_metadata FROM taskq_claim(:'worker', :'types', 1)", worker=WORKER, types=TYPES)
    for task, lease, metadata in claimed:
        try:
            run(task, lease, metadata)
        except Exception as error:  # back to PENDING for a minute, or FAILED after the last attempt
            sql("SELECT taskq_fail(:'task', :lease, :'error', NULL, interval '1 minute')", task=task, lease=lease, error=error)
    if not claimed:
        time.sleep(0.5)
