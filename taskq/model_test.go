package taskq_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

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
