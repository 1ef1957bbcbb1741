package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/internal/rest"
	"github.com/taskwire/taskwire/internal/upload"
	"github.com/taskwire/taskwire/taskq"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type bench struct {
	*testing.T
	tasks  *taskq.Client // not started: nothing runs
	server *httptest.Server
}

func setup(t *testing.T, change ...func(*rest.Options, *sqlx.DB)) *bench {
	t.Helper()
	t.Parallel()
	database := dbtest.New(t)
	tasks := taskq.New(database.DB, taskq.Config{DSN: database.DSN})
	blobs, err := blob.OpenStore(t.TempDir())
	require.NoError(t, err)
	options := rest.Options{
		Tasks:        access.NewTasks(tasks),
		Documents:    access.NewDocuments(document.NewService(database.DB, blobs, tasks, &extract.Extractor{}, embedding.NewHash(), document.Config{})),
		Products:     access.NewProducts(product.NewService(database.DB, blobs, tasks, product.Config{})),
		Uploads:      blobs,
		UploadLimits: upload.Limits{FileBytes: 1000, Files: 2},
		Logger:       slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	for _, change := range change {
		change(&options, database.DB)
	}
	server := httptest.NewServer(rest.NewHandler(options))
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return &bench{t, tasks, server}
}

// send returns the status, the headers and the answer of a request.
func (b *bench) send(method, path string, header http.Header, body io.Reader) (int, http.Header, map[string]any) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, b.server.URL+path, body)
	require.NoError(b, err)
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	defer func() { require.NoError(b, response.Body.Close()) }()
	var answer map[string]any
	require.NoError(b, json.NewDecoder(response.Body).Decode(&answer))
	return response.StatusCode, response.Header, answer
}

func (b *bench) get(path string) (int, map[string]any) {
	b.Helper()
	status, _, answer := b.send(http.MethodGet, path, nil, nil)
	return status, answer
}

// form returns a body with files, and its header.
func form(t *testing.T, field string, files ...[2]string) (http.Header, io.Reader) {
	t.Helper()
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	for _, file := range files {
		part, err := writer.CreateFormFile(field, file[0])
		require.NoError(t, err)
		_, err = io.WriteString(part, file[1])
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return http.Header{"Content-Type": {writer.FormDataContentType()}}, &body
}

func TestTasksArePagedAndFiltered(t *testing.T) {
	b := setup(t)
	for _, description := range []string{"one", "two", "three"} {
		_, err := b.tasks.Enqueue(t.Context(), taskq.NewTask{Type: "A", Description: description})
		require.NoError(t, err)
	}
	status, page := b.get("/api/v1/tasks/?first=2")
	require.Equal(t, http.StatusOK, status)
	require.Len(t, page["tasks"], 2)
	require.Equal(t, "three", page["tasks"].([]any)[0].(map[string]any)["description"])
	require.Equal(t, true, page["hasNextPage"])

	_, rest := b.get("/api/v1/tasks/?first=2&after=" + url.QueryEscape(page["endCursor"].(string)))
	require.Len(t, rest["tasks"], 1)
	require.Equal(t, false, rest["hasNextPage"])

	_, found := b.get("/api/v1/tasks/?status=PENDING&type=A&search=tw")
	require.Len(t, found["tasks"], 1)
}

func TestTaskIsFoundByEitherOfItsIDs(t *testing.T) {
	b := setup(t)
	enqueued, err := b.tasks.Enqueue(t.Context(), taskq.NewTask{Type: "A"})
	require.NoError(t, err)
	for _, id := range []string{enqueued.Task.ID.String(), globalid.New(globalid.Task, enqueued.Task.ID)} {
		status, task := b.get("/api/v1/tasks/" + id)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, enqueued.Task.ID.String(), task["id"])
	}
}

func TestWhatCannotBeAskedIsExplained(t *testing.T) {
	b := setup(t)
	cases := map[string]int{
		"/api/v1/tasks/?stauts=FAILED":       http.StatusBadRequest,
		"/api/v1/tasks/?status=BROKEN":       http.StatusBadRequest,
		"/api/v1/tasks/?first=many":          http.StatusBadRequest,
		"/api/v1/tasks/?first=1000":          http.StatusUnprocessableEntity,
		"/api/v1/tasks/?after=x":             http.StatusUnprocessableEntity,
		"/api/v1/tasks/nonsense":             http.StatusNotFound,
		"/api/v1/tasks/" + uuid.NewString():  http.StatusNotFound,
		"/api/v1/elsewhere":                  http.StatusNotFound,
		"/api/v1/tasks/?metadata=not%20json": http.StatusUnprocessableEntity,
	}
	for path, expected := range cases {
		status, answer := b.get(path)
		require.Equal(t, expected, status, path)
		require.NotEmpty(t, answer["detail"], path)
		require.NotEmpty(t, answer["requestId"], path)
	}
}

