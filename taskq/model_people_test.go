package taskq_test

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/taskq"
)

// What people and programs do.

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
