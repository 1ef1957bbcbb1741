package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/globalid"
)

// owned is a server on which two principals that see only their own, and one that sees all, have a task and a document each.
type owned struct {
	*bench
	me, they, boss string // secrets
	mine, theirs   things
}

type things struct{ task, upload, document string } // global ids

func twoOwners(t *testing.T) *owned {
	t.Helper()
	o := &owned{bench: setup(t, nil, guarded(auth.Limits{}))}
	_, o.me = o.key(auth.NewKey{Name: "me", Role: auth.Operator, OwnOnly: true})
	_, o.they = o.key(auth.NewKey{Name: "they", Role: auth.Operator, OwnOnly: true})
	_, o.boss = o.key(auth.NewKey{Name: "boss", Role: auth.Operator})
	o.mine, o.theirs = o.make(o.me), o.make(o.they)
	return o
}

// make makes things, with the same idempotency keys for everybody.
func (o *owned) make(secret string) things {
	o.Helper()
	var made struct {
		CreateTask struct{ Task struct{ ID string } }
	}
	o.ask(secret, `mutation { createTask(input: {type: DATA_IMPORT, idempotencyKey: "1", description: "a task"}) { task { id } } }`, nil, &made)
	r := o.uploadAs(secret, "a.txt", "some text")
	require.Empty(o, r.Errors)
	var uploaded struct {
		UploadDocuments struct{ Documents, Tasks []struct{ ID string } }
	}
	require.NoError(o, json.Unmarshal(r.Data, &uploaded))
	up := uploaded.UploadDocuments
	return things{made.CreateTask.Task.ID, up.Tasks[0].ID, up.Documents[0].ID}
}

func (o *owned) ask(secret, query string, variables map[string]any, into any) {
	o.Helper()
	r := o.postAs(secret, query, variables)
	require.Empty(o, r.Errors)
	require.NoError(o, json.Unmarshal(r.Data, into))
}

// same requires that an operation on something of another's answers as it does for something that never was.
func (o *owned) same(query, theirs string) {
	o.Helper()
	k, _, _ := globalid.Parse(theirs)
	missing := globalid.New(k, uuid.New())
	answer := func(id string) string {
		r := o.postAs(o.me, query, map[string]any{"id": id})
		encoded, err := json.Marshal(map[string]any{"data": r.Data, "errors": r.Errors, "status": r.status})
		require.NoError(o, err)
		return strings.ReplaceAll(string(encoded), id, "ID")
	}
	require.Equal(o, answer(missing), answer(theirs), query)
}

func TestWhatIsOthersLooksLikeNothing(t *testing.T) {
	o := twoOwners(t)
	require.NotEqual(t, o.mine, o.theirs, "one idempotency key, two principals")
	require.Equal(t, o.mine, o.make(o.me), "the same principal gets its own again")
	for _, id := range []string{o.theirs.task, o.theirs.upload} {
		for _, query := range []string{
			`query ($id: ID!) { task(id: $id) { id } }`,
			`query ($id: ID!) { node(id: $id) { id } }`,
			`query ($id: ID!) { nodes(ids: [$id]) { id } }`,
			`query ($id: ID!) { tasks(filter: {ids: [$id]}) { totalCount nodes { id } } }`,
			`mutation ($id: ID!) { cancelTasks(input: {ids: [$id]}) { affectedCount results { id outcome message task { id } } userErrors { message } } }`,
			`mutation ($id: ID!) { retryTasks(input: {ids: [$id]}) { affectedCount results { id outcome message } } }`,
			`mutation ($id: ID!) { deleteTasks(input: {ids: [$id]}) { affectedCount results { id outcome message } } }`,
			`mutation ($id: ID!) { setTaskPriority(input: {ids: [$id], priority: 5}) { affectedCount results { id outcome message } } }`,
			`mutation ($id: ID!) { cancelTasks(input: {filter: {ids: [$id]}}) { affectedCount results { id } } }`,
			`mutation ($id: ID!) { createTask(input: {type: DATA_IMPORT, dependsOn: [{id: $id}]}) { task { id } userErrors { code field message } } }`,
			`mutation ($id: ID!) { createTasks(input: {tasks: [{type: DATA_IMPORT, dependsOn: [{id: $id}]}]}) { tasks { id } userErrors { code field message } } }`,
		} {
			o.same(query, id)
		}
	}
	for _, query := range []string{
		`query ($id: ID!) { document(id: $id) { id } }`,
		`query ($id: ID!) { node(id: $id) { id } }`,
		`mutation ($id: ID!) { createTask(input: {type: DOCUMENT_PROCESSING, metadata: {documentId: $id}}) { task { id } userErrors { code field message } } }`,
	} {
		o.same(query, o.theirs.document)
	}
	var still struct{ Task struct{ Status string } }
	o.ask(o.they, `query ($id: ID!) { task(id: $id) { status } }`, map[string]any{"id": o.theirs.task}, &still)
	require.Equal(t, "PENDING", still.Task.Status)
}

