DROP TRIGGER task_types_after_change ON task_types;
DROP TRIGGER tasks_after_delete ON tasks;
DROP TRIGGER tasks_record_update ON tasks;
DROP TRIGGER tasks_check_update ON tasks;
DROP TRIGGER tasks_after_insert ON tasks;
DROP FUNCTION taskq_after_type_change, taskq_after_delete, taskq_record_update, taskq_check_update, taskq_recount, taskq_settle, taskq_after_insert, taskq_refuse, taskq_may_wait, taskq_reason,
    taskq_actor, taskq_ring;
