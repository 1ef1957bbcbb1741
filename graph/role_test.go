package graph_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/auth"
)

// rootOperations has one operation for each root field, and who may run it: V viewers, O operators, A admins, L operators that
// see only their own.
var rootOperations = map[string]struct{ text, may string }{
	"node":       {`{ node(id: "x") { id } }`, "VOAL"},
	"nodes":      {`{ nodes(ids: []) { id } }`, "VOAL"},
	"task":       {`{ task(id: "x") { id } }`, "VOAL"},
	"tasks":      {`{ tasks { totalCount } }`, "VOAL"},
	"document":   {`{ document(id: "x") { id } }`, "VOAL"},
	"documents":  {`{ documents { totalCount } }`, "VOAL"},
	"product":    {`{ product(id: "x") { id } }`, "VOAL"},
	"products":   {`{ products { totalCount } }`, "VOAL"},
	"taskTypes":  {`{ taskTypes { type } }`, "VOAL"},
	"viewer":     {`{ viewer { name } }`, "VOAL"},
	"workers":    {`{ workers { id } }`, "VOA"},
	"taskStats":  {`{ taskStats { counts { count } } }`, "VOA"},
	"feedHealth": {`{ feedHealth { watchers } }`, "VOA"},
	"apiKeys":    {`{ apiKeys { id } }`, "A"},

	"createTask":         {`mutation { createTask(input: {type: DATA_IMPORT}) { task { id } } }`, "OAL"},
	"createTasks":        {`mutation { createTasks(input: {tasks: []}) { tasks { id } } }`, "OAL"},
	"uploadDocuments":    {`mutation { uploadDocuments(input: {files: []}) { tasks { id } } }`, "OAL"},
	"importProducts":     {`mutation ($f: Upload!) { importProducts(input: {file: $f}) { task { id } } }`, "OAL"},
	"updateProducts":     {`mutation { updateProducts(input: {skus: ["1"], set: {title: "x"}}) { task { id } } }`, "OAL"},
	"generateEmbeddings": {`mutation { generateEmbeddings(input: {}) { task { id } } }`, "OA"},
	"cancelTasks":        {`mutation { cancelTasks(input: {ids: []}) { affectedCount } }`, "OAL"},
	"retryTasks":         {`mutation { retryTasks(input: {ids: []}) { affectedCount } }`, "OAL"},
	"setTaskPriority":    {`mutation { setTaskPriority(input: {ids: [], priority: 1}) { affectedCount } }`, "OAL"},
	"deleteTasks":        {`mutation { deleteTasks(input: {ids: []}) { affectedCount } }`, "OAL"},
	"pauseTaskType":      {`mutation { pauseTaskType(input: {type: DATA_IMPORT}) { taskType { paused } } }`, "OA"},
	"resumeTaskType":     {`mutation { resumeTaskType(input: {type: DATA_IMPORT}) { taskType { paused } } }`, "OA"},
	"setTaskTypeLimit":   {`mutation { setTaskTypeLimit(input: {type: DATA_IMPORT}) { taskType { maxRunning } } }`, "OA"},
	"createApiKey":       {`mutation { createApiKey(input: {name: "x"}) { secret } }`, "A"},
	"revokeApiKey":       {`mutation { revokeApiKey(input: {id: "x"}) { apiKey { id } } }`, "A"},

	"taskUpdated":      {`subscription { taskUpdated(snapshot: true) { kind } }`, "VOAL"},
	"taskStatsUpdated": {`subscription { taskStatsUpdated { counts { count } } }`, "VOA"},
}

func TestRolesByOperation(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	callers := map[rune]auth.NewKey{
		'V': {Name: "v", Role: auth.Viewer}, 'O': {Name: "o", Role: auth.Operator}, 'A': {Name: "a", Role: auth.Admin},
		'L': {Name: "l", Role: auth.Operator, OwnOnly: true},
	}
	secrets := map[rune]string{}
	for letter, n := range callers {
		_, secrets[letter] = b.key(n)
	}
	// Something to be seen by whoever watches.
	for _, letter := range "OL" {
		require.Empty(t, b.postAs(secrets[letter], `mutation { createTask(input: {type: DATA_IMPORT}) { task { id } } }`, nil).Errors)
	}
	for _, root := range roots(t) {
		for _, field := range root.Fields {
			if field.Name[0] == '_' {
				continue
			}
			operation, known := rootOperations[field.Name]
			require.True(t, known, "add %s to this table", field.Name)
			for letter, secret := range secrets {
				b.checkRole(field.Name, root.Name, secret, operation.text, slices.Contains([]rune(operation.may), letter), string(letter))
			}
			require.Equal(t, http.StatusUnauthorized, b.postAs("", operation.text, nil).status, field.Name)
		}
	}
}

