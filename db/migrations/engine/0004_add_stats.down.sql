DROP TRIGGER tasks_after_truncate ON tasks;
DROP FUNCTION taskq_after_truncate, taskq_fold_stats, taskq_begin_stats, taskq_snapshot_until, taskq_error_kind, taskq_add, taskq_bin;
DROP TABLE task_failures, task_buckets, task_counts, task_stats_place;
