DROP INDEX tasks_metadata, tasks_priority, tasks_unsuccessful, tasks_ended;
