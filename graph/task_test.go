package graph_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

const embed, update = taskq.Type("EMBEDDING_GENERATION"), taskq.Type("PRODUCT_UPDATE")

type page struct {
	Nodes    []struct{ ID, Description string }
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
	TotalCount int
}

func (p page) descriptions() []string {
	var list []string
	for _, node := range p.Nodes {
		list = append(list, node.Description)
	}
	return list
}

const pageFields = `{ nodes { id description } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }`

func (b *bench) page(arguments string) page {
	b.Helper()
	return query[struct{ Tasks page }](b, `{ tasks(`+arguments+`) `+pageFields+` }`, nil).Tasks
}

func TestTasksArePagedBothWays(t *testing.T) {
	b := setup(t, nil)
	for i := range 7 {
		b.create(map[string]any{"type": embed, "description": fmt.Sprint("task ", i)})
	}

	first := b.page(`first: 3`)
	require.Equal(t, []string{"task 6", "task 5", "task 4"}, first.descriptions())
	require.Equal(t, 7, first.TotalCount)
	require.True(t, first.PageInfo.HasNextPage)
	require.False(t, first.PageInfo.HasPreviousPage)

	second := b.page(fmt.Sprintf(`first: 3, after: %q`, *first.PageInfo.EndCursor))
	require.Equal(t, []string{"task 3", "task 2", "task 1"}, second.descriptions())

	third := b.page(fmt.Sprintf(`first: 3, after: %q`, *second.PageInfo.EndCursor))
	require.Equal(t, []string{"task 0"}, third.descriptions())
	require.False(t, third.PageInfo.HasNextPage)

	back := b.page(fmt.Sprintf(`last: 2, before: %q`, *third.PageInfo.StartCursor))
	require.Equal(t, []string{"task 2", "task 1"}, back.descriptions())
	require.True(t, back.PageInfo.HasPreviousPage)

	ascending := b.page(`first: 2, orderBy: {direction: ASC}`)
	require.Equal(t, []string{"task 0", "task 1"}, ascending.descriptions())

	none := b.page(`filter: {statuses: [FAILED]}`)
	require.Empty(t, none.Nodes)
	require.Nil(t, none.PageInfo.EndCursor)
}

func TestPageArgumentsThatCannotBe(t *testing.T) {
	b := setup(t, nil)
	b.create(map[string]any{"type": embed})
	b.create(map[string]any{"type": embed})
	cursor := *b.page(`first: 1`).PageInfo.EndCursor
	for _, arguments := range []string{
		`first: 0`, `first: -1`, `first: 101`, `last: 101`, `first: 1, last: 1`, `after: "x"`, `first: 1, before: "AAAA"`,
		fmt.Sprintf(`after: %q, orderBy: {field: PRIORITY}`, cursor),
		fmt.Sprintf(`after: %q, orderBy: {direction: ASC}`, cursor),
		`filter: {ids: ["nothing"]}`, `filter: {metadata: 1}`, `first: 99999999999`,
		`filter: {createdAt: {from: "yesterday"}}`,
	} {
		r := b.post(`{ tasks(`+arguments+`) { nodes { id } } }`, nil)
		require.Equal(t, []string{"BAD_USER_INPUT"}, r.codes(), "%s: %s", arguments, r.Errors)
	}
}

func TestTasksAreFiltered(t *testing.T) {
	b := setup(t, nil)
	b.create(map[string]any{"type": embed, "description": "Red shoes", "priority": 5, "metadata": map[string]any{"shop": 7}})
	b.create(map[string]any{"type": embed, "description": "Blue shoes", "priority": 1})
	b.create(map[string]any{"type": update, "description": "Red hats"})
	for filter, want := range map[string][]string{
		`types: [PRODUCT_UPDATE]`:    {"Red hats"},
		`types: []`:                  nil,
		`search: "SHOES red"`:        {"Red shoes"},
		`priority: {min: 1}`:         {"Blue shoes", "Red shoes"},
		`priority: {min: 1, max: 4}`: {"Blue shoes"},
		`metadata: {shop: 7}`:        {"Red shoes"},
		`createdAt: {from: "2000-01-01T00:00:00Z"}, search: "ha"`: {"Red hats"},
		`createdAt: {until: "2000-01-01T00:00:00Z"}`:              nil,
		`createdBy: "local", statuses: [PENDING, RUNNING]`:        {"Red hats", "Blue shoes", "Red shoes"},
		`createdBy: "somebody"`:                                   nil,
	} {
		require.Equal(t, want, b.page(`filter: {`+filter+`}`).descriptions(), filter)
	}
}

