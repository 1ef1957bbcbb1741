package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/taskq"
)

// request makes a request of pairs of header names and values.
func (b *bench) request(method, query, body string, header ...string) *http.Request {
	b.Helper()
	request, err := http.NewRequestWithContext(b.ctx, method, b.server.URL+query, strings.NewReader(body))
	require.NoError(b, err)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return request
}

const jsonBody = "application/json"

func TestStatusCodes(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Limits.BodyBytes = 1_000 })
	const valid, newer = `{"query": "{ __typename }"}`, "application/graphql-response+json"
	get := func(query string) string { return "?" + url.Values{"query": {query}}.Encode() }
	for name, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"a query":                        {b.request("POST", "", valid, "Content-Type", jsonBody), 200},
		"a query by GET":                 {b.request("GET", get(`{ __typename }`), ""), 200},
		"a mutation by GET":              {b.request("GET", get(`mutation { __typename }`), ""), 405},
		"a subscription by POST":         {b.request("POST", "", `{"query": "subscription { taskUpdated { kind } }"}`, "Content-Type", jsonBody), 400},
		"an invalid document":            {b.request("POST", "", `{"query": "{ x }"}`, "Content-Type", jsonBody), 200},
		"an invalid document, new type":  {b.request("POST", "", `{"query": "{ x }"}`, "Content-Type", jsonBody, "Accept", newer), 400},
		"a batch":                        {b.request("POST", "", `[`+valid+`]`, "Content-Type", jsonBody), 400},
		"no JSON":                        {b.request("POST", "", `{`, "Content-Type", jsonBody), 400},
		"two values":                     {b.request("POST", "", valid+valid, "Content-Type", jsonBody), 400},
		"a body that is too large":       {b.request("POST", "", `{"query": "`+strings.Repeat(" ", 1_000)+`"}`, "Content-Type", jsonBody), 413},
		"another charset":                {b.request("POST", "", valid, "Content-Type", jsonBody+"; charset=latin1"), 415},
		"a form":                         {b.request("POST", "", "query={__typename}", "Content-Type", "application/x-www-form-urlencoded"), 415},
		"no content type":                {b.request("POST", "", valid), 415},
		"another method":                 {b.request("PUT", "", valid, "Content-Type", jsonBody), 405},
		"nothing acceptable":             {b.request("POST", "", valid, "Content-Type", jsonBody, "Accept", "text/html"), 406},
		"a browser":                      {b.request("GET", get(`{ __typename }`), "", "Accept", "text/html,application/xml;q=0.9,*/*;q=0.8"), 200},
		"another site":                   {b.request("POST", "", valid, "Content-Type", jsonBody, "Sec-Fetch-Site", "cross-site"), 403},
		"another site, older browser":    {b.request("POST", "", valid, "Content-Type", jsonBody, "Origin", "https://evil.example"), 403},
		"the same site":                  {b.request("POST", "", valid, "Content-Type", jsonBody, "Sec-Fetch-Site", "same-origin"), 200},
		"broken variables by GET":        {b.request("GET", get(`{ __typename }`)+"&variables=[", ""), 400},
		"a variable of the wrong type":   {b.request("POST", "", `{"query": "query ($n: Int!) { tasks(first: $n) { totalCount } }", "variables": {"n": "x"}}`, "Content-Type", jsonBody), 200},
		"an operation that is not there": {b.request("POST", "", `{"query": "query A { __typename }", "operationName": "B"}`, "Content-Type", jsonBody, "Accept", newer), 400},
	} {
		r := b.send(c.request)
		require.Equal(t, c.status, r.status, name)
		for _, err := range r.Errors {
			require.NotEmpty(t, err.Extensions["code"], name)
			require.NotContains(t, err.Message, "evil", name)
		}
		if c.status != 200 {
			require.NotEmpty(t, r.Errors, name)
			require.Nil(t, r.Data, name)
		}
	}
}

func TestResponseHeaders(t *testing.T) {
	b := setup(t, nil)
	request := b.request("POST", "", `{"query": "{ __typename }"}`, "Content-Type", jsonBody,
		"Accept", "application/json;q=0.5, application/graphql-response+json", "X-Request-Id", "mine-1")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	require.Equal(t, "application/graphql-response+json; charset=utf-8", answer.Header.Get("Content-Type"))
	require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "mine-1", answer.Header.Get("X-Request-Id"))

	for _, hostile := range []string{strings.Repeat("x", 65), "a b", "a\"b"} {
		request := b.request("GET", "?query={__typename}", "", "X-Request-Id", hostile)
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.NotEqual(t, hostile, answer.Header.Get("X-Request-Id"))
		require.NotEmpty(t, answer.Header.Get("X-Request-Id"))
	}
}

