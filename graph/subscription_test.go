package graph_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

// taskUpdate is an event of taskUpdated.
type taskUpdate struct {
	Kind   string
	TaskID string
	Task   *struct {
		ID, Status, Type string
		Progress         int
		Version          int
		WaitingFor       *string
		Worker           *struct{ Host string }
	}
	Event *struct {
		From, To string
		Version  int
	}
	Cursor string
}

const updateFields = `{ kind taskId task { id status type progress version waitingFor worker { host } } event { from to version } cursor }`

// hearUpdate expects an event of taskUpdated.
func (p *peer) hearUpdate() taskUpdate {
	p.Helper()
	return hearField[taskUpdate](p, "taskUpdated")
}

func TestSubscriberSeesATaskFromBeginningToEnd(t *testing.T) {
	proceed := make(chan struct{})
	b := setup(t, map[taskq.Type]taskq.Handler{
		embed: func(ctx context.Context, task *taskq.Attempt) error {
			for _, percent := range []int{30, 60} {
				task.Progress(percent, "working")
				select {
				case <-proceed:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		},
	})
	p := b.connect()
	marker := b.create(map[string]any{"type": update})
	p.subscribe("1", `subscription { taskUpdated(snapshot: true, filter: {createdBy: "local"}) `+updateFields+` }`)
	require.Equal(t, marker, p.hearUpdate().TaskID, "from here on, nothing is missed")
	id := b.create(map[string]any{"type": embed})

	var statuses []string
	var progress []int
	version := 0
	for {
		u := p.hearUpdate()
		require.Equal(t, id, u.TaskID)
		require.Equal(t, id, u.Task.ID)
		require.Greater(t, u.Task.Version, version, "versions only rise")
		version = u.Task.Version
		if n := len(statuses); n == 0 || statuses[n-1] != u.Task.Status {
			statuses = append(statuses, u.Task.Status)
		}
		if u.Task.Status == "RUNNING" && (u.Task.Progress == 30 || u.Task.Progress == 60) {
			progress = append(progress, u.Task.Progress)
			require.NotNil(t, u.Task.Worker, "loaded for this event")
			proceed <- struct{}{}
		}
		if u.Task.Status == "COMPLETED" {
			require.Equal(t, 100, u.Task.Progress)
			break
		}
	}
	require.Equal(t, []string{"PENDING", "RUNNING", "COMPLETED"}, statuses)
	require.Equal(t, []int{30, 60}, progress)
}

func TestSubscriptionResumesAfterACursor(t *testing.T) {
	b := setup(t, nil)
	p := b.connect()
	before := b.create(map[string]any{"type": embed})
	p.subscribe("1", `subscription { taskUpdated(snapshot: true) `+updateFields+` }`)
	first := p.hearUpdate()
	require.Equal(t, "SNAPSHOT", first.Kind)
	require.Equal(t, before, first.TaskID)
	p.say(`{"type": "complete", "id": "1"}`)

	missed := b.create(map[string]any{"type": update})
	p.subscribe("2", `subscription { taskUpdated(after: "`+first.Cursor+`") `+updateFields+` }`)
	for {
		u := p.hearUpdate()
		if u.TaskID == missed {
			require.Equal(t, "CREATED", u.Kind)
			require.Equal(t, "READY", *u.Task.WaitingFor)
			break
		}
	}

	p.subscribe("3", `subscription { taskUpdated(after: "eyJzIjoiMSIsIm4iOjEsIngiOjF9") { kind } }`)
	expired := p.hear()
	require.Contains(t, string(expired.Payload), `"CURSOR_EXPIRED"`)
	require.Equal(t, "complete", p.hear().Type)
	p.subscribe("4", `subscription { taskUpdated(after: "nonsense") { kind } }`)
	require.Contains(t, string(p.hear().Payload), `"BAD_USER_INPUT"`)
}

func TestTaskThatIsNoLongerSelectedIsRemoved(t *testing.T) {
	b := setup(t, nil)
	id := b.create(map[string]any{"type": embed})
	p := b.connect()
	p.subscribe("1", `subscription { taskUpdated(snapshot: true, filter: {statuses: [PENDING]}) `+updateFields+` }`)
	require.Equal(t, "SNAPSHOT", p.hearUpdate().Kind)
	query[any](b, `mutation ($ids: [ID!]!) { cancelTasks(input: {ids: $ids}) { affectedCount } }`, map[string]any{"ids": []string{id}})
	removed := p.hearUpdate()
	require.Equal(t, "REMOVED", removed.Kind)
	require.Equal(t, id, removed.TaskID)
	require.Nil(t, removed.Task)
	require.Equal(t, "CANCELLED", removed.Event.To)
}
