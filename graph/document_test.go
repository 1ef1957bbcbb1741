package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/globalid"
)

const uploadMutation = `mutation ($input: UploadDocumentsInput!) { uploadDocuments(input: $input) {
	documents { id name mediaType size sha256 metadata format warnings chunks { nodes { id } } text task { id } }
	tasks { id type status metadata priority } userErrors { code field message } } }`

type uploaded struct {
	Documents []struct {
		ID, Name, MediaType, Sha256 string
		Size                        int
		Metadata                    map[string]any
		Format, Text                *string
		Warnings                    []string
		Chunks                      struct{ Nodes []any }
		Task                        struct{ ID string }
	}
	Tasks []struct {
		ID, Type, Status string
		Priority         int
		Metadata         map[string]any
	}
	UserErrors []userError
}

func (b *bench) uploadDocuments(input map[string]any, files ...part) uploaded {
	b.Helper()
	places, nulls := map[string][]string{}, make([]any, len(files))
	for i := range files {
		places[files[i].name] = []string{"variables.input.files." + files[i].name}
	}
	input["files"] = nulls
	encoded, err := json.Marshal(places)
	require.NoError(b, err)
	r := b.upload(append([]part{operations(uploadMutation, map[string]any{"input": input}), {"map", "", string(encoded)}}, files...)...)
	require.Empty(b, r.Errors)
	var data struct{ UploadDocuments uploaded }
	require.NoError(b, json.Unmarshal(r.Data, &data))
	return data.UploadDocuments
}

func TestDocumentsAreUploaded(t *testing.T) {
	b := setup(t, nil)
	input := map[string]any{"metadata": map[string]any{"shelf": 3}, "priority": 7, "idempotencyKey": "k"}
	files := []part{{"0", "notes.txt", "Some notes."}, {"1", "empty.txt", ""}, {"2", "page.html", "<!doctype html><title>Page</title>"}}
	got := b.uploadDocuments(input, files...)

	require.Len(t, got.Documents, 2)
	require.Equal(t, "notes.txt", got.Documents[0].Name)
	require.Equal(t, len("Some notes."), got.Documents[0].Size)
	require.Len(t, got.Documents[0].Sha256, 64)
	require.True(t, strings.HasPrefix(got.Documents[1].MediaType, "text/html"))
	require.Equal(t, map[string]any{"shelf": 3.0}, got.Documents[1].Metadata)
	require.Nil(t, got.Documents[0].Format)
	require.Nil(t, got.Documents[0].Text)
	require.NotNil(t, got.Documents[0].Warnings)
	require.Equal(t, got.Tasks[0].ID, got.Documents[0].Task.ID)
	require.Equal(t, "DOCUMENT_PROCESSING", got.Tasks[1].Type)
	require.Equal(t, 7, got.Tasks[1].Priority)
	require.Equal(t, []userError{{"INVALID", []string{"input", "files", "1"}, "files.1 must not be empty."}}, got.UserErrors)

	again := b.uploadDocuments(input, files...)
	require.Equal(t, got.Documents[0].ID, again.Documents[0].ID)
	require.Equal(t, got.Tasks[1].ID, again.Tasks[1].ID)

	_ = b.uploadDocuments(map[string]any{"chunking": map[string]any{}}, files[0])
	wrong := b.uploadDocuments(map[string]any{"chunking": map[string]any{"maxTokens": 10}}, files[0])
	require.Equal(t, []string{"input", "chunking", "maxTokens"}, wrong.UserErrors[0].Field)
	refused := b.uploadDocuments(map[string]any{"metadata": []int{1}}, files...)
	require.Empty(t, refused.Documents)
	require.Len(t, refused.UserErrors, 1, "one mistake, however many files")

	list := query[struct {
		Documents struct {
			Nodes []struct {
				ID   string
				Task struct{ Status string }
			}
			TotalCount int
		}
		Document, Node struct{ Name string }
	}](b, `query ($id: ID!) {
		documents(filter: {search: "notes", statuses: [PENDING], metadata: {shelf: 3}}) { nodes { id task { status } } totalCount }
		document(id: $id) { name }
		node(id: $id) { ... on Document { name } }
	}`, map[string]any{"id": got.Documents[0].ID})
	require.Equal(t, 1, list.Documents.TotalCount)
	require.Equal(t, "PENDING", list.Documents.Nodes[0].Task.Status)
	require.Equal(t, "notes.txt", list.Document.Name)
	require.Equal(t, "notes.txt", list.Node.Name)
}

func TestDocumentIsProcessedAgain(t *testing.T) {
	b := setup(t, nil)
	up := b.uploadDocuments(map[string]any{}, part{"0", "notes.txt", "Some notes."})
	again := b.create(map[string]any{
		"type": "DOCUMENT_PROCESSING", "metadata": map[string]any{"documentId": up.Documents[0].ID, "why": 12345678901234567},
	})
	got := query[struct {
		Task struct{ Metadata json.RawMessage }
	}](b, `query ($id: ID!) { task(id: $id) { metadata } }`,
		map[string]any{"id": again})
	require.Contains(t, string(got.Task.Metadata), up.Tasks[0].Metadata["documentId"])
	require.Contains(t, string(got.Task.Metadata), "12345678901234567", "every digit")

	for _, c := range []struct {
		metadata any
		code     string
	}{
		{nil, "INVALID"},
		{1, "INVALID"},
		{map[string]any{}, "INVALID"},
		{map[string]any{"documentId": 7}, "INVALID"},
		{map[string]any{"documentId": again}, "NOT_FOUND"}, // a task's
		{map[string]any{"documentId": globalid.New(globalid.Document, uuid.New())}, "NOT_FOUND"},
	} {
		refused := query[struct {
			CreateTasks struct{ UserErrors []userError }
		}](b, `mutation ($metadata: JSON) { createTasks(input: {tasks: [{type: DOCUMENT_PROCESSING, metadata: $metadata}]}) {
			userErrors { code field message } } }`, map[string]any{"metadata": c.metadata})
		require.Equal(t, []string{"input", "tasks", "0", "metadata"}, refused.CreateTasks.UserErrors[0].Field, c.metadata)
		require.Equal(t, c.code, refused.CreateTasks.UserErrors[0].Code, c.metadata)
	}
}
