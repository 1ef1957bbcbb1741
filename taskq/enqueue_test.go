package taskq_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/taskq"
)

var errRollback = errors.New("rolled back")

func TestConcurrentDuplicatesAreOneTask(t *testing.T) {
	b := setup(t)
	const enqueuers, keys = 8, 20
	got := make([]map[string]taskq.Enqueued, enqueuers)
	var everybody sync.WaitGroup
	for i := range enqueuers {
		got[i] = map[string]taskq.Enqueued{}
		everybody.Go(func() {
			for k := range keys {
				key := fmt.Sprint("key ", k)
				e, err := b.client.Enqueue(b.ctx, taskq.NewTask{Type: typeA, IdempotencyKey: key, Description: fmt.Sprint("by ", i)})
				if err != nil {
					b.Error(err)
				}
				got[i][key] = e
			}
		})
	}
	everybody.Wait()
	require.Equal(t, keys, b.count(taskq.Filter{}))
	for k := range keys {
		key, first := fmt.Sprint("key ", k), 0
		for i := range enqueuers {
			require.Equal(t, got[0][key].Task.ID, got[i][key].Task.ID)
			require.Equal(t, got[0][key].Task.Description, got[i][key].Task.Description)
			if !got[i][key].Duplicate {
				first++
			}
		}
		require.Equal(t, 1, first, "one of them was the first")
	}
}

func TestKeysAreApartByTypeAndFreeAfterDeletion(t *testing.T) {
	b := setup(t)
	one, err := b.client.Enqueue(b.ctx, taskq.NewTask{Type: typeA, IdempotencyKey: "k"})
	require.NoError(t, err)
	other, err := b.client.Enqueue(b.ctx, taskq.NewTask{Type: typeB, IdempotencyKey: "k"})
	require.NoError(t, err)
	require.False(t, other.Duplicate)
	_, err = b.client.Cancel(b.ctx, []uuid.UUID{one.Task.ID}, "ann", "")
	require.NoError(t, err)
	again, err := b.client.Enqueue(b.ctx, taskq.NewTask{Type: typeA, IdempotencyKey: "k"})
	require.NoError(t, err)
	require.True(t, again.Duplicate, "a task that has ended keeps its key")
	require.Equal(t, taskq.Cancelled, again.Task.Status)
	_, err = b.client.Delete(b.ctx, []uuid.UUID{one.Task.ID}, "ann", "")
	require.NoError(t, err)
	again, err = b.client.Enqueue(b.ctx, taskq.NewTask{Type: typeA, IdempotencyKey: "k"})
	require.NoError(t, err)
	require.False(t, again.Duplicate)
}

func TestOneBatchMayRepeatAKey(t *testing.T) {
	b := setup(t)
	got, err := b.client.EnqueueMany(b.ctx, []taskq.NewTask{{Type: typeA, IdempotencyKey: "k"}, {Type: typeA}, {Type: typeA, IdempotencyKey: "k"}})
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, true}, []bool{got[0].Duplicate, got[1].Duplicate, got[2].Duplicate})
	require.Equal(t, got[0].Task.ID, got[2].Task.ID)
}

func TestEnqueueTxIsPartOfTheTransaction(t *testing.T) {
	b := setup(t)
	b.client.Handle(typeA, succeed)
	b.start(b.client)
	var ids []uuid.UUID
	enqueue := func(tx *sqlx.Tx) error {
		on, err := b.client.EnqueueTx(b.ctx, tx, taskq.NewTask{Type: typeA})
		if err != nil {
			return err
		}
		many, err := b.client.EnqueueManyTx(b.ctx, tx, []taskq.NewTask{
			{Type: typeA}, {Type: typeA, DependsOn: []taskq.Dependency{{TaskID: on.Task.ID}}},
		})
		ids = append(ids, on.Task.ID, many[0].Task.ID, many[1].Task.ID)
		return err
	}
	require.ErrorIs(t, db.WithTx(b.ctx, b.db.DB, func(tx *sqlx.Tx) error { return errors.Join(enqueue(tx), errRollback) }), errRollback)
	require.Zero(t, get[int](b, `SELECT count(*) FROM tasks`))
	require.Zero(t, get[int](b, `SELECT count(*) FROM task_dependencies`))
	require.Zero(t, get[int](b, `SELECT count(*) FROM task_events`))
	ids = nil
	require.NoError(t, db.WithTx(b.ctx, b.db.DB, enqueue))
	for _, id := range ids {
		b.await(id, taskq.Completed)
	}
}