func TestPagesOfAllowedOriginsAreLetIn(t *testing.T) {
	const friend = "https://friend.example"
	b := setup(t, nil, func(o *graph.Options) { o.AllowedOrigins = []string{friend} })
	send := func(method, origin string) *http.Response {
		t.Helper()
		answer, err := http.DefaultClient.Do(b.request(method, "", `{"query": "{ __typename }"}`, "Content-Type", jsonBody, "Origin", origin,
			"Sec-Fetch-Site", "cross-site", "Access-Control-Request-Method", "POST"))
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer
	}
	asked, done := send("OPTIONS", friend), send("POST", friend)
	require.Equal(t, http.StatusNoContent, asked.StatusCode)
	require.Contains(t, asked.Header.Get("Access-Control-Allow-Headers"), "Content-Type")
	require.Equal(t, http.StatusOK, done.StatusCode)
	require.Equal(t, friend, done.Header.Get("Access-Control-Allow-Origin"))
	for _, method := range []string{"OPTIONS", "POST"} {
		require.Empty(t, send(method, "https://evil.example").Header.Get("Access-Control-Allow-Origin"))
	}
	require.Equal(t, http.StatusForbidden, send("POST", "https://evil.example").StatusCode)

	_, err := graph.NewHandler(graph.Options{AllowedOrigins: []string{"friend.example"}})
	require.Error(t, err, "not an origin")
}

func TestHostileDocumentsAreRefused(t *testing.T) {
	b := setup(t, nil)
	var doubling strings.Builder // 2^60 fields when spelled out
	doubling.WriteString("query { ...F0 ")
	doubling.WriteString("} ")
	for i := range 60 {
		fmt.Fprintf(&doubling, "fragment F%d on Query { ...F%d ...F%d } ", i, i+1, i+1)
	}
	doubling.WriteString("fragment F60 on Query { taskTypes { type } }")
	for name, document := range map[string]string{
		"aliases":            `{ ` + numbered(`a%d: __typename `, 100) + `}`,
		"root fields":        `mutation { ` + numbered(`a%d: pauseTaskType(input: {type: DATA_IMPORT}) { taskType { paused } } `, 25) + `}`,
		"depth":              `{ tasks { nodes ` + strings.Repeat(`{ dependsOn(first: 1) { nodes `, 8) + `{ id }` + strings.Repeat(` } }`, 8) + ` } }`,
		"doubling fragments": doubling.String(),
		"complexity":         `{ tasks(first: 100) { nodes { dependsOn(first: 100) { nodes { dependents(first: 100) { nodes { id } } } } } } }`,
		"directives":         `{ __typename ` + strings.Repeat(`@skip(if: false) `, 60) + `}`,
		"tokens":             `{ ` + strings.Repeat(`__typename `, 6_000) + `}`,
		"length":             `{ __typename } #` + strings.Repeat(`x`, 100_000),
		"circular fragments": `{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }`,
		"deep introspection": `{ __schema { types ` + strings.Repeat(`{ fields { type `, 5) + `{ name }` + strings.Repeat(` } }`, 5) + ` } }`,
	} {
		r := b.post(document, nil)
		require.NotEmpty(t, r.Errors, name)
		require.Empty(t, r.Data, name)
		for _, code := range r.codes() {
			require.Contains(t, []string{"LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}, code, name)
		}
	}

	flood := b.post(`{ `+strings.Repeat(`__typename @aa `, 2_000)+`}`, nil)
	require.LessOrEqual(t, len(flood.Errors), 21, "a response has a bounded number of errors")
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestTools(t *testing.T) {
	b := setup(t, nil)
	r := b.post(fullIntrospection, nil)
	require.Empty(t, r.Errors, "what GraphiQL asks first")
	require.Contains(t, string(r.Data), `"taskUpdated"`)
}

// fullIntrospection nests as deeply as graphql-js's getIntrospectionQuery.
const fullIntrospection = `query IntrospectionQuery { __schema { queryType { name } types { ...FullType } directives { name args { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL fields(includeDeprecated: true) { name args { ...InputValue } type { ...TypeRef } }
	inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
	ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`

// brokenTasks is an engine whose database has gone.
type brokenTasks struct {
	graph.Tasks
	err   error
	panic any
}

func (t brokenTasks) Types(ctx context.Context) ([]taskq.TypeState, error) {
	if t.panic != nil {
		panic(t.panic)
	}
	if t.err == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, t.err
}

func TestInternalErrorsAreMaskedAndLoggedOnce(t *testing.T) {
	const secret = "pq: password authentication failed for user admin"
	for name, broken := range map[string]brokenTasks{
		"an error": {err: fmt.Errorf("reading types: %s", secret)},
		"a panic":  {panic: secret},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, nil, func(o *graph.Options) { broken.Tasks, o.Tasks = o.Tasks, broken })
			r := b.post(`{ taskTypes { type } }`, nil)
			require.Equal(t, []string{"INTERNAL"}, r.codes())
			require.NotContains(t, r.Errors[0].Message, secret)
			id, _ := r.Errors[0].Extensions["requestId"].(string)
			require.NotEmpty(t, id)
			require.Equal(t, 1, strings.Count(b.log.String(), secret), "once")
			require.Contains(t, b.log.String(), "request_id="+id)
		})
	}
}

