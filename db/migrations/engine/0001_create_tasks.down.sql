DROP TABLE task_types, workers, task_dependencies, task_events, tasks;
DROP DOMAIN taskq_type;
