package taskq_test

import (
	"cmp"
	"database/sql"
	"slices"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/taskq"
)

// What workers do, and what upkeep does to them.

// lease draws a lease, most often an old one, and returns its task if it is valid.
func (m *modelRun) lease() (claimed, *modelTask) {
	if len(m.leases) == 0 {
		m.t.Skip("no lease yet")
	}
	l := rapid.SampledFrom(m.leases).Draw(m.t, "lease")
	if task := m.tasks[l.ID]; task != nil && task.Status == taskq.Running && task.Lease == l.Lease {
		return l, task
	}
	return l, nil
}

func workerOf(task *modelTask) string { return "worker:" + task.Worker.UUID.String() }

func (m *modelRun) anyWorker() uuid.UUID {
	ids := make([]uuid.UUID, 0, len(m.workers))
	for id := range m.workers {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return cmp.Compare(a.String(), b.String()) })
	return rapid.SampledFrom(ids).Draw(m.t, "worker")
}

func (m *modelRun) claimSome() {
	worker, limit := m.anyWorker(), rapid.IntRange(1, 4).Draw(m.t, "limit")
	order := map[uuid.UUID]int{} // of run_at, which the model does not keep
	for i, id := range list[uuid.UUID](m.bench, `SELECT id FROM tasks ORDER BY run_at, id`) {
		order[id] = i
	}
	var got []claimed
	err := m.db.SelectContext(m.ctx, &got, `SELECT id, lease FROM taskq_claim($1, '{TYPE_A,TYPE_B}', $2)`, worker, limit)
	if !m.workers[worker] && len(m.having(taskq.Pending)) > 0 {
		require.ErrorContains(m.t, err, "is not known")
		return
	}
	if !m.workers[worker] {
		return
	}
	require.NoError(m.t, err)
	var want []claimed
	for _, task := range m.claimable(order, limit) {
		task.Lease, task.Attempt, task.Progress, task.HasError = task.Lease+1, task.Attempt+1, 0, false
		task.Worker = uuid.NullUUID{UUID: worker, Valid: true}
		m.change(task, taskq.EventTransition, taskq.Running, workerOf(task), "claimed")
		want = append(want, claimed{task.ID, task.Lease})
	}
	require.Equal(m.t, want, got)
	m.leases = append(m.leases, got...)
}

// claimable returns what a claim takes: the lanes in the order of priorities, each up to the limit of its type.
func (m *modelRun) claimable(order map[uuid.UUID]int, limit int) []*modelTask {
	waiting := m.having(taskq.Pending)
	slices.SortFunc(waiting, func(a, b *modelTask) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Type, b.Type), cmp.Compare(order[a.ID], order[b.ID]))
	})
	running := map[taskq.Type]int{}
	for _, task := range m.having(taskq.Running) {
		running[task.Type]++
	}
	var taken []*modelTask
	for _, task := range waiting {
		state := m.types[task.Type]
		full := state.limit > 0 && running[task.Type] >= state.limit
		if len(taken) < limit && task.Due && !state.paused && !full {
			taken = append(taken, task)
			running[task.Type]++
		}
	}
	return taken
}

func (m *modelRun) complete() {
	l, task := m.lease()
	require.Equal(m.t, task != nil, get[bool](m.bench, lateWrites["complete"], l.ID, l.Lease))
	if task != nil {
		task.Progress, task.HasResult = 100, true
		m.change(task, taskq.EventTransition, taskq.Completed, workerOf(task), "completed")
	}
}

func (m *modelRun) progress() {
	l, task := m.lease()
	percent := rapid.IntRange(0, 99).Draw(m.t, "percent")
	got := list[bool](m.bench, `SELECT cancel_requested FROM taskq_progress(ARRAY[$1::uuid], ARRAY[$2::bigint], ARRAY[$3::smallint], ARRAY['…'])`,
		l.ID, l.Lease, percent)
	if task == nil {
		require.Empty(m.t, got)
		return
	}
	require.Equal(m.t, []bool{task.Asked}, got)
	task.Progress = percent
	m.change(task, "", taskq.Running, "", "")
}

func (m *modelRun) fail() {
	l, task := m.lease()
	retry := rapid.SampledFrom([]string{"", "0", "1 hour"}).Draw(m.t, "retry in")
	got := get[sql.NullString](m.bench, `SELECT taskq_fail($1, $2, 'broken', '', nullif($3, '')::interval)`, l.ID, l.Lease, retry)
	require.Equal(m.t, task != nil, got.Valid)
	if task == nil {
		return
	}
	to := taskq.Failed
	switch {
	case task.Asked:
		to = taskq.Cancelled
	case retry != "" && task.Attempt < task.Max:
		to, task.Due = taskq.Pending, retry == "0"
	}
	require.Equal(m.t, string(to), got.String)
	task.HasError = true
	m.change(task, taskq.EventTransition, to, workerOf(task), "failed")
}

func (m *modelRun) release() {
	l, task := m.lease()
	delay := rapid.SampledFrom([]string{"0", "1 hour"}).Draw(m.t, "delay")
	got := get[sql.NullString](m.bench, `SELECT taskq_release($1, $2, $3::interval, 'snoozed')`, l.ID, l.Lease, delay)
	require.Equal(m.t, task != nil, got.Valid)
	if task == nil {
		return
	}
	to := taskq.Pending
	if task.Asked {
		to = taskq.Cancelled
	}
	require.Equal(m.t, string(to), got.String)
	task.Due = delay == "0"
	task.Attempt--
	m.change(task, taskq.EventTransition, to, workerOf(task), "snoozed")
}

func (m *modelRun) cancelled() {
	l, task := m.lease()
	require.Equal(m.t, task != nil, get[bool](m.bench, lateWrites["cancelled"], l.ID, l.Lease))
	if task != nil {
		task.HasError = true
		m.change(task, taskq.EventTransition, taskq.Cancelled, workerOf(task), "cancelled")
	}
}

func (m *modelRun) hold() {
	l, task := m.lease()
	require.Equal(m.t, task != nil, get[bool](m.bench, lateWrites["hold"], l.ID, l.Lease))
}

// loseWorker has a worker fall silent, and upkeep rescue what it ran.
func (m *modelRun) loseWorker() {
	worker := m.anyWorker()
	m.exec(`UPDATE workers SET heartbeat_at = now() - interval '2 days' WHERE id = $1`, worker)
	m.exec(`SELECT taskq_maintain('1 day', '1 hour')`)
	m.workers[worker] = false
	for _, task := range m.having(taskq.Running) {
		if task.Worker.UUID != worker {
			continue
		}
		to := taskq.Failed
		switch {
		case task.Asked:
			to = taskq.Cancelled
		case task.Attempt < task.Max:
			to, task.Due = taskq.Pending, true
		}
		task.HasError = true
		m.change(task, taskq.EventTransition, to, "taskwire", "worker lost")
	}
}

func (m *modelRun) heartbeat() {
	worker := m.anyWorker()
	require.Equal(m.t, m.workers[worker], get[bool](m.bench, `SELECT taskq_heartbeat($1, 'test', '', 0)`, worker))
	m.workers[worker] = true
}

func (m *modelRun) enforceCancels() {
	m.exec(`SELECT taskq_maintain('1 hour', '0')`)
	for _, task := range m.having(taskq.Running) {
		if task.Asked {
			task.HasError = true
			m.change(task, taskq.EventTransition, taskq.Cancelled, "taskwire", "cancel enforced")
		}
	}
}
