package taskq_test

const workerVariable = "TASKWIRE_TEST_WORKER"

func workerProcess(order string) int { return 0 }