func TestTaskTellsEverything(t *testing.T) {
	b := setup(t, map[taskq.Type]taskq.Handler{
		embed: func(_ context.Context, task *taskq.Attempt) error {
			return task.SetResult(map[string]int{"embedded": 3})
		},
	})
	id := b.create(map[string]any{"type": embed, "metadata": map[string]any{"target": "ALL", "big": 12345678901234567}})
	b.awaitStatus(id, "COMPLETED")

	type event struct{ From, To, Kind, Actor string }
	got := query[struct {
		Task struct {
			ID, Type, Status, Description, CreatedBy string
			Progress, Attempt, MaxAttempts           int
			Metadata, Result                         map[string]any
			WaitingFor, ErrorMessage                 *string
			Stalled                                  bool
			CompletedAt                              string
			Worker                                   *struct{ ID string }
			History                                  struct{ Nodes []event }
		}
		Node struct{ Status string }
	}](b, `query ($id: ID!) {
		task(id: $id) { id type status description createdBy progress attempt maxAttempts metadata result waitingFor errorMessage
			stalled completedAt worker { id } history { nodes { from to kind actor } } }
		node(id: $id) { ... on Task { status } } }`, map[string]any{"id": id})
	require.Equal(t, id, got.Task.ID)
	require.Equal(t, "COMPLETED", got.Node.Status)
	require.Equal(t, 100, got.Task.Progress)
	require.Equal(t, map[string]any{"embedded": 3.0}, got.Task.Result)
	require.Equal(t, "local", got.Task.CreatedBy)
	require.Nil(t, got.Task.WaitingFor)
	require.Nil(t, got.Task.Worker)
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`, got.Task.CompletedAt)
	require.Len(t, got.Task.History.Nodes, 3)
	require.Equal(t, event{"", "PENDING", "CREATED", "local"}, got.Task.History.Nodes[0])
	require.Regexp(t, `^worker:`, got.Task.History.Nodes[2].Actor)
}

// awaitStatus asks until the task has this status.
func (b *bench) awaitStatus(id, status string) {
	b.Helper()
	require.Eventually(b, func() bool {
		return query[struct{ Task struct{ Status string } }](b, `query ($id: ID!) { task(id: $id) { status } }`,
			map[string]any{"id": id}).Task.Status == status
	}, patience, pollInterval)
}

func TestWhatIsNotThereIsNull(t *testing.T) {
	b := setup(t, nil)
	got := query[struct {
		Task, Worker, Odd, Product *struct{ ID string }
		Nodes                      []*struct{ ID string }
	}](b, `{
		task(id: "VAAAAAAAAAAAAAAAAAAAAAA") { id }
		worker: node(id: "VwAAAAAAAAAAAAAAAAAAAAA") { id }
		odd: node(id: "../../etc/passwd") { id }
		product(id: "0190b5f2-0000-7000-8000-000000000000") { id }
		nodes(ids: ["x", "y"]) { id }
	}`, nil)
	require.Nil(t, got.Task)
	require.Nil(t, got.Worker)
	require.Nil(t, got.Odd)
	require.Nil(t, got.Product)
	require.Equal(t, []*struct{ ID string }{nil, nil}, got.Nodes)
}

func TestTypesArePaused(t *testing.T) {
	b := setup(t, map[taskq.Type]taskq.Handler{embed: func(context.Context, *taskq.Attempt) error { return nil }})
	paused := query[struct {
		PauseTaskType struct{ TaskType struct{ Paused bool } }
	}](b, `mutation { pauseTaskType(input: {type: EMBEDDING_GENERATION}) { taskType { paused } } }`, nil)
	require.True(t, paused.PauseTaskType.TaskType.Paused)
	id := b.create(map[string]any{"type": embed})
	type taskType struct {
		Type   string
		Paused bool
	}
	got := query[struct {
		Task      struct{ WaitingFor string }
		TaskTypes []taskType
		Workers   []struct{ ID, Host string }
	}](b, `query ($id: ID!) { task(id: $id) { waitingFor } taskTypes { type paused } workers { id host } }`, map[string]any{"id": id})
	require.Equal(t, "PAUSED", got.Task.WaitingFor)
	require.Contains(t, got.TaskTypes, taskType{"EMBEDDING_GENERATION", true})
	require.Len(t, got.Workers, 1)

	query[any](b, `mutation { resumeTaskType(input: {type: EMBEDDING_GENERATION}) { taskType { paused } } }`, nil)
	b.awaitStatus(id, "COMPLETED")
}

func TestTypesAreLimited(t *testing.T) {
	release := make(chan struct{})
	b := setup(t, map[taskq.Type]taskq.Handler{embed: func(ctx context.Context, _ *taskq.Attempt) error {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return ctx.Err()
	}})
	type outcome struct {
		TaskType   *struct{ MaxRunning *int }
		UserErrors []struct {
			Code  string
			Field []string
		}
	}
	limit := func(input map[string]any) outcome {
		input["type"] = embed
		return query[struct{ SetTaskTypeLimit outcome }](b, `mutation ($in: SetTaskTypeLimitInput!) {
			setTaskTypeLimit(input: $in) { taskType { maxRunning } userErrors { code field } }
		}`, map[string]any{"in": input}).SetTaskTypeLimit
	}
	require.Equal(t, 1, *limit(map[string]any{"maxRunning": 1}).TaskType.MaxRunning)
	for _, tooFew := range []int{0, -1} {
		refused := limit(map[string]any{"maxRunning": tooFew})
		require.Nil(t, refused.TaskType)
		require.Equal(t, "INVALID", refused.UserErrors[0].Code)
		require.Equal(t, []string{"input", "maxRunning"}, refused.UserErrors[0].Field)
	}

	first, second := b.create(map[string]any{"type": embed}), b.create(map[string]any{"type": embed})
	b.awaitStatus(first, "RUNNING")
	b.awaitStatus(second, "PENDING") // while one runs
	require.Nil(t, limit(map[string]any{"maxRunning": nil}).TaskType.MaxRunning)
	b.awaitStatus(second, "RUNNING")
	close(release)
	b.awaitStatus(first, "COMPLETED")
}