func TestTransactionGoesOnAfterInvalidInput(t *testing.T) {
	b := setup(t)
	require.NoError(t, db.WithTx(b.ctx, b.db.DB, func(tx *sqlx.Tx) error {
		for name, n := range invalidTasks() {
			_, err := b.client.EnqueueTx(b.ctx, tx, n)
			var invalid *taskq.InvalidError
			require.ErrorAs(t, err, &invalid, name)
		}
		_, err := b.client.EnqueueTx(b.ctx, tx, taskq.NewTask{Type: typeA})
		return err
	}))
	require.Equal(t, 1, get[int](b, `SELECT count(*) FROM tasks`))
}

func TestEnqueueManyIsAllOrNone(t *testing.T) {
	b := setup(t)
	for name, n := range invalidTasks() {
		_, err := b.client.EnqueueMany(b.ctx, []taskq.NewTask{{Type: typeA}, n, {Type: typeA}})
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid, name)
		require.NotEmpty(t, invalid.Field, name)
		require.Zero(t, b.count(taskq.Filter{}), name)
	}
	_, err := b.client.EnqueueMany(b.ctx, make([]taskq.NewTask, taskq.MaxEnqueue+1))
	var invalid *taskq.InvalidError
	require.ErrorAs(t, err, &invalid)
}

