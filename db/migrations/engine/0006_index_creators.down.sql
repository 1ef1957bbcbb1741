DROP INDEX tasks_created_by_ended, tasks_created_by;
