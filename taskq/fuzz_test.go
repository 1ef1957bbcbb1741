package taskq_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
)

// strangeJSON is where parsers of JSON differ.
var strangeJSON = []string{
	`{}`, `{"a":1}`, `{"a":[1,{"b":null}]}`, `{"":""}`, `{"a":1,"a":2}`, `{"a":"\u0000"}`, `{"a":"\\u0000"}`, `{"a":"\\\u0000"}`,
	`{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\ude00"}`, `{"a":"\ud83d\u0041"}`, `{"a":"\ud83dx"}`, `{"\ud800":1}`, "{\"a\":\"\xff\"}",
	"{\"a\":\"\xed\xa0\x80\"}", `{"a":1e400}`, `{"a":1e-400}`, `{"a":1e999999999999}`, `{"a":-0.0}`, `{"a":1E+5}`, `{"a":0.1e-1000}`,
	`{"a":9007199254740993}`, `{"a":` + strings.Repeat("9", 2_000) + `}`, strings.Repeat(`{"a":`, 1_001) + `1` + strings.Repeat(`}`, 1_001),
	`{"a":[[],[[]]]}`, `{"a":["x","x"]}`, `{"a":"ü"}`, `{"a":"\u00fc"}`, `{"a":true}`, `{"a": 1.0}`, `{"a":10e-1}`,
}

// What is said to be storable, PostgreSQL stores, and gives back as it was.
func FuzzStorableJSON(f *testing.F) {
	for _, seed := range strangeJSON {
		f.Add([]byte(seed))
	}
	database := dbtest.New(f, db.Engine)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > taskq.MaxMetadataBytes || !json.Valid(b) || !taskq.StorableJSON(b) {
			return
		}
		var stored []byte
		require.NoError(t, database.Get(&stored, `SELECT $1::jsonb`, string(b)))
		require.True(t, json.Valid(stored))
		var isObject bool
		require.NoError(t, database.Get(&isObject, `SELECT jsonb_typeof($1::jsonb) = 'object'`, string(b)))
		if isObject {
			require.True(t, taskq.Contains(stored, b), "what came back, %s, is not what was stored, %s", stored, b)
		}
	})
}

// What is stored as metadata is refused if it is not storable, and never half-way.
func FuzzContains(f *testing.F) {
	for i, seed := range strangeJSON {
		f.Add([]byte(seed), []byte(strangeJSON[(i+1)%len(strangeJSON)]))
		f.Add([]byte(seed), []byte(seed))
	}
	for _, whole := range objects {
		for _, part := range objects {
			f.Add([]byte(whole), []byte(part))
		}
	}
	database := dbtest.New(f, db.Engine)
	f.Fuzz(func(t *testing.T, whole, part []byte) {
		for _, b := range [][]byte{whole, part} {
			if len(b) > 10_000 || !json.Valid(b) || !taskq.StorableJSON(b) || bytes.TrimSpace(b)[0] != '{' {
				return
			}
		}
		var want bool
		require.NoError(t, database.Get(&want, `SELECT $1::jsonb @> $2::jsonb`, string(whole), string(part)))
		require.Equal(t, want, taskq.Contains(whole, part), "%s @> %s", whole, part)
	})
}

// A cursor that a client made up is refused or leads somewhere; it never makes the database complain.
func FuzzCursor(f *testing.F) {
	database := dbtest.New(f, db.Engine)
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	ctx := f.Context()
	_, err := client.EnqueueMany(ctx, make2(taskq.NewTask{Type: typeA}, 3))
	require.NoError(f, err)
	orders := []taskq.Order{{}, {Field: taskq.ByPriority}, {Field: taskq.ByCompleted, Ascending: true}}
	for i, o := range orders {
		slice, err := client.List(ctx, taskq.Filter{}, o, taskq.Page{First: 1})
		require.NoError(f, err)
		f.Add(slice.Cursors[0], uint8(i))
		raw, err := base64.RawURLEncoding.DecodeString(slice.Cursors[0])
		require.NoError(f, err)
		for _, key := range []string{`"k":"x"`, `"k":"99999999999999999999"`, `"k":"\u0000"`, `"k":"\ud800"`, `"k":"infinity"`, `"k":"2020-02-30"`, `"k":1`} {
			tampered := bytes.Replace(raw, []byte(`"i"`), []byte(key+`,"i"`), 1)
			f.Add(base64.RawURLEncoding.EncodeToString(tampered), uint8(i))
		}
	}
	f.Add("", uint8(0))
	f.Fuzz(func(t *testing.T, cursor string, order uint8) {
		for _, page := range []taskq.Page{{First: 2, After: cursor}, {Last: 2, Before: cursor}} {
			_, err := client.List(t.Context(), taskq.Filter{}, orders[int(order)%len(orders)], page)
			requireNoComplaint(t, err)
		}
	})
}

// So it is with the feed's cursors.
func FuzzFeedCursor(f *testing.F) {
	database := dbtest.New(f, db.Engine)
	client := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	require.NoError(f, client.Start(f.Context()))
	f.Cleanup(func() { client.Stop(f.Context()) })
	var system string
	require.NoError(f, database.Get(&system, `SELECT system_identifier::text FROM pg_control_system()`))
	for _, place := range []string{
		`"n":1,"x":2`, `"n":2,"x":1`, `"n":0,"x":0`, `"n":1,"x":18446744073709551615`, `"n":1,"x":9,"f":[5,3,3,99]`, `"n":1,"x":9,"f":[0]`,
		`"n":-1,"x":1`, `"n":4294967296,"x":4294967297`, `"n":9223372036854775808,"x":9223372036854775808`,
	} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"s":"` + system + `",` + place + `}`)))
	}
	f.Add("garbage")
	f.Fuzz(func(t *testing.T, cursor string) {
		updates, err := client.Watch(t.Context(), taskq.Filter{}, taskq.WatchOptions{After: cursor})
		if errors.Is(err, taskq.ErrCursorExpired) {
			return
		}
		requireNoComplaint(t, err)
		_ = updates // ends with the test
	})
}

// requireNoComplaint accepts success and InvalidError.
func requireNoComplaint(t *testing.T, err error) {
	t.Helper()
	var refused *pq.Error
	require.NotErrorAs(t, err, &refused)
	if err != nil {
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid)
	}
}

func make2(n taskq.NewTask, count int) []taskq.NewTask {
	many := make([]taskq.NewTask, count)
	for i := range many {
		many[i] = n
	}
	return many
}