// garbledTasks is an engine whose tasks have metadata that are no JSON.
type garbledTasks struct{ graph.Tasks }

func (t garbledTasks) List(ctx context.Context, f taskq.Filter, o taskq.Order, p taskq.Page) (taskq.Slice[taskq.Task], error) {
	slice, err := t.Tasks.List(ctx, f, o, p)
	for i := range slice.Items {
		slice.Items[i].Metadata = json.RawMessage(`{"file": `)
	}
	return slice, err
}

func TestWhatIsNoJSONIsNotSent(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Tasks = garbledTasks{o.Tasks} })
	b.create(map[string]any{"type": embed})
	r := b.post(`{ tasks { nodes { metadata } } taskTypes { type } }`, nil)
	require.Equal(t, []string{"INTERNAL"}, r.codes())
	require.Equal(t, []any{"tasks", "nodes", 0.0, "metadata"}, r.Errors[0].Path)
	require.NotEmpty(t, r.Errors[0].Extensions["requestId"])
}

func TestAnswersTellTheirLength(t *testing.T) {
	b := setup(t, nil)
	body, err := json.Marshal(map[string]string{"query": fullIntrospection})
	require.NoError(t, err)
	for _, coding := range []string{"identity", "gzip"} {
		answer, err := http.DefaultTransport.RoundTrip(b.request("POST", "", string(body), "Content-Type", jsonBody, "Accept-Encoding", coding))
		require.NoError(t, err)
		length := answer.ContentLength
		require.Len(t, readAll(t, answer), int(length), coding)
	}
}

func TestOperationsHaveADeadline(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) {
		o.Tasks = brokenTasks{Tasks: o.Tasks}
		o.OperationTimeout = 20 * time.Millisecond
	})
	require.Equal(t, []string{"TIMEOUT"}, b.post(`{ taskTypes { type } }`, nil).codes())
}

func TestBodyThatComesTooSlowlyIsGivenUp(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.BodyTimeout = 50 * time.Millisecond })
	conn, err := new(net.Dialer).DialContext(b.ctx, "tcp", b.server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err, "the server hangs up")
	require.Contains(t, string(answer), "400 Bad Request")
}

func TestEventStream(t *testing.T) {
	b := setup(t, nil)
	stream := func(query string) *http.Response {
		t.Helper()
		body, err := json.Marshal(map[string]string{"query": query})
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(b.request("POST", "", string(body), "Content-Type", jsonBody, "Accept", "text/event-stream"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = answer.Body.Close() }) // the server may have ended it
		require.Equal(t, http.StatusOK, answer.StatusCode)
		return answer
	}
	whole := func(answer *http.Response) string {
		t.Helper()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return string(text)
	}
	require.Equal(t, ":\n\nevent: next\ndata: {\"data\":{\"__typename\":\"Query\"},\"extensions\":{\"cost\":{\"requested\":1,\"limit\":25000}}}\n\nevent: complete\ndata:\n\n", whole(stream(`{ __typename }`)))
	require.Contains(t, whole(stream(`{ x }`)), `GRAPHQL_VALIDATION_FAILED`)

	byURL := func(query string) string {
		t.Helper()
		answer, err := http.DefaultClient.Do(b.request("GET", "?"+url.Values{"query": {query}}.Encode(), "", "Accept", "text/event-stream"))
		require.NoError(t, err)
		defer func() { require.NoError(t, answer.Body.Close()) }()
		require.Equal(t, "text/event-stream; charset=utf-8", answer.Header.Get("Content-Type"))
		return whole(answer)
	}
	require.Regexp(t, "^:\n\nevent: next\ndata: .*\"Query\".*\n\nevent: complete\ndata:\n\n$", byURL(`{ __typename }`), "as EventSource asks")
	require.Contains(t, byURL(`mutation { __typename }`), "must be sent by POST")

	id := b.create(map[string]any{"type": embed})
	live := stream(`subscription { taskUpdated(snapshot: true) { taskId } }`)
	want := []byte(":\n\nevent: next\ndata: {\"data\":{\"taskUpdated\":{\"taskId\":\"" + id + "\"}}}\n\n")
	got := make([]byte, len(want))
	_, err := io.ReadFull(live.Body, got)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "%s", got)
	require.NoError(t, b.api.Shutdown(b.ctx))
	require.Empty(t, whole(live), "ended, but not complete: the client connects again")
}