// checkRole runs an operation and looks whether it was FORBIDDEN. Whether it makes sense is another matter.
func (b *bench) checkRole(field, root, secret, text string, may bool, caller string) {
	b.Helper()
	if field == "importProducts" { // needs a file
		body, contentType := form(b.T, importOne(), part{"map", "", placed}, part{"0", "a.csv", csv})
		r := b.send(b.request("POST", "", body, "Content-Type", contentType, preflight, "1", "Authorization", "Bearer "+secret))
		require.Equal(b, !may, slices.Contains(r.codes(), "FORBIDDEN"), "%s by %s: %v", field, caller, r.Errors)
		return
	}
	p := b.connectAs(secret)
	p.subscribe("1", text)
	first := p.hear()
	require.NoError(b, p.conn.Close())
	forbidden := slices.Contains(codesOf(b, first), "FORBIDDEN")
	require.Equal(b, !may, forbidden, "%s by %s over a websocket: %s %s", field, caller, first.Type, first.Payload)
	require.Equal(b, !may, strings.Contains(b.firstEvent(secret, text), `"FORBIDDEN"`), "%s by %s as server-sent events", field, caller)
	if root == "Subscription" {
		return
	}
	r := b.postAs(secret, text, nil)
	require.Equal(b, !may, slices.Contains(r.codes(), "FORBIDDEN"), "%s by %s: %v", field, caller, r.Errors)
	var viewer struct {
		Viewer struct{ Permissions []string }
	}
	require.NoError(b, json.Unmarshal(b.postAs(secret, `{ viewer { permissions } }`, nil).Data, &viewer))
	require.Equal(b, may, slices.Contains(viewer.Viewer.Permissions, field), "the permission %s of %s", field, caller)
}

// firstEvent runs an operation as server-sent events and returns the data of the first.
func (b *bench) firstEvent(secret, text string) string {
	b.Helper()
	request := b.operation(secret, text, nil)
	request.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer func() { require.NoError(b, answer.Body.Close()) }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	require.Fail(b, "no event", "%v", lines.Err())
	return ""
}

// codesOf returns the codes of the errors in a message.
func codesOf(b *bench, m message) []string {
	b.Helper()
	type coded []struct{ Extensions struct{ Code string } }
	var list coded
	if m.Type == "next" {
		var result struct{ Errors coded }
		require.NoError(b, json.Unmarshal(m.Payload, &result))
		list = result.Errors
	} else {
		require.NoError(b, json.Unmarshal(m.Payload, &list))
	}
	var codes []string
	for _, err := range list {
		codes = append(codes, err.Extensions.Code)
	}
	return codes
}

func TestUploadsNeedOperators(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	_, viewer := b.key(auth.NewKey{Name: "v", Role: auth.Viewer})
	_, operator := b.key(auth.NewKey{Name: "o", Role: auth.Operator})
	r := b.uploadAs(viewer, "a.txt", "some text")
	require.Equal(t, http.StatusForbidden, r.status)
	require.Equal(t, []string{"FORBIDDEN"}, r.codes())
	require.Empty(t, b.stored(), "nothing of it is kept")
	require.Empty(t, b.uploadAs(operator, "a.txt", "some text").Errors)
	require.Equal(t, http.StatusUnauthorized, b.uploadAs("", "a.txt", "some text").status)
}

// uploadAs sends a file for uploadDocuments with an API key.
func (b *bench) uploadAs(secret, name, content string) response {
	b.Helper()
	const mutation = `mutation ($files: [Upload!]!) { uploadDocuments(input: {files: $files, idempotencyKey: "1"}) {
		documents { id } tasks { id createdBy } userErrors { message } } }`
	body, contentType := form(b.T,
		operations(mutation, map[string]any{"files": []any{nil}}), part{"map", "", `{"0": ["variables.files.0"]}`}, part{"0", name, content})
	request := b.request("POST", "", body, "Content-Type", contentType, preflight, "1")
	if secret != "" {
		request.Header.Set("Authorization", "Bearer "+secret)
	}
	return b.send(request)
}