func TestListsHoldOnesOwn(t *testing.T) {
	o := twoOwners(t)
	type count struct{ TotalCount int }
	var seen struct{ Tasks, Foreign, Documents count }
	const query = `{ tasks { totalCount } foreign: tasks(filter: {createdBy: "key:they"}) { totalCount } documents { totalCount } }`
	o.ask(o.me, query, nil, &seen)
	require.Equal(t, []int{2, 0, 1}, []int{seen.Tasks.TotalCount, seen.Foreign.TotalCount, seen.Documents.TotalCount})
	o.ask(o.boss, query, nil, &seen)
	require.Equal(t, []int{4, 2, 2}, []int{seen.Tasks.TotalCount, seen.Foreign.TotalCount, seen.Documents.TotalCount})

	// Many at once touch one's own, whatever the filter says.
	var done struct{ CancelTasks struct{ AffectedCount int } }
	o.ask(o.me, `mutation { cancelTasks(input: {filter: {statuses: [PENDING]}, reason: "enough"}) { affectedCount } }`, nil, &done)
	require.Equal(t, 2, done.CancelTasks.AffectedCount)
	o.ask(o.me, `mutation { cancelTasks(input: {filter: {createdBy: "key:they"}}) { affectedCount } }`, nil, &done)
	require.Equal(t, 0, done.CancelTasks.AffectedCount)
	empty := o.postAs(o.me, `mutation { cancelTasks(input: {filter: {}}) { affectedCount userErrors { message } } }`, nil)
	require.Contains(t, string(empty.Data), "must not be empty")

	// Who did it stands in the history.
	var history struct {
		Task struct {
			CreatedBy string
			History   struct {
				Nodes []struct{ Kind, Actor string }
			}
		}
	}
	o.ask(o.me, `query ($id: ID!) { task(id: $id) { createdBy history { nodes { kind actor } } } }`, map[string]any{"id": o.mine.task}, &history)
	require.Equal(t, "key:me", history.Task.CreatedBy)
	for _, event := range history.Task.History.Nodes {
		require.Equal(t, "key:me", event.Actor, event.Kind)
	}
}

func TestRelationsHoldOnesOwn(t *testing.T) {
	o := twoOwners(t)
	var made struct {
		CreateTask struct{ Task struct{ ID string } }
	}
	const depend = `mutation ($id: ID!) { createTask(input: {type: DATA_IMPORT, dependsOn: [{id: $id}]}) { task { id } } }`
	o.ask(o.boss, depend, map[string]any{"id": o.mine.task}, &made)
	foreign := made.CreateTask.Task.ID
	o.ask(o.me, depend, map[string]any{"id": o.mine.task}, &made)
	var related struct {
		Task struct {
			Dependents struct {
				TotalCount int
				Nodes      []struct{ ID string }
			}
		}
	}
	const query = `query ($id: ID!) { task(id: $id) { dependents { totalCount nodes { id } } } }`
	o.ask(o.me, query, map[string]any{"id": o.mine.task}, &related)
	require.Equal(t, 1, related.Task.Dependents.TotalCount)
	require.Equal(t, made.CreateTask.Task.ID, related.Task.Dependents.Nodes[0].ID)
	o.ask(o.boss, query, map[string]any{"id": o.mine.task}, &related)
	require.Equal(t, 2, related.Task.Dependents.TotalCount)
	require.Nil(t, o.find(o.me, foreign))
}

