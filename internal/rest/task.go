package rest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/taskq"
)

const (
	defaultPage  = 25
	historyPage  = 100
	unknownTask  = "There is no such task."
	allowedQuery = "first, last, after, before, status, type, search, createdBy, metadata, orderBy, ascending"
)

// taskJSON is a task as these routes show it.
type taskJSON struct {
	ID              uuid.UUID        `json:"id"`
	Type            taskq.Type       `json:"type"`
	Status          taskq.Status     `json:"status"`
	Description     string           `json:"description"`
	Progress        int              `json:"progress"` // 0 to 100
	ProgressMessage *string          `json:"progressMessage"`
	ErrorMessage    *string          `json:"errorMessage"`
	Metadata        json.RawMessage  `json:"metadata"`
	Result          *json.RawMessage `json:"result"`
	Priority        int              `json:"priority"`
	Attempt         int              `json:"attempt"`
	MaxAttempts     int              `json:"maxAttempts"`
	ScheduledAt     time.Time        `json:"scheduledAt"`
	CreatedAt       time.Time        `json:"createdAt"`
	StartedAt       *time.Time       `json:"startedAt"`
	CompletedAt     *time.Time       `json:"completedAt"`
	CancelRequested *time.Time       `json:"cancelRequestedAt"`
	Version         int64            `json:"version"`
	History         []eventJSON      `json:"history,omitempty"`
}

// eventJSON is an entry of a task's history.
type eventJSON struct {
	Kind    taskq.EventKind `json:"kind"`
	From    *taskq.Status   `json:"from"`
	To      taskq.Status    `json:"to"`
	At      time.Time       `json:"at"`
	Attempt int             `json:"attempt"`
	Actor   string          `json:"actor"`
	Reason  *string         `json:"reason"`
	Error   *string         `json:"error"`
	Version int64           `json:"version"`
}

// pageJSON is a page of tasks.
type pageJSON struct {
	Tasks       []taskJSON `json:"tasks"`
	HasNext     bool       `json:"hasNextPage"`
	HasPrevious bool       `json:"hasPreviousPage"`
	StartCursor string     `json:"startCursor,omitempty"`
	EndCursor   string     `json:"endCursor,omitempty"`
}

func newTaskJSON(t *taskq.Task) taskJSON {
	return taskJSON{
		ID: t.ID, Type: t.Type, Status: t.Status, Description: t.Description, Progress: t.Progress,
		ProgressMessage: t.ProgressMessage, ErrorMessage: t.ErrorMessage, Metadata: t.Metadata, Result: t.Result,
		Priority: t.Priority, Attempt: t.Attempt, MaxAttempts: t.MaxAttempts, ScheduledAt: t.RunAt, CreatedAt: t.CreatedAt,
		StartedAt: t.StartedAt, CompletedAt: t.CompletedAt, CancelRequested: t.CancelRequestedAt, Version: t.Version,
	}
}

// listTasks answers GET /api/v1/tasks/ with the newest tasks first, page by page.
func (a *api) listTasks(w http.ResponseWriter, r *http.Request) error {
	query, err := parseListQuery(r.URL.Query())
	if err != nil {
		return err
	}
	slice, err := a.Tasks.List(r.Context(), query.filter, query.order, query.page)
	if err != nil {
		return err
	}
	page := pageJSON{Tasks: make([]taskJSON, len(slice.Items)), HasNext: slice.HasNext, HasPrevious: slice.HasPrevious}
	for i := range slice.Items {
		page.Tasks[i] = newTaskJSON(&slice.Items[i])
	}
	if n := len(slice.Cursors); n > 0 {
		page.StartCursor, page.EndCursor = slice.Cursors[0], slice.Cursors[n-1]
	}
	writeJSON(w, http.StatusOK, page)
	return nil
}

// getTask answers GET /api/v1/tasks/{id} with the task and the latest of its history, oldest first. The id is the task's
// UUID, or its id in the GraphQL API.
func (a *api) getTask(w http.ResponseWriter, r *http.Request) error {
	id, ok := globalid.Find(globalid.Task, r.PathValue("id"))
	if !ok {
		return notFound(unknownTask)
	}
	task, err := a.Tasks.Get(r.Context(), id)
	if err != nil {
		return err
	}
	history, err := a.Tasks.History(r.Context(), id, taskq.Page{Last: historyPage})
	if err != nil {
		return err
	}
	answer := newTaskJSON(&task)
	for _, e := range history.Items {
		answer.History = append(answer.History, eventJSON{e.Kind, e.From, e.To, e.At, e.Attempt, e.Actor, e.Reason, e.Error, e.Version})
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

type listQuery struct {
	filter taskq.Filter
	order  taskq.Order
	page   taskq.Page
}

// parseListQuery refuses parameters that it does not know: a misspelt filter must not select everything.
func parseListQuery(values url.Values) (listQuery, error) {
	var q listQuery
	for name, all := range values {
		value := all[0]
		var err error
		switch name {
		case "status":
			q.filter.Statuses, err = parseStatuses(all)
		case "type":
			q.filter.Types = convert[taskq.Type](all)
		case "search":
			q.filter.Search = value
		case "createdBy":
			q.filter.CreatedBy = value
		case "metadata":
			q.filter.Metadata = json.RawMessage(value)
		case "orderBy":
			q.order.Field = taskq.OrderField(value)
		case "ascending":
			q.order.Ascending, err = strconv.ParseBool(value)
		case "first":
			q.page.First, err = strconv.Atoi(value)
		case "last":
			q.page.Last, err = strconv.Atoi(value)
		case "after":
			q.page.After = value
		case "before":
			q.page.Before = value
		default:
			return q, badRequest("There is no parameter " + strconv.Quote(name) + "; there are " + allowedQuery + ".")
		}
		if err != nil {
			return q, badRequest("The parameter " + name + " cannot be " + strconv.Quote(value) + ".")
		}
	}
	if q.page.First == 0 && q.page.Last == 0 {
		q.page.First = defaultPage
	}
	return q, nil
}

func parseStatuses(values []string) ([]taskq.Status, error) {
	statuses := convert[taskq.Status](values)
	for _, s := range statuses {
		if !s.IsValid() {
			return nil, strconv.ErrSyntax
		}
	}
	return statuses, nil
}

func convert[T ~string](values []string) []T {
	converted := make([]T, len(values))
	for i, v := range values {
		converted[i] = T(v)
	}
	return converted
}
