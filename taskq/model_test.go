package taskq_test

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/taskq"
)

// A model of the engine in plain Go, and a test that takes both through the same random steps: whatever workers, people,
// upkeep and psql do in whatever order, rows and history are what the model says.

// modelTask is a row of tasks, as far as the model tells.
type modelTask struct {
	ID        uuid.UUID     `db:"id"`
	Type      taskq.Type    `db:"task_type"`
	Status    taskq.Status  `db:"status"`
	Priority  int           `db:"priority"`
	Progress  int           `db:"progress"`
	Attempt   int           `db:"attempt"`
	Max       int           `db:"max_attempts"`
	Lease     int64         `db:"lease"`
	Worker    uuid.NullUUID `db:"worker_id"`
	Asked     bool          `db:"asked"` // to cancel
	Due       bool          `db:"due"`
	HasError  bool          `db:"has_error"`
	HasResult bool          `db:"has_result"`
	Version   int64         `db:"version"`
}

const selectModel = `
	SELECT id, task_type, status, priority, progress, attempt, max_attempts, lease, worker_id,
	       cancel_requested_at IS NOT NULL AS asked, run_at <= now() AS due, error_message IS NOT NULL AS has_error,
	       result IS NOT NULL AS has_result, version
	FROM tasks ORDER BY id`

// modelEvent is a row of task_events.
type modelEvent struct {
	Task    uuid.UUID       `db:"task_id"`
	Version int64           `db:"version"`
	Kind    taskq.EventKind `db:"kind"`
	From    string          `db:"from_status"`
	To      taskq.Status    `db:"to_status"`
	Attempt int             `db:"attempt"`
	Actor   string          `db:"actor"`
	Reason  string          `db:"reason"`
}

const selectModelEvents = `
	SELECT task_id, version, kind, coalesce(from_status, '') AS from_status, to_status, attempt, concat_ws(':', actor, worker_id) AS actor, coalesce(reason, '') AS reason
	FROM task_events ORDER BY task_id, version`

type modelType struct {
	paused bool
	limit  int // 0: none
}

// model and engine, side by side.
type modelRun struct {
	*bench
	t       *rapid.T
	tasks   map[uuid.UUID]*modelTask
	events  []modelEvent
	types   map[taskq.Type]*modelType
	workers map[uuid.UUID]bool // known to the database
	leases  []claimed          // all that ever were
	psql    string             // the actor of raw SQL
}

func newModelRun(b *bench, t *rapid.T) *modelRun {
	b.exec(`TRUNCATE tasks, task_events, workers, task_types`)
	return &modelRun{
		bench: b, t: t, tasks: map[uuid.UUID]*modelTask{}, workers: map[uuid.UUID]bool{b.worker(): true, b.worker(): true},
		types: map[taskq.Type]*modelType{typeA: {}, typeB: {}}, psql: "role:" + get[string](b, `SELECT session_user`),
	}
}

// change moves a task on by one version, with an event unless kind is empty.
func (m *modelRun) change(task *modelTask, kind taskq.EventKind, to taskq.Status, actor, reason string) {
	task.Version++
	if kind != "" {
		m.events = append(m.events, modelEvent{task.ID, task.Version, kind, string(task.Status), to, task.Attempt, actor, reason})
	}
	task.Status = to
	if to != taskq.Running {
		task.Worker = uuid.NullUUID{}
	}
}