func TestUploadEnqueuesATaskAFile(t *testing.T) {
	b := setup(t)
	header, body := form(t, "file", [2]string{"a.txt", "some text"}, [2]string{"../../b.md", "# more"})
	status, answered, answer := b.send(http.MethodPost, "/api/v1/documents/upload", header, body)
	require.Equal(t, http.StatusAccepted, status, answer)
	documents := answer["documents"].([]any)
	require.Len(t, documents, 2)
	require.Equal(t, "b.md", documents[1].(map[string]any)["file"], "a path is not part of a name")

	status, task := b.get(answered.Get("Location"))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "DOCUMENT_PROCESSING", task["type"])
	require.Len(t, task["history"], 1)
}

func TestUploadOfABareBody(t *testing.T) {
	b := setup(t)
	status, _, answer := b.send(http.MethodPost, "/api/v1/documents/upload?name=n.txt",
		http.Header{"Content-Type": {"text/plain"}}, strings.NewReader("hello"))
	require.Equal(t, http.StatusAccepted, status, answer)
	status, _, _ = b.send(http.MethodPost, "/api/v1/documents/upload",
		http.Header{"Content-Type": {"text/plain"}}, strings.NewReader("hello"))
	require.Equal(t, http.StatusBadRequest, status)
}

func TestEachFileStandsForItself(t *testing.T) {
	b := setup(t)
	header, body := form(t, "file", [2]string{"empty.txt", ""}, [2]string{"good.txt", "text"})
	status, _, answer := b.send(http.MethodPost, "/api/v1/documents/upload", header, body)
	require.Equal(t, http.StatusAccepted, status)
	documents := answer["documents"].([]any)
	require.Contains(t, documents[0].(map[string]any)["problem"], "empty")
	require.Contains(t, documents[1], "task")

	header, body = form(t, "file", [2]string{"empty.txt", ""})
	status, _, _ = b.send(http.MethodPost, "/api/v1/documents/upload", header, body)
	require.Equal(t, http.StatusUnprocessableEntity, status)
}

func TestUploadsAreLimited(t *testing.T) {
	b := setup(t)
	long := strings.Repeat("x", 1001)
	cases := map[string]struct {
		field  string
		files  [][2]string
		status int
	}{
		"a large file":  {"file", [][2]string{{"a.txt", long}}, http.StatusRequestEntityTooLarge},
		"many files":    {"file", [][2]string{{"a", "1"}, {"b", "2"}, {"c", "3"}}, http.StatusRequestEntityTooLarge},
		"another field": {"upload", [][2]string{{"a", "1"}}, http.StatusBadRequest},
		"no file":       {"file", nil, http.StatusBadRequest},
	}
	for name, c := range cases {
		header, body := form(t, c.field, c.files...)
		status, _, answer := b.send(http.MethodPost, "/api/v1/documents/upload", header, body)
		require.Equal(t, c.status, status, "%s: %v", name, answer)
	}
	tasks, err := b.tasks.Count(t.Context(), taskq.Filter{}, 10)
	require.NoError(t, err)
	require.Zero(t, tasks)
}

func TestImportEnqueuesTheImportAndWhatFollows(t *testing.T) {
	b := setup(t)
	header, body := form(t, "file", [2]string{"p.csv", "sku,title\n1,One\n"})
	header.Set("Idempotency-Key", "k1")
	status, _, answer := b.send(http.MethodPost, "/api/v1/import/products", header, body)
	require.Equal(t, http.StatusAccepted, status, answer)
	require.Equal(t, "DATA_IMPORT", answer["task"].(map[string]any)["type"])

	header, body = form(t, "file", [2]string{"p.csv", "sku,title\n1,One\n"})
	header.Set("Idempotency-Key", "k1")
	_, _, again := b.send(http.MethodPost, "/api/v1/import/products", header, body)
	require.Equal(t, answer["task"].(map[string]any)["id"], again["task"].(map[string]any)["id"])
	tasks, err := b.tasks.Count(t.Context(), taskq.Filter{}, 10)
	require.NoError(t, err)
	require.Equal(t, 2, tasks)
}

func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	b := setup(t)
	header, body := form(t, "file", [2]string{"a.txt", "text"})
	header.Set("Sec-Fetch-Site", "cross-site")
	status, _, answer := b.send(http.MethodPost, "/api/v1/documents/upload", header, body)
	require.Equal(t, http.StatusForbidden, status, answer)
}