func (o *owned) find(secret, id string) any {
	o.Helper()
	var found struct{ Node any }
	o.ask(secret, `query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}, &found)
	return found.Node
}

func TestWhatWorksOnEverybodysIsRefused(t *testing.T) {
	o := twoOwners(t)
	for _, query := range []string{
		`mutation { createTask(input: {type: EMBEDDING_GENERATION, metadata: {target: "ALL"}}) { task { id } } }`,
		`mutation { generateEmbeddings(input: {}) { task { id } } }`,
		`mutation { pauseTaskType(input: {type: DATA_IMPORT}) { taskType { paused } } }`,
		`mutation { setTaskTypeLimit(input: {type: DATA_IMPORT, maxRunning: 1}) { taskType { maxRunning } } }`,
		`{ taskStats { counts { count } } }`,
		`{ workers { running } }`,
	} {
		require.Equal(t, []string{"FORBIDDEN"}, o.postAs(o.me, query, nil).codes(), query)
	}
	r := o.postAs(o.me, `mutation { createTask(input: {type: BULK_OPERATION, metadata: {}}) { task { id } userErrors { message } } }`, nil)
	require.Contains(t, string(r.Data), "cannot be created so")
}

// watchIDs watches until the task of that id was deleted, and returns the ids of all updates.
func (o *owned) watchIDs(p *peer, until string) map[string][]string {
	o.Helper()
	seen := map[string][]string{}
	for {
		m := p.hear()
		require.Equal(o, "next", m.Type, "%s", m.Payload)
		var next struct {
			Data struct {
				TaskUpdated struct{ Kind, TaskID, Cursor string }
			}
		}
		require.NoError(o, json.Unmarshal(m.Payload, &next))
		u := next.Data.TaskUpdated
		seen[u.TaskID] = append(seen[u.TaskID], u.Kind)
		if u.TaskID == until && u.Kind == "REMOVED" {
			return seen
		}
	}
}

const watchAll = `subscription ($after: String) { taskUpdated(snapshot: true, after: $after) { kind taskId cursor task { id } event { kind actor } } }`

func TestSubscriptionsTellOfOnesOwn(t *testing.T) {
	o := twoOwners(t)
	live := o.connectAs(o.me)
	live.subscribe("1", watchAll)
	first := live.hear()
	var begun struct {
		Data struct {
			TaskUpdated struct{ Cursor string }
		}
	}
	require.NoError(t, json.Unmarshal(first.Payload, &begun))

	// Others act first, on everything of theirs, then I on mine: had anything of theirs been told, it would come before.
	for _, one := range []struct {
		secret string
		of     things
	}{{o.they, o.theirs}, {o.me, o.mine}} {
		made := o.make(one.secret)
		require.Equal(t, one.of, made)
		for _, action := range []string{"setTaskPriority(input: {filter: {types: [DATA_IMPORT]}, priority: 7})", "cancelTasks(input: {filter: {types: [DATA_IMPORT]}})", "deleteTasks(input: {filter: {types: [DATA_IMPORT]}})"} {
			var done map[string]struct{ AffectedCount int }
			o.ask(one.secret, fmt.Sprintf(`mutation { %s { affectedCount } }`, action), nil, &done)
			for name, outcome := range done {
				require.Equal(t, 1, outcome.AffectedCount, name)
			}
		}
	}
	o.onlyMine(o.watchIDs(live, o.mine.task))

	// What was missed is told of one's own, too, though the deleted rows are gone.
	replay := o.connectAs(o.me)
	require.NoError(t, replay.conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{
		"query": watchAll, "variables": map[string]any{"after": begun.Data.TaskUpdated.Cursor},
	}}))
	o.onlyMine(o.watchIDs(replay, o.mine.task))

	// And of everybody's to who may see it.
	boss := o.connectAs(o.boss)
	require.NoError(t, boss.conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{
		"query": watchAll, "variables": map[string]any{"after": begun.Data.TaskUpdated.Cursor},
	}}))
	require.Contains(t, o.watchIDs(boss, o.theirs.task), o.theirs.task)
}

func (o *owned) onlyMine(seen map[string][]string) {
	o.Helper()
	require.Contains(o, seen, o.mine.task)
	for id := range seen {
		require.Contains(o, []string{o.mine.task, o.mine.upload}, id)
	}
}

func TestStreamsTellOfOnesOwn(t *testing.T) {
	o := twoOwners(t)
	request := o.operation(o.me, `subscription { taskUpdated(snapshot: true) { taskId } }`, nil)
	request.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, stream.Body.Close()) }()
	buffer := make([]byte, 64<<10)
	text := ""
	for !strings.Contains(text, o.mine.task) || !strings.Contains(text, o.mine.upload) {
		n, err := stream.Body.Read(buffer)
		require.NoError(t, err)
		text += string(buffer[:n])
	}
	require.NotContains(t, text, o.theirs.task)
	require.NotContains(t, text, o.theirs.upload)
}

func TestWatchersOfOneQueryAreKeptApart(t *testing.T) {
	o := twoOwners(t)
	const live = `subscription { taskUpdated(filter: {types: [DATA_IMPORT]}, snapshot: true) { kind taskId cursor } }`
	// watch returns once the subscription has begun: what it begins with tells.
	watch := func(secret string, tasks int) *peer {
		p := o.connectAs(secret)
		p.subscribe("1", live)
		for range tasks {
			require.Equal(t, "next", p.hear().Type)
		}
		return p
	}
	me, again, they, boss := watch(o.me, 1), watch(o.me, 1), watch(o.they, 1), watch(o.boss, 2)
	reprioritise := func(secret string, priority int) {
		var done struct{ SetTaskPriority struct{ AffectedCount int } }
		o.ask(secret, fmt.Sprintf(`mutation { setTaskPriority(input: {filter: {types: [DATA_IMPORT]}, priority: %d}) { affectedCount } }`, priority), nil, &done)
		require.Equal(t, 1, done.SetTaskPriority.AffectedCount)
	}
	next := func(p *peer) string {
		m := p.hear()
		require.Equal(t, "next", m.Type)
		var u struct {
			Data struct{ TaskUpdated struct{ TaskID string } }
		}
		require.NoError(t, json.Unmarshal(m.Payload, &u))
		return u.Data.TaskUpdated.TaskID
	}
	for round := range 5 { // the first ones find subscriptions that have just begun, the later ones those that share
		reprioritise(o.they, 10+round)
		require.Equal(t, o.theirs.task, next(boss), "it was told")
		reprioritise(o.me, 10+round)
		require.Equal(t, o.mine.task, next(boss))
		require.Equal(t, o.theirs.task, next(they))
		require.Equal(t, o.mine.task, next(me), "and nothing before")
		require.Equal(t, o.mine.task, next(again))
	}
}