func (m *modelRun) having(statuses ...taskq.Status) []*modelTask {
	var found []*modelTask
	for _, task := range m.tasks {
		if slices.Contains(statuses, task.Status) {
			found = append(found, task)
		}
	}
	slices.SortFunc(found, func(a, b *modelTask) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return found
}

// pick draws a task with one of these statuses; the step is skipped when there is none.
func (m *modelRun) pick(statuses ...taskq.Status) *modelTask {
	found := m.having(statuses...)
	if len(found) == 0 {
		m.t.Skip("no such task")
	}
	return rapid.SampledFrom(found).Draw(m.t, "task")
}

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

func (m *modelRun) enqueue() {
	if len(m.tasks) >= 8 {
		m.t.Skip("enough")
	}
	task := &modelTask{
		ID: uuid.Must(uuid.NewV7()), Type: rapid.SampledFrom([]taskq.Type{typeA, typeB}).Draw(m.t, "type"), Status: taskq.Pending,
		Priority: rapid.IntRange(-1, 1).Draw(m.t, "priority"), Max: rapid.IntRange(1, 3).Draw(m.t, "attempts"),
		Due: rapid.Bool().Draw(m.t, "due"), Version: 1,
	}
	n := taskq.NewTask{ID: task.ID, Type: task.Type, Priority: task.Priority, MaxAttempts: task.Max, CreatedBy: "ann"}
	if !task.Due {
		n.RunAt = time.Now().Add(time.Hour)
	}
	_, err := m.client.Enqueue(m.ctx, n)
	require.NoError(m.t, err)
	m.tasks[task.ID] = task
	m.events = append(m.events, modelEvent{task.ID, 1, taskq.EventCreated, "", taskq.Pending, 0, "ann", ""})
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

// outcome checks what an operation says it did to one task.
func (m *modelRun) outcome(want taskq.Outcome, changes []taskq.Change, err error) {
	require.NoError(m.t, err)
	require.Len(m.t, changes, 1)
	require.Equal(m.t, want, changes[0].Outcome, "%+v", changes[0])
}

func (m *modelRun) cancel() {
	task := m.pick(taskq.Statuses()...)
	changes, err := m.client.Cancel(m.ctx, []uuid.UUID{task.ID}, "bob", "unwanted")
	switch {
	case task.Status == taskq.Pending:
		m.outcome(taskq.Changed, changes, err)
		m.change(task, taskq.EventTransition, taskq.Cancelled, "bob", "unwanted")
	case task.Status == taskq.Running && !task.Asked:
		m.outcome(taskq.Changed, changes, err)
		task.Asked = true
		m.change(task, taskq.EventCancelRequested, taskq.Running, "bob", "unwanted")
	case task.Status == taskq.Running || task.Status == taskq.Cancelled:
		m.outcome(taskq.Unchanged, changes, err)
	default:
		m.outcome(taskq.Refused, changes, err)
	}
}

func (m *modelRun) retry() {
	task := m.pick(taskq.Statuses()...)
	changes, err := m.client.Retry(m.ctx, []uuid.UUID{task.ID}, "bob", "again")
	switch task.Status {
	case taskq.Pending:
		m.outcome(taskq.Unchanged, changes, err)
	case taskq.Failed, taskq.Cancelled:
		m.outcome(taskq.Changed, changes, err)
		task.Asked, task.HasError, task.HasResult, task.Progress, task.Due = false, false, false, 0, true
		task.Max = max(task.Max, task.Attempt+1)
		m.change(task, taskq.EventTransition, taskq.Pending, "bob", "again")
	default:
		m.outcome(taskq.Refused, changes, err)
	}
}

func (m *modelRun) setPriority() {
	task, priority := m.pick(taskq.Statuses()...), rapid.IntRange(-1, 1).Draw(m.t, "priority")
	changes, err := m.client.SetPriority(m.ctx, []uuid.UUID{task.ID}, priority, "bob", "")
	switch {
	case task.Priority == priority:
		m.outcome(taskq.Unchanged, changes, err)
	case task.Status.IsFinal():
		m.outcome(taskq.Refused, changes, err)
	default:
		m.outcome(taskq.Changed, changes, err)
		task.Priority = priority
		m.change(task, taskq.EventPriority, task.Status, "bob", "")
	}
}

func (m *modelRun) remove() {
	task := m.pick(taskq.Statuses()...)
	changes, err := m.client.Delete(m.ctx, []uuid.UUID{task.ID}, "bob", "tidy")
	if !task.Status.IsFinal() {
		m.outcome(taskq.Refused, changes, err)
		return
	}
	m.outcome(taskq.Changed, changes, err)
	m.change(task, taskq.EventDeleted, task.Status, "bob", "tidy")
	delete(m.tasks, task.ID)
}

// loseWorker has a worker fall silent, and upkeep rescue what it ran.
func (m *modelRun) loseWorker() {
	worker := m.anyWorker()
	m.exec(`UPDATE workers SET heartbeat_at = now() - interval '1 minute' WHERE id = $1`, worker)
	m.exec(`SELECT taskq_maintain('15 s', '1 hour')`)
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

func (m *modelRun) setType() {
	kind := rapid.SampledFrom([]taskq.Type{typeA, typeB}).Draw(m.t, "type")
	var err error
	switch state := m.types[kind]; rapid.IntRange(0, 2).Draw(m.t, "setting") {
	case 0:
		_, err = m.client.Pause(m.ctx, kind)
		state.paused = true
	case 1:
		_, err = m.client.Resume(m.ctx, kind)
		state.paused = false
	default:
		state.limit = rapid.IntRange(0, 2).Draw(m.t, "limit")
		_, err = m.client.LimitRunning(m.ctx, kind, state.limit)
	}
	require.NoError(m.t, err)
}

// rawStatus writes a status as psql would, mending the columns that its status asks for, and only those.
func (m *modelRun) rawStatus() {
	task := m.pick(taskq.Statuses()...)
	to := rapid.SampledFrom(taskq.Statuses()).Draw(m.t, "to")
	columns := map[taskq.Status]string{
		taskq.Pending:   `max_attempts = greatest(max_attempts, attempt + 1), completed_at = NULL, worker_id = NULL, cancel_requested_at = NULL, result = NULL`,
		taskq.Running:   `completed_at = NULL, worker_id = coalesce(worker_id, gen_random_uuid()), started_at = now(), error_message = NULL, attempt = greatest(attempt, 1)`,
		taskq.Completed: `completed_at = now(), worker_id = NULL, error_message = NULL, progress = 100`,
		taskq.Failed:    `completed_at = now(), worker_id = NULL, error_message = 'by hand'`,
		taskq.Cancelled: `completed_at = now(), worker_id = NULL`,
	}
	_, err := m.db.ExecContext(m.ctx, `UPDATE tasks SET status = $2, `+columns[to]+` WHERE id = $1`, task.ID, to)
	if to == taskq.Running && task.Status != taskq.Running || to != task.Status && !task.Status.CanBecome(to) {
		require.Error(m.t, err, "%s → %s", task.Status, to) // a claim by hand takes no new lease
		return
	}
	if to == task.Status { // the model would have to know every column of it
		if err == nil {
			m.resync(task)
		}
		return
	}
	require.NoError(m.t, err, "%s → %s", task.Status, to)
	switch to {
	case taskq.Pending:
		task.Asked, task.HasResult, task.Max = false, false, max(task.Max, task.Attempt+1)
	case taskq.Completed:
		task.Progress, task.HasError = 100, false
	case taskq.Failed:
		task.HasError = true
	}
	m.change(task, taskq.EventTransition, to, m.psql, "")
}

// resync takes over a row, and the event that its change must have left unless it is RUNNING.
func (m *modelRun) resync(task *modelTask) {
	for _, row := range list[modelTask](m.bench, selectModel) {
		if row.ID == task.ID {
			kind := taskq.EventUpdated
			if row.Status == taskq.Running {
				kind = ""
			}
			m.change(task, kind, task.Status, m.psql, "")
			require.Equal(m.t, row.Version, task.Version)
			*task = row
		}
	}
}

// rawUpdate changes what may be changed by hand.
func (m *modelRun) rawUpdate() {
	task := m.pick(taskq.Statuses()...)
	kind := taskq.EventKind("")
	if task.Status != taskq.Running {
		kind = taskq.EventUpdated
	}
	switch rapid.IntRange(0, 3).Draw(m.t, "what") {
	case 0:
		m.exec(`UPDATE tasks SET description = description || '!' WHERE id = $1`, task.ID)
	case 1: // versions are the engine's
		m.exec(`UPDATE tasks SET description = description || '!', version = 999 WHERE id = $1`, task.ID)
	case 2:
		m.exec(`UPDATE tasks SET run_at = now() - interval '1 day' + random() * interval '1 hour' WHERE id = $1`, task.ID)
		kind, task.Due = taskq.EventSchedule, true
	default:
		m.exec(`UPDATE tasks SET priority = priority + 5 WHERE id = $1 AND priority < 90`, task.ID)
		if task.Priority >= 90 {
			return
		}
		kind, task.Priority = taskq.EventPriority, task.Priority+5
	}
	m.change(task, kind, task.Status, m.psql, "")
}

// rawRefused tries what the database refuses whoever writes.
func (m *modelRun) rawRefused() {
	task := m.pick(taskq.Statuses()...)
	refused := []string{
		`UPDATE tasks SET id = gen_random_uuid() WHERE id = $1`,
		`UPDATE tasks SET task_type = 'TYPE_C' WHERE id = $1`,
		`UPDATE tasks SET created_at = now() - interval '1 day' WHERE id = $1`,
		`UPDATE tasks SET lease = lease - 1 WHERE id = $1`,
		`UPDATE tasks SET status = 'DONE' WHERE id = $1`,
		`UPDATE tasks SET progress = 101 WHERE id = $1`,
		`UPDATE tasks SET priority = 101 WHERE id = $1`,
		`UPDATE tasks SET task_metadata = '[]' WHERE id = $1`,
		`INSERT INTO tasks (id, task_type, status, completed_at, progress) SELECT gen_random_uuid(), task_type, 'COMPLETED', now(), 100 FROM tasks WHERE id = $1`,
	}
	if !task.Status.IsFinal() {
		refused = append(refused,
			`DELETE FROM tasks WHERE id = $1`,
			`UPDATE tasks SET result = '1' WHERE id = $1`,
			`UPDATE tasks SET completed_at = now() WHERE id = $1`,
			`UPDATE tasks SET run_at = 'infinity' WHERE id = $1`)
	}
	if task.Status == taskq.Pending { // it could not be claimed
		refused = append(refused, `UPDATE tasks SET attempt = max_attempts WHERE id = $1`)
	}
	_, err := m.db.ExecContext(m.ctx, rapid.SampledFrom(refused).Draw(m.t, "statement"), task.ID)
	require.Error(m.t, err)
}

func (m *modelRun) check() {
	want := make([]modelTask, 0, len(m.tasks))
	for _, task := range m.having(taskq.Statuses()...) {
		want = append(want, *task)
	}
	require.Equal(m.t, fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", list[modelTask](m.bench, selectModel)))
}

func (m *modelRun) checkHistory() {
	slices.SortFunc(m.events, func(a, b modelEvent) int {
		return cmp.Or(cmp.Compare(a.Task.String(), b.Task.String()), cmp.Compare(a.Version, b.Version))
	})
	got := list[modelEvent](m.bench, selectModelEvents)
	if len(m.events) > 0 || len(got) > 0 {
		require.Equal(m.t, m.events, got)
	}
}

func TestEngineBehavesAsItsModel(t *testing.T) {
	b := setup(t)
	b.ctx = t.Context() // when it fails, shrinking takes a while
	rapid.Check(t, func(t *rapid.T) {
		m := newModelRun(b, t)
		step := func(f func()) func(*rapid.T) { return func(*rapid.T) { f() } }
		t.Repeat(map[string]func(*rapid.T){
			"enqueue": step(m.enqueue), "enqueue again": step(m.enqueue),
			"claim": step(m.claimSome), "claim again": step(m.claimSome), "claim once more": step(m.claimSome),
			"complete": step(m.complete), "progress": step(m.progress), "fail": step(m.fail), "fail again": step(m.fail),
			"release": step(m.release), "cancelled": step(m.cancelled), "hold": step(m.hold),
			"cancel": step(m.cancel), "retry": step(m.retry), "set priority": step(m.setPriority), "delete": step(m.remove),
			"lose a worker": step(m.loseWorker), "heartbeat": step(m.heartbeat), "enforce cancels": step(m.enforceCancels),
			"set a type": step(m.setType),
			"raw status": step(m.rawStatus), "raw update": step(m.rawUpdate), "raw refused": step(m.rawRefused),
			"": step(m.check),
		})
		m.checkHistory()
	})
}
