package taskq_test

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/taskq"
)

// graphModel is what the engine promises about tasks that wait for others, in the simplest words: an edge is settled when
// its dependency completes, or ends in any other way under RUN; a PENDING task whose dependency ends badly under CANCEL is
// cancelled; a task is blocked by its unsettled edges.
type graphModel struct {
	tasks map[uuid.UUID]*node
	order []uuid.UUID
}

type node struct {
	status  taskq.Status
	edges   []*edge
	deleted bool
}

type edge struct {
	on      uuid.UUID
	policy  taskq.OnFailure
	settled bool
	gone    bool // the dependency was deleted
}

func (m *graphModel) end(id uuid.UUID, status taskq.Status) {
	m.tasks[id].status = status
	for _, other := range m.order {
		n := m.tasks[other]
		for _, e := range n.edges {
			if e.on != id || e.settled || e.gone {
				continue
			}
			if status == taskq.Completed || e.policy == taskq.RunDependent {
				e.settled = true
			} else if n.status == taskq.Pending {
				m.end(other, taskq.Cancelled)
			}
		}
	}
}

func (n *node) blockedBy() int {
	count := 0
	for _, e := range n.edges {
		if !e.settled && !e.gone {
			count++
		}
	}
	return count
}

func (m *graphModel) add(id uuid.UUID, dependencies []taskq.Dependency) {
	n := &node{status: taskq.Pending}
	m.tasks[id], m.order = n, append(m.order, id)
	for _, d := range dependencies {
		n.edges = append(n.edges, &edge{on: d.TaskID, policy: d.OnFailure})
	}
	for _, d := range dependencies {
		if on := m.tasks[d.TaskID]; on.status.IsFinal() {
			m.end(d.TaskID, on.status)
		}
	}
}

// canRetry: no dependency that cancels it has ended badly since.
func (m *graphModel) canRetry(id uuid.UUID) bool {
	n := m.tasks[id]
	return (n.status == taskq.Failed || n.status == taskq.Cancelled) && !slices.ContainsFunc(n.edges, func(e *edge) bool {
		s := m.tasks[e.on].status
		return !e.settled && !e.gone && (s == taskq.Failed || s == taskq.Cancelled)
	})
}

func (m *graphModel) delete(id uuid.UUID) {
	m.tasks[id].deleted = true
	m.order = slices.DeleteFunc(m.order, func(other uuid.UUID) bool { return other == id })
	for _, n := range m.tasks {
		for _, e := range n.edges {
			e.gone = e.gone || e.on == id
		}
	}
}

func (m *graphModel) having(statuses ...taskq.Status) []uuid.UUID {
	var ids []uuid.UUID
	for _, id := range m.order {
		if slices.Contains(statuses, m.tasks[id].status) {
			ids = append(ids, id)
		}
	}
	return ids
}

// graphRun drives the engine and the model through the same steps.
type graphRun struct {
	*bench
	t      *rapid.T
	model  *graphModel
	worker uuid.UUID
}

func (g *graphRun) enqueueBatch() {
	many := make([]taskq.NewTask, rapid.IntRange(1, 6).Draw(g.t, "batch"))
	known := slices.Clone(g.model.order)
	for i := range many {
		many[i] = taskq.NewTask{ID: uuid.Must(uuid.NewV7()), Type: typeA, DependsOn: g.dependencies(known)}
		known = append(known, many[i].ID)
	}
	_, err := g.client.EnqueueMany(g.ctx, many)
	require.NoError(g.t, err)
	for _, n := range many {
		g.model.add(n.ID, n.DependsOn)
	}
}

func (g *graphRun) dependencies(known []uuid.UUID) []taskq.Dependency {
	if len(known) == 0 {
		return nil
	}
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom(known), 0, min(3, len(known)), rapid.ID[uuid.UUID]).Draw(g.t, "depends on")
	list := make([]taskq.Dependency, len(ids))
	for i, id := range ids {
		policy := rapid.SampledFrom([]taskq.OnFailure{taskq.CancelDependent, taskq.RunDependent}).Draw(g.t, "policy")
		list[i] = taskq.Dependency{TaskID: id, OnFailure: policy}
	}
	return list
}

// pick draws one of the tasks with these statuses, and skips the step if there is none.
func (g *graphRun) pick(statuses ...taskq.Status) uuid.UUID {
	ids := g.model.having(statuses...)
	if len(ids) == 0 {
		g.t.Skip("no such task")
	}
	return rapid.SampledFrom(ids).Draw(g.t, "task")
}

