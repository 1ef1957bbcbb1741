package taskq_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/internal/feedtest"
	"github.com/taskwire/taskwire/taskq"
)

// enqueueVariety enqueues tasks that differ in all that a list can be filtered and ordered by, many of them equal in some.
func (b *bench) enqueueVariety(n int) {
	b.Helper()
	many := make([]taskq.NewTask, n)
	for i := range many {
		many[i] = taskq.NewTask{
			Type: []taskq.Type{typeA, typeB}[rand.IntN(2)], Priority: rand.IntN(4) - 1, Description: strings.Join(shuffled(words)[:3], " "),
			Metadata: json.RawMessage(objects[rand.IntN(len(objects))]), CreatedBy: []string{"", "ann", "bob"}[rand.IntN(3)],
		}
	}
	_, err := b.client.EnqueueMany(b.ctx, many)
	require.NoError(b, err)
	b.exec(`UPDATE tasks SET status = 'CANCELLED', completed_at = date_trunc('second', now()) + (random() * 3)::int * interval '1 ms'
		WHERE status = 'PENDING' AND random() < 0.4`)
	b.exec(`SELECT taskq_claim($1, '{TYPE_A}', $2)`, b.worker(), n/10)
}

var words = []string{"Rechnung", "RECHNUNG", "straße", "STRASSE", "naïve", "NAÏVE", "ΣΊΣΥΦΟΣ", "σίσυφος", "İstanbul", "istanbul", "ж", "Ж", "100%", "a_b", "axb", `c:\d`, "c:d", "K", "k", "ǅ", "ß", "日本"}

var objects = []string{
	`{}`, `{"a": 1}`, `{"a": 1.0}`, `{"a": 10e-1, "b": "x"}`, `{"a": "1"}`, `{"a": [1, 2, [3]]}`, `{"a": {"b": {"c": null}}}`, `{"a": null}`,
	`{"a": true, "b": false}`, `{"n": 9007199254740993}`, `{"n": 9007199254740992}`, `{"n": 9007199254740992.0}`, `{"a": "ü\n\"\\"}`, `{"a": []}`,
	`{"a": {}}`, `{"a": [{"b": 1}, {"b": 2, "c": 3}]}`, `{"a": [[1]]}`, `{"a": ["1", 1]}`, `{"n": -0}`, `{"n": 0}`, `{"n": 1e300}`, `{"": {"": ""}}`,
}