// invalidTasks are refused, each for one reason.
func invalidTasks() map[string]taskq.NewTask {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	cases := map[string]taskq.NewTask{
		"no type":                      {},
		"lower-case type":              {Type: "type"},
		"long type":                    {Type: taskq.Type(strings.Repeat("T", 64))},
		"digit first":                  {Type: "1TYPE"},
		"line break in type":           {Type: "TYPE\n"},
		"long description":             {Description: strings.Repeat("ü", taskq.MaxDescriptionLength+1)},
		"NUL in description":           {Description: "a\x00b"},
		"description not UTF-8":        {Description: "a\xff"},
		"high priority":                {Priority: taskq.MaxPriority + 1},
		"low priority":                 {Priority: taskq.MinPriority - 1},
		"negative attempts":            {MaxAttempts: -1},
		"many attempts":                {MaxAttempts: 1_001},
		"negative timeout":             {Timeout: -1},
		"endless timeout":              {Timeout: math.MaxInt64},
		"far future":                   {RunAt: time.Date(300_000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"far past":                     {RunAt: time.Date(-5_000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"long key":                     {IdempotencyKey: strings.Repeat("k", taskq.MaxIdempotencyKeyLength+1)},
		"NUL in key":                   {IdempotencyKey: "\x00"},
		"NUL in creator":               {CreatedBy: "\x00"},
		"long creator":                 {CreatedBy: strings.Repeat("c", 10_000)},
		"metadata array":               {Metadata: []int{1}},
		"metadata null":                {Metadata: raw(`null`)},
		"metadata not JSON":            {Metadata: raw(`{`)},
		"metadata that cannot encode":  {Metadata: map[string]any{"f": func() {}}},
		"metadata with NUL":            {Metadata: map[string]string{"a": "\x00"}},
		"metadata with half a pair":    {Metadata: raw(`{"a":"\ud800"}`)},
		"metadata with the other half": {Metadata: raw(`{"a":"\udc00"}`)},
		"metadata with halves swapped": {Metadata: raw(`{"a":"\udc00\ud800"}`)},
		"metadata not UTF-8":           {Metadata: raw("{\"a\":\"\xff\"}")},
		"metadata with a huge number":  {Metadata: raw(`{"a":1e999999}`)},
		"metadata with a tiny number":  {Metadata: raw(`{"a":1e-999999}`)},
		"metadata too deep":            {Metadata: raw(strings.Repeat(`{"a":`, 9_000) + `1` + strings.Repeat(`}`, 9_000))},
		"metadata too long":            {Metadata: map[string]string{"a": strings.Repeat("a", taskq.MaxMetadataBytes)}},
		"unknown dependency":           {DependsOn: []taskq.Dependency{{TaskID: uuid.New()}}},
		"unknown policy":               {DependsOn: []taskq.Dependency{{TaskID: uuid.New(), OnFailure: "HOPE"}}},
		"too many dependencies":        {DependsOn: make([]taskq.Dependency, taskq.MaxDependencies+1)},
	}
	for name, n := range cases {
		if n.Type == "" && name != "no type" {
			n.Type = typeA
			cases[name] = n
		}
	}
	return cases
}

// What is just within the limits is stored as it is.
func TestLimitsAreInclusive(t *testing.T) {
	b := setup(t)
	cases := map[string]taskq.NewTask{
		"long type":             {Type: taskq.Type(strings.Repeat("T", 63))},
		"short type":            {Type: "T"},
		"long description":      {Type: typeA, Description: strings.Repeat("ü", taskq.MaxDescriptionLength)},
		"high priority":         {Type: typeA, Priority: taskq.MaxPriority},
		"low priority":          {Type: typeA, Priority: taskq.MinPriority},
		"many attempts":         {Type: typeA, MaxAttempts: 1_000},
		"short timeout":         {Type: typeA, Timeout: 1},
		"long timeout":          {Type: typeA, Timeout: 365 * 24 * time.Hour},
		"long key":              {Type: typeA, IdempotencyKey: strings.Repeat("ü", taskq.MaxIdempotencyKeyLength)},
		"strange but storable":  {Type: typeA, Description: "\u200b\U0010ffff'\"\\%_", CreatedBy: "'; DROP TABLE tasks; --"},
		"strange metadata":      {Type: typeA, Metadata: json.RawMessage(`{"":[null,true,"\\u0000\ud83d\ude00",-0.0,1e300,123456789012345678901234567890]}`)},
		"deep metadata":         {Type: typeA, Metadata: json.RawMessage(strings.Repeat(`{"a":`, 500) + `1` + strings.Repeat(`}`, 500))},
		"long ago":              {Type: typeA, RunAt: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)},
		"in a long while":       {Type: typeA, RunAt: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
		"to the microsecond":    {Type: typeA, RunAt: time.Date(2050, 1, 2, 3, 4, 5, 123456000, time.FixedZone("", 3600))},
		"metadata at the limit": {Type: typeA, Metadata: map[string]string{"a": strings.Repeat("a", taskq.MaxMetadataBytes-len(`{"a":""}`))}},
	}
	for name, n := range cases {
		e, err := b.client.Enqueue(b.ctx, n)
		require.NoError(t, err, name)
		stored, err := b.client.Get(b.ctx, e.Task.ID)
		require.NoError(t, err, name)
		require.Equal(t, n.Description, stored.Description, name)
		require.Equal(t, n.Priority, stored.Priority, name)
		if !n.RunAt.IsZero() {
			require.True(t, n.RunAt.Equal(stored.RunAt), name)
		}
		require.Equal(t, e.Task.RunAt.UTC(), stored.RunAt.UTC(), name)
		require.Equal(t, e.Task.MaxAttempts, stored.MaxAttempts, name)
		require.Equal(t, e.Task.TimeoutSeconds, stored.TimeoutSeconds, name)
	}
}

func TestIDsOfTheCallerAreKept(t *testing.T) {
	b := setup(t)
	id := uuid.Must(uuid.NewV7())
	require.Equal(t, id, b.enqueue(taskq.NewTask{ID: id, Type: typeA}).ID)
	for _, many := range [][]taskq.NewTask{
		{{ID: id, Type: typeA}},
		{{ID: id, Type: typeA, DependsOn: []taskq.Dependency{{TaskID: b.enqueue(taskq.NewTask{Type: typeA}).ID}}}},
		{{ID: uuid.Max, Type: typeA}, {ID: uuid.Max, Type: typeA}},
	} {
		_, err := b.client.EnqueueMany(b.ctx, many)
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, "id", invalid.Field)
	}
}

func TestOperationsRefuseBadInput(t *testing.T) {
	b := setup(t)
	operations := map[string]func(context.Context, []uuid.UUID, string, string) ([]taskq.Change, error){
		"cancel": b.client.Cancel, "retry": b.client.Retry, "delete": b.client.Delete,
		"set priority": func(ctx context.Context, ids []uuid.UUID, by, reason string) ([]taskq.Change, error) {
			return b.client.SetPriority(ctx, ids, 1, by, reason)
		},
	}
	one := []uuid.UUID{b.enqueue(taskq.NewTask{Type: typeA}).ID}
	for name, operate := range operations {
		var invalid *taskq.InvalidError
		_, err := operate(b.ctx, nil, "ann", "")
		require.ErrorAs(t, err, &invalid, name)
		_, err = operate(b.ctx, make([]uuid.UUID, taskq.MaxSelection+1), "ann", "")
		require.ErrorAs(t, err, &invalid, name)
		_, err = operate(b.ctx, one, "a\x00", "")
		require.ErrorAs(t, err, &invalid, name)
		_, err = operate(b.ctx, one, "ann", "\xff")
		require.ErrorAs(t, err, &invalid, name)
		_, err = operate(b.ctx, one, "ann", strings.Repeat("long", 5_000))
		require.ErrorAs(t, err, &invalid, name)
		missing, err := operate(b.ctx, []uuid.UUID{uuid.Nil}, "ann", "")
		require.NoError(t, err, name)
		require.Equal(t, taskq.Missing, missing[0].Outcome, name)
		twice, err := operate(b.ctx, []uuid.UUID{uuid.Nil, uuid.Nil}, "ann", "")
		require.NoError(t, err, name)
		require.Len(t, twice, 2, name)
	}
}

// Large batches go another way than small ones.
func TestLargeBatchesKeepEveryCharacter(t *testing.T) {
	b := setup(t)
	texts := []string{"", `\N`, `\.`, `a\tb\\`, "tab\there", "line\nfeed\r\n", "“ünïcode” 🙂", `{"a": [1, 2]}`, "\u007f\v\b"}
	at := time.Now().Add(time.Hour).Round(time.Microsecond)
	many := make([]taskq.NewTask, 1_000)
	for i := range many {
		text := texts[i%len(texts)]
		many[i] = taskq.NewTask{Type: typeA, Description: text, Metadata: map[string]string{"text": text}, Priority: i % 3, MaxAttempts: 1 + i%5}
		if i%2 == 0 {
			many[i].RunAt, many[i].Timeout, many[i].CreatedBy = at, time.Minute, text+"."
		}
	}
	enqueued, err := b.client.EnqueueMany(b.ctx, many)
	require.NoError(b, err)
	for i, e := range enqueued {
		stored, err := b.client.Get(b.ctx, e.Task.ID)
		require.NoError(b, err)
		require.Equal(b, many[i].Description, stored.Description)
		require.Equal(b, many[i].MaxAttempts, stored.MaxAttempts)
		require.JSONEq(b, string(e.Task.Metadata), string(stored.Metadata))
		require.True(b, e.Task.RunAt.Equal(stored.RunAt) && e.Task.CreatedAt.Equal(stored.CreatedAt))
		require.Equal(b, e.Task.CreatedBy, stored.CreatedBy)
		require.Equal(b, e.Task.TimeoutSeconds, stored.TimeoutSeconds)
	}
	many[999].ID = enqueued[0].Task.ID
	var invalid *taskq.InvalidError
	_, err = b.client.EnqueueMany(b.ctx, many)
	require.ErrorAs(b, err, &invalid)
	require.Equal(b, 1_000, get[int](b, `SELECT count(*) FROM tasks`), "all or none")
}