func (g *graphRun) claimSome() {
	n := rapid.IntRange(1, 3).Draw(g.t, "claim")
	for _, c := range list[claimed](g.bench, `SELECT id, lease FROM taskq_claim($1, '{TYPE_A}', $2)`, g.worker, n) {
		require.Equal(g.t, taskq.Pending, g.model.tasks[c.ID].status)
		require.Zero(g.t, g.model.tasks[c.ID].blockedBy(), "a task began before what it depends on had ended")
		g.model.tasks[c.ID].status = taskq.Running
	}
}

func (g *graphRun) finish() {
	id := g.pick(taskq.Running)
	if rapid.Bool().Draw(g.t, "well") {
		g.exec(`SELECT taskq_complete(worker_id, ARRAY[id], ARRAY[lease], ARRAY[NULL::jsonb]) FROM tasks WHERE id = $1`, id)
		g.model.end(id, taskq.Completed)
		return
	}
	g.exec(`SELECT taskq_fail(id, lease, 'broken', '', NULL) FROM tasks WHERE id = $1`, id)
	g.model.end(id, taskq.Failed)
}

func (g *graphRun) cancel() {
	id := g.pick(taskq.Pending)
	_, err := g.client.Cancel(g.ctx, []uuid.UUID{id}, "ann", "")
	require.NoError(g.t, err)
	g.model.end(id, taskq.Cancelled)
}

func (g *graphRun) retry() {
	id := g.pick(taskq.Failed, taskq.Cancelled)
	changes, err := g.client.Retry(g.ctx, []uuid.UUID{id}, "ann", "")
	require.NoError(g.t, err)
	require.Equal(g.t, g.model.canRetry(id), changes[0].Outcome == taskq.Changed, "%+v", changes[0])
	if changes[0].Outcome == taskq.Changed {
		g.model.tasks[id].status = taskq.Pending
	}
}

// retryByHand is what somebody does in psql who knows nothing of dependencies.
func (g *graphRun) retryByHand() {
	id := g.pick(taskq.Failed, taskq.Cancelled)
	g.exec(`UPDATE tasks SET status = 'PENDING', completed_at = NULL, cancel_requested_at = NULL, max_attempts = attempt + 1 WHERE id = $1`, id)
	n := g.model.tasks[id]
	n.status = taskq.Pending
	for _, e := range n.edges {
		if on := g.model.tasks[e.on].status; !e.gone && on.IsFinal() {
			g.model.end(e.on, on)
		}
	}
}

func (g *graphRun) remove() {
	id := g.pick(taskq.Completed, taskq.Failed, taskq.Cancelled)
	_, err := g.client.Delete(g.ctx, []uuid.UUID{id}, "ann", "")
	require.NoError(g.t, err)
	g.model.delete(id)
}

func (g *graphRun) check() {
	want, got := map[uuid.UUID]string{}, map[uuid.UUID]string{}
	for _, id := range g.model.order {
		n := g.model.tasks[id]
		want[id] = string(n.status)
		if n.status == taskq.Pending {
			want[id] = fmt.Sprint(n.status, n.blockedBy())
		}
	}
	for _, s := range list[taskState](g.bench, `SELECT id, status, blocked_by FROM tasks`) {
		got[s.ID] = string(s.Status)
		if s.Status == taskq.Pending {
			got[s.ID] = fmt.Sprint(s.Status, s.BlockedBy)
		}
	}
	require.Equal(g.t, want, got)
}

// drain ends everything that runs or can: then nothing may be left.
func (g *graphRun) drain() {
	for range 100 {
		g.exec(`SELECT taskq_claim($1, '{TYPE_A}', 100)`, g.worker)
		running := get[int](g.bench, `SELECT count(*) FROM tasks WHERE status = 'RUNNING'`)
		if running == 0 {
			break
		}
		g.exec(`SELECT taskq_fail(id, lease, 'broken', '', NULL) FROM tasks WHERE status = 'RUNNING' AND id::text > 'x' OR random() < 0.5`)
		g.exec(`SELECT taskq_complete(worker_id, array_agg(id ORDER BY id), array_agg(lease ORDER BY id), array_agg(NULL::jsonb)) FROM tasks WHERE status = 'RUNNING' GROUP BY worker_id`)
	}
	require.Zero(g.t, get[int](g.bench, `SELECT count(*) FROM tasks WHERE status IN ('PENDING', 'RUNNING')`), "a task is blocked for good")
}