func shuffled[T any](list []T) []T {
	list = slices.Clone(list)
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// less compares as a list of this order does.
func less(o taskq.Order) func(a, b taskq.Task) int {
	return func(a, b taskq.Task) int {
		c := 0
		switch o.Field {
		case taskq.ByPriority:
			c = cmp.Compare(a.Priority, b.Priority)
		case taskq.ByCompleted: // one that has not ended comes after all that have
			end := func(t *time.Time) int64 {
				if t == nil {
					return math.MaxInt64
				}
				return t.UnixMicro()
			}
			c = cmp.Compare(end(a.CompletedAt), end(b.CompletedAt))
		}
		c = cmp.Or(c, cmp.Compare(a.ID.String(), b.ID.String()))
		if !o.Ascending {
			return -c
		}
		return c
	}
}

func ids(tasks []taskq.Task) []uuid.UUID {
	list := []uuid.UUID{}
	for _, t := range tasks {
		list = append(list, t.ID)
	}
	return list
}

func (b *bench) allTasks() []taskq.Task {
	b.Helper()
	tasks, err := b.client.GetMany(b.ctx, list[uuid.UUID](b, `SELECT id FROM tasks`))
	require.NoError(b, err)
	return tasks
}

func TestPagesInAnyOrderAndDirectionAreTheSortedList(t *testing.T) {
	b := setup(t)
	b.enqueueVariety(120)
	all := b.allTasks()
	for _, field := range []taskq.OrderField{"", taskq.ByCreated, taskq.ByCompleted, taskq.ByPriority} {
		for _, ascending := range []bool{false, true} {
			order := taskq.Order{Field: field, Ascending: ascending}
			want := ids(slices.SortedFunc(slices.Values(all), less(order)))
			for _, size := range []int{1, 7, 100} {
				require.Equal(t, want, b.forward(order, size), "%+v forward by %d", order, size)
				require.Equal(t, want, b.backward(order, size), "%+v backward by %d", order, size)
			}
		}
	}
}

func (b *bench) forward(o taskq.Order, size int) []uuid.UUID {
	b.Helper()
	var got []uuid.UUID
	page := taskq.Page{First: size}
	for {
		slice, err := b.client.List(b.ctx, taskq.Filter{}, o, page)
		require.NoError(b, err)
		require.Equal(b, page.After != "", slice.HasPrevious)
		got = append(got, ids(slice.Items)...)
		if !slice.HasNext {
			return got
		}
		page.After = slice.Cursors[len(slice.Cursors)-1]
	}
}

func (b *bench) backward(o taskq.Order, size int) []uuid.UUID {
	b.Helper()
	var got []uuid.UUID
	page := taskq.Page{Last: size}
	for {
		slice, err := b.client.List(b.ctx, taskq.Filter{}, o, page)
		require.NoError(b, err)
		require.Equal(b, page.Before != "", slice.HasNext)
		got = append(ids(slice.Items), got...)
		if !slice.HasPrevious {
			return got
		}
		page.Before = slice.Cursors[0]
	}
}

func TestPageBetweenTwoCursors(t *testing.T) {
	b := setup(t)
	b.enqueueVariety(30)
	order := taskq.Order{Field: taskq.ByPriority}
	whole, err := b.client.List(b.ctx, taskq.Filter{}, order, taskq.Page{First: 100})
	require.NoError(t, err)
	part, err := b.client.List(b.ctx, taskq.Filter{}, order, taskq.Page{First: 100, After: whole.Cursors[4], Before: whole.Cursors[20]})
	require.NoError(t, err)
	require.Equal(t, ids(whole.Items[5:20]), ids(part.Items))
}

// What comes and goes while somebody turns the pages moves nothing to another page.
func TestPagesBearChangesMeanwhile(t *testing.T) {
	b := setup(t)
	b.enqueueVariety(60)
	lasting := ids(slices.SortedFunc(slices.Values(b.allTasks()), less(taskq.Order{})))
	var got []uuid.UUID
	for page, more := (taskq.Page{First: 7}), true; more; {
		slice, err := b.client.List(b.ctx, taskq.Filter{}, taskq.Order{}, page)
		require.NoError(t, err)
		got = append(got, ids(slice.Items)...)
		more, page.After = slice.HasNext, slice.Cursors[len(slice.Cursors)-1]
		b.enqueueVariety(5)
		gone := slice.Items[len(slice.Items)-1].ID
		b.exec(`UPDATE tasks SET status = 'CANCELLED', completed_at = now() WHERE id = $1 AND status = 'PENDING'`, gone)
		b.exec(`DELETE FROM tasks WHERE id = $1 AND status = 'CANCELLED'`, gone)
	}
	require.Equal(t, lasting, got)
}

func TestPagesRefuseNonsense(t *testing.T) {
	b := setup(t)
	b.enqueueVariety(5)
	slice, err := b.client.List(b.ctx, taskq.Filter{}, taskq.Order{Field: taskq.ByPriority}, taskq.Page{First: 1})
	require.NoError(t, err)
	for _, page := range []taskq.Page{
		{},
		{First: -1},
		{Last: -1},
		{First: 1, Last: 1},
		{First: taskq.MaxPageSize + 1},
		{Last: taskq.MaxPageSize + 1},
		{First: 1, After: "garbage!"},
		{First: 1, Before: "e30"},
		{First: 1, After: slice.Cursors[0]}, // of another order
		{First: 1, After: strings.Repeat("A", 100_000)},
	} {
		_, err := b.client.List(b.ctx, taskq.Filter{}, taskq.Order{}, page)
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid, "%+v", page)
	}
	_, err = b.client.List(b.ctx, taskq.Filter{}, taskq.Order{Field: "LUCK"}, taskq.Page{First: 1})
	var invalid *taskq.InvalidError
	require.ErrorAs(t, err, &invalid)
}

func ptr[T any](v T) *T { return &v }

