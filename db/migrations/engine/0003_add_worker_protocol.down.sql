DROP FUNCTION taskq_cancel, taskq_maintain, taskq_hold, taskq_cancelled, taskq_release, taskq_fail, taskq_complete, taskq_progress, taskq_claim,
    taskq_claim_lanes, taskq_lanes, taskq_heartbeat;
