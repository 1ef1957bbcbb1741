DROP TABLE task_types, workers, task_dependencies, task_events, tasks;
DROP DOMAIN taskq_type, taskq_priority, taskq_percent, taskq_count, taskq_attempts, taskq_seconds, taskq_time, taskq_description,
    taskq_key, taskq_object;
