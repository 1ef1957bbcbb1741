package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
)

func hashOf(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

func TestDocumentIsNamedOnceItWasSent(t *testing.T) {
	b := setup(t, nil)
	const document = `{ __typename }`
	named := fmt.Sprintf(`"extensions": {"persistedQuery": {"version": 1, "sha256Hash": %q}}`, hashOf(document))
	send := func(body string) response { return b.send(b.request("POST", "", body, "Content-Type", jsonBody)) }

	require.Equal(t, []string{"PERSISTED_QUERY_NOT_FOUND"}, send(`{`+named+`}`).codes())
	require.Equal(t, "PersistedQueryNotFound", send(`{` + named + `}`).Errors[0].Message, "Apollo's clients look for it")
	require.Empty(t, send(fmt.Sprintf(`{"query": %q, %s}`, document, named)).Errors)
	require.JSONEq(t, `{"__typename": "Query"}`, string(send(`{`+named+`}`).Data))
	require.JSONEq(t, `{"__typename": "Query"}`, string(send(fmt.Sprintf(`{"documentId": "sha256:%s"}`, hashOf(document))).Data))

	get := "?" + url.Values{"documentId": {"sha256:" + hashOf(document)}}.Encode()
	require.Empty(t, b.send(b.request("GET", get, "")).Errors)
	require.NotEmpty(t, send(fmt.Sprintf(`{"query": "{ viewer { name } }", %s}`, named)).Errors, "another document of this hash")
	require.NotEmpty(t, send(`{"extensions": {"persistedQuery": 7}}`).Errors)
	require.Equal(t, 400, send(`{}`).status)
}

func TestOnlyListedDocumentsRun(t *testing.T) {
	const document = `query Listed { __typename }`
	directory := t.TempDir()
	for name, manifest := range map[string]string{
		"relay.json":  fmt.Sprintf(`{"one": %q}`, document),
		"apollo.json": fmt.Sprintf(`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "one", "name": "Listed", "type": "query", "body": %q}]}`, document),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(directory, name), []byte(manifest), 0o600))
	}
	relay, err := graph.ReadPersistedDocuments(filepath.Join(directory, "relay.json"))
	require.NoError(t, err)
	apollo, err := graph.ReadPersistedDocuments(filepath.Join(directory, "apollo.json"))
	require.NoError(t, err)
	require.Equal(t, relay, apollo)

	b := setup(t, nil, func(o *graph.Options) { o.PersistedDocuments = relay })
	send := func(body string) response { return b.send(b.request("POST", "", body, "Content-Type", jsonBody)) }
	require.Empty(t, send(`{"documentId": "one"}`).Errors)
	require.Empty(t, send(`{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "one"}}}`).Errors)
	require.Empty(t, b.post(document, nil).Errors, "in full")
	require.Equal(t, []string{"DOCUMENT_NOT_ALLOWED"}, b.post(`{ __typename }`, nil).codes())
	require.Equal(t, []string{"DOCUMENT_NOT_ALLOWED"}, b.post(fullIntrospection, nil).codes())
	require.Equal(t, []string{"PERSISTED_QUERY_NOT_FOUND"}, send(`{"documentId": "two"}`).codes())
	hashed := fmt.Sprintf(`{"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": %q}}}`, hashOf(`{ __typename }`))
	require.Equal(t, []string{"DOCUMENT_NOT_ALLOWED"}, send(hashed).codes())
}

func TestListOfDocumentsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "documents.json")
	for _, text := range []string{``, `[]`, `{}`, `{"operations": []}`, `{"a": 1}`} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := graph.ReadPersistedDocuments(path)
		require.ErrorContains(t, err, path, text)
	}
	_, err := graph.ReadPersistedDocuments(path + ".none")
	require.Error(t, err)
}

func TestCostIsReported(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Limits.Complexity = 1_000 })
	cost := func(document string) (requested, limit int, codes []string) {
		r := b.post(document, nil)
		of := r.Extensions["cost"]
		if len(r.Errors) > 0 {
			of = r.Errors[0].Extensions["cost"]
		}
		encoded, err := json.Marshal(of)
		require.NoError(t, err)
		var c struct{ Requested, Limit int }
		require.NoError(t, json.Unmarshal(encoded, &c))
		return c.Requested, c.Limit, r.codes()
	}
	requested, limit, codes := cost(`{ tasks(first: 50) { nodes { id status } } }`)
	require.Equal(t, []any{10 + 50*3, 1_000}, []any{requested, limit})
	require.Empty(t, codes)
	requested, limit, codes = cost(`{ tasks(first: 100) { nodes { dependsOn(first: 100) { nodes { id } } } } }`)
	require.Greater(t, requested, limit)
	require.Equal(t, []string{"LIMIT_EXCEEDED"}, codes)
}

func TestWithoutIntrospectionNothingOfTheSchemaLeaks(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Introspection = false })
	require.NotEmpty(t, b.post(`{ __schema { types { name } } }`, nil).Errors)
	require.Empty(t, b.post(`{ __typename }`, nil).Errors)
	for _, document := range []string{
		`{ task }`, `{ taks(id: "x") { id } }`, `{ tasks(frst: 1) { totalCount } }`, `{ tasks { nodes { statu } } }`, `{ tasks(orderBy: {feld: PRIORITY}) { totalCount } }`,
		`{ tasks(orderBy: {field: PRIORITI}) { totalCount } }`, `{ node(id: "x") { ... on Tsk { id } } }`, `query ($f: TaskFiltr) { tasks(filter: $f) { totalCount } }`,
		`{ tasks }`,
	} {
		r := b.post(document, nil)
		require.NotEmpty(t, r.Errors, document)
		for _, err := range r.Errors {
			require.NotContains(t, strings.ToLower(err.Message), "did you mean", document)
		}
	}
}

func TestAnswersAreCompressed(t *testing.T) {
	b := setup(t, nil)
	body, err := json.Marshal(map[string]string{"query": fullIntrospection})
	require.NoError(t, err)
	plain := b.bodyOf(string(body), "identity")
	for _, coding := range []string{"gzip", "zstd"} {
		request := b.request("POST", "", string(body), "Content-Type", jsonBody, "Accept-Encoding", coding)
		answer, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		require.Equal(t, coding, answer.Header.Get("Content-Encoding"))
		require.Contains(t, answer.Header.Values("Vary"), "Accept-Encoding")
		compressed := readAll(t, answer)
		require.Less(t, len(compressed), len(plain)/3)
		require.Equal(t, plain, decompress(t, coding, compressed))
	}
	short := b.request("POST", "", `{"query": "{ __typename }"}`, "Content-Type", jsonBody, "Accept-Encoding", "gzip")
	answer, err := http.DefaultTransport.RoundTrip(short)
	require.NoError(t, err)
	require.Empty(t, answer.Header.Get("Content-Encoding"), "it would not be shorter")
	readAll(t, answer)
	stream := b.request("POST", "", string(body), "Content-Type", jsonBody, "Accept-Encoding", "gzip", "Accept", "text/event-stream")
	answer, err = http.DefaultTransport.RoundTrip(stream)
	require.NoError(t, err)
	require.Empty(t, answer.Header.Get("Content-Encoding"), "each event matters at once")
	readAll(t, answer)
}