// drawFilter makes filters that select some of a variety of tasks.
func drawFilter(t *rapid.T, tasks []taskq.Task) taskq.Filter {
	maybe := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name+"?") == 0 }
	someTime := func() *time.Time {
		task := rapid.SampledFrom(tasks).Draw(t, "time of")
		at := task.CreatedAt
		if task.CompletedAt != nil && rapid.Bool().Draw(t, "its end") {
			at = *task.CompletedAt
		}
		return ptr(at.Add(time.Duration(rapid.SampledFrom([]int{-1_000, -400, 0, 1, 400, 500, 999, 1_000}).Draw(t, "ns"))))
	}
	var f taskq.Filter
	if maybe("ids") {
		f.IDs = ids(rapid.SliceOfN(rapid.SampledFrom(tasks), 0, 20).Draw(t, "ids"))
	}
	if maybe("types") {
		f.Types = rapid.SliceOfN(rapid.SampledFrom([]taskq.Type{typeA, typeB, "TYPE_C"}), 0, 2).Draw(t, "types")
	}
	if maybe("statuses") {
		f.Statuses = rapid.SliceOfN(rapid.SampledFrom(taskq.Statuses()), 0, 3).Draw(t, "statuses")
	}
	if maybe("min") {
		f.MinPriority = ptr(rapid.SampledFrom([]int{-1, 0, 1, math.MinInt, math.MaxInt, 40_000}).Draw(t, "min"))
	}
	if maybe("max") {
		f.MaxPriority = ptr(rapid.SampledFrom([]int{-1, 0, 1, math.MinInt, math.MaxInt, 40_000}).Draw(t, "max"))
	}
	for i, at := range []**time.Time{&f.CreatedFrom, &f.CreatedUntil, &f.CompletedFrom, &f.CompletedUntil} {
		if maybe(fmt.Sprint("time ", i)) {
			*at = someTime()
		}
	}
	if maybe("search") {
		word := rapid.SampledFrom(words).Draw(t, "word")
		runes := []rune(word)
		f.Search = "  " + string(runes[rapid.IntRange(0, len(runes)-1).Draw(t, "from"):]) + "\t" + rapid.SampledFrom([]string{"", "%", "_", `\`, "a"}).Draw(t, "and")
	}
	if maybe("metadata") {
		f.Metadata = json.RawMessage(rapid.SampledFrom(objects).Draw(t, "metadata"))
	}
	if maybe("creator") {
		f.CreatedBy = rapid.SampledFrom([]string{"ann", "bob", "eve"}).Draw(t, "creator")
	}
	return f
}

func TestFilterSelectsInTheFeedWhatItSelectsInSQL(t *testing.T) {
	b := setup(t)
	b.ctx = t.Context()
	b.enqueueVariety(100)
	all := b.allTasks()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFilter(t, all)
		slice, err := b.client.List(b.ctx, f, taskq.Order{Ascending: true}, taskq.Page{First: 100})
		require.NoError(t, err)
		want := []uuid.UUID{}
		for _, task := range slices.SortedFunc(slices.Values(all), less(taskq.Order{Ascending: true})) {
			if f.Matches(&task) {
				want = append(want, task.ID)
			}
		}
		require.Equal(t, want, ids(slice.Items))
		n, err := b.client.Count(b.ctx, f, 1_000)
		require.NoError(t, err)
		require.Equal(t, len(want), n)
	})
}

func TestFiltersRefuseNonsense(t *testing.T) {
	b := setup(t)
	cases := map[string]taskq.Filter{
		"too many ids":        {IDs: make([]uuid.UUID, taskq.MaxFilterValues+1)},
		"no type":             {Types: []taskq.Type{"type\x00"}},
		"no status":           {Statuses: []taskq.Status{"DONE"}},
		"long search":         {Search: strings.Repeat("ü", taskq.MaxSearchLength+1)},
		"search with NUL":     {Search: "a\x00"},
		"search not UTF-8":    {Search: "\xff"},
		"creator with NUL":    {CreatedBy: "\x00"},
		"metadata no object":  {Metadata: json.RawMessage(`[1]`)},
		"metadata null":       {Metadata: json.RawMessage(`null`)},
		"metadata no JSON":    {Metadata: json.RawMessage(`{"a":`)},
		"metadata with NUL":   {Metadata: json.RawMessage(`{"a":"\u0000"}`)},
		"metadata half pair":  {Metadata: json.RawMessage(`{"a":"\ud800"}`)},
		"metadata deep":       {Metadata: json.RawMessage(strings.Repeat(`{"a":`, 5_000) + `1` + strings.Repeat(`}`, 5_000))},
		"metadata huge":       {Metadata: json.RawMessage(`{"a":1e100000}`)},
		"time out of range":   {CreatedFrom: ptr(time.Date(300_000, 1, 1, 0, 0, 0, 0, time.UTC))},
		"time before the era": {CompletedUntil: ptr(time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC))},
	}
	for name, f := range cases {
		var invalid *taskq.InvalidError
		_, err := b.client.List(b.ctx, f, taskq.Order{}, taskq.Page{First: 1})
		require.ErrorAs(t, err, &invalid, name)
		_, err = b.client.Count(b.ctx, f, 10)
		require.ErrorAs(t, err, &invalid, name)
		_, err = b.client.Watch(b.ctx, f, taskq.WatchOptions{})
		require.ErrorAs(t, err, &invalid, name)
		_, err = b.client.Bulk(b.ctx, taskq.Bulk{Action: taskq.ActionCancel, Filter: f})
		require.ErrorAs(t, err, &invalid, name)
	}
}

// A reader that adds what it is told of, and takes away what it is told to be REMOVED, knows the tasks that the filter
// selects, whatever happens to them.
func TestWatchWithAFilterKeepsAMirrorOfTheList(t *testing.T) {
	b := setup(t)
	b.enqueueVariety(100)
	watcher := newClient(t, b.db)
	b.start(watcher)
	filters := map[string]taskq.Filter{
		"all":       {},
		"pending":   {Statuses: []taskq.Status{taskq.Pending}},
		"running A": {Types: []taskq.Type{typeA}, Statuses: []taskq.Status{taskq.Running}},
		"urgent":    {MinPriority: ptr(1)},
		"ended":     {Statuses: []taskq.Status{taskq.Completed, taskq.Failed, taskq.Cancelled}, MaxPriority: ptr(5)},
		"by ann":    {CreatedBy: "ann", Statuses: []taskq.Status{taskq.Pending, taskq.Cancelled}},
		"lately":    {CompletedFrom: ptr(get[time.Time](b, `SELECT now()`))},
	}
	mirrors, updates := map[string]mirror{}, map[string]<-chan taskq.Update{}
	for name, f := range filters {
		c, err := watcher.Watch(b.ctx, f, taskq.WatchOptions{Snapshot: true})
		require.NoError(t, err)
		mirrors[name], updates[name] = mirror{}, c
	}
	b.crowd(2, func(_ context.Context, task *taskq.Attempt) error {
		task.Progress(50, "half")
		return whim()
	}, hurryRescue, maxRunning(3)) // some of the tasks are with a worker that is dead
	w := feedtest.NewWriter(b.client, b.db.DB, typeA, typeB)
	w.Adopt(ids(b.allTasks())...)
	for range 150 {
		w.Step(b.ctx)
	}
	b.exec(`UPDATE tasks SET status = 'CANCELLED', completed_at = now() WHERE status = 'PENDING'`)
	b.untilDone()
	for name, f := range filters {
		b.requireMirror(name, f, mirrors[name], updates[name])
	}
}

// requireMirror reads until the mirror is what the list is.
func (b *bench) requireMirror(name string, f taskq.Filter, m mirror, updates <-chan taskq.Update) {
	b.Helper()
	want := map[uuid.UUID]int64{}
	for _, task := range b.allTasks() {
		if f.Matches(&task) {
			want[task.ID] = task.Version
		}
	}
	has := func() bool {
		if len(m) != len(want) {
			return false
		}
		for id, version := range want {
			if m[id].Version != version {
				return false
			}
		}
		return true
	}
	deadline := time.After(patience)
	for !has() {
		select {
		case u, open := <-updates:
			require.True(b, open, name)
			m.take(u)
		case <-deadline:
			require.Failf(b, "the mirror is wrong", "%s: %d tasks, not %d", name, len(m), len(want))
		}
	}
}
