package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test binary is the program too: run again with this in its environment, or as the child that reads files.
const asProgram = "TASKWIRE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || (len(os.Args) > 1 && os.Args[1] == "extract") {
		main()
		return
	}
	os.Exit(m.Run())
}

const patience = 5 * time.Minute

// program is a running taskwire.
type program struct {
	*exec.Cmd
	t       *testing.T
	url     string
	exited  chan struct{}
	mu      sync.Mutex // protects log
	log     strings.Builder
	dataDir string
}

// newDataDir returns a directory that PostgreSQL may enter too when the tests run as root.
func newDataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "taskwire-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755)) //nolint:gosec // that is the point
	return filepath.Join(dir, "data")
}

var listening = regexp.MustCompile(`listening on (http://127\.0\.0\.1:\d+)`)

// startProgram starts taskwire as a person would, with some more arguments, and returns once it serves.
func startProgram(t *testing.T, dataDir string, arguments ...string) *program {
	t.Helper()
	arguments = append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir}, arguments...)
	command := exec.Command(os.Args[0], arguments...) //nolint:gosec // this program
	command.Env = append(os.Environ(), asProgram+"=1", "DATABASE_URL=")
	output, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	p := &program{Cmd: command, t: t, exited: make(chan struct{}), dataDir: dataDir}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Log(p.log.String())
		}
	})
	found := make(chan string, 1)
	go p.read(output, found)
	select {
	case p.url = <-found:
	case <-p.exited:
		require.FailNow(t, "taskwire ended")
	case <-time.After(patience):
		require.FailNow(t, "taskwire does not serve")
	}
	return p
}

func (p *program) read(output io.Reader, found chan<- string) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		p.mu.Lock()
		p.log.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if match := listening.FindStringSubmatch(lines.Text()); match != nil {
			found <- match[1]
		}
	}
	_ = p.Wait() // how it ended is the test's business
	close(p.exited)
}

func (p *program) kill() {
	_ = p.Process.Kill()
	<-p.exited
}

// terminate ends it as Ctrl-C does.
func (p *program) terminate() {
	p.t.Helper()
	require.NoError(p.t, p.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.exited:
		require.Equal(p.t, 0, p.ProcessState.ExitCode())
	case <-time.After(patience):
		require.FailNow(p.t, "taskwire does not stop")
	}
}

// query runs a GraphQL operation, and returns its data.
func query[T any](p *program, operation string, variables map[string]any) T {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"query": operation, "variables": variables})
	require.NoError(p.t, err)
	return post[T](p, "application/json", bytes.NewReader(body))
}

func post[T any](p *program, contentType string, body io.Reader) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/graphql", body)
	require.NoError(p.t, err)
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Graphql-Require-Preflight", "1")
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data   T
		Errors []json.RawMessage
	}
	require.NoError(p.t, json.NewDecoder(response.Body).Decode(&answer))
	require.Empty(p.t, answer.Errors)
	return answer.Data
}

// sendFile sends a file with an operation whose variable is $file.
func sendFile[T any](p *program, operation, path string) T {
	p.t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(p.t, err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	operations, err := json.Marshal(map[string]any{"query": operation, "variables": map[string]any{"file": nil}})
	require.NoError(p.t, err)
	require.NoError(p.t, form.WriteField("operations", string(operations)))
	require.NoError(p.t, form.WriteField("map", `{"0": ["variables.file"]}`))
	part, err := form.CreateFormFile("0", filepath.Base(path))
	require.NoError(p.t, err)
	_, err = part.Write(content)
	require.NoError(p.t, err)
	require.NoError(p.t, form.Close())
	return post[T](p, form.FormDataContentType(), &body)
}

type taskNode struct{ ID, Type, Status, Description, ErrorMessage string }

type taskList struct{ Tasks struct{ Nodes []taskNode } }

func (p *program) tasks() []taskNode {
	p.t.Helper()
	return query[taskList](p, `{ tasks(first: 100) { nodes { id type status description errorMessage } } }`, nil).Tasks.Nodes
}

// awaitAll waits until no task is PENDING or RUNNING, and returns the tasks.
func (p *program) awaitAll() []taskNode {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		tasks := p.tasks()
		unfinished := 0
		for _, t := range tasks {
			if t.Status == "PENDING" || t.Status == "RUNNING" {
				unfinished++
			}
		}
		if unfinished == 0 {
			return tasks
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.Failf(p.t, "tasks do not finish", "%+v", tasks)
		}
	}
}

const (
	uploadDocument = `mutation ($file: Upload!) { uploadDocuments(input: {files: [$file]}) { tasks { id } userErrors { message } } }`
	importProducts = `mutation ($file: Upload!) { importProducts(input: {file: $file}) { task { id } userErrors { message } } }`
)

func TestSampleFilesGoTheWholeWay(t *testing.T) {
	t.Parallel()
	p := startProgram(t, newDataDir(t))
	samples, err := filepath.Glob("samples/*")
	require.NoError(t, err)
	documents := 0
	for _, path := range samples {
		if filepath.Ext(path) != ".csv" {
			documents++
			sendFile[any](p, uploadDocument, path)
		}
	}
	sendFile[any](p, importProducts, "samples/products.csv")
	tasks := p.awaitAll()
	require.Len(t, tasks, documents+2, "one a document, the import, and the embeddings of its products")
	for _, task := range tasks {
		require.Equal(t, "COMPLETED", task.Status, "%+v", task)
	}
	p.terminate()
}

func TestNothingIsLostByKillingServerAndDatabase(t *testing.T) {
	t.Parallel()
	dataDir := newDataDir(t)
	p := startProgram(t, dataDir)
	sendFile[any](p, uploadDocument, "samples/field-guide.md")
	before := p.tasks()
	killPostgres(t, dataDir)
	p.kill()

	p = startProgram(t, dataDir)
	after := p.awaitAll()
	require.Len(t, after, len(before))
	require.Equal(t, before[0].ID, after[0].ID)
	require.Equal(t, "COMPLETED", after[0].Status)
	p.terminate()
}

// killPostgres kills the private server without any chance to clean up.
func killPostgres(t *testing.T, dataDir string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dataDir, "postgres", "postmaster.pid"))
	require.NoError(t, err)
	var pid int
	require.NoError(t, json.Unmarshal([]byte(strings.SplitN(string(content), "\n", 2)[0]), &pid))
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
}

func TestASecondStartSaysWhoHoldsTheDirectory(t *testing.T) {
	t.Parallel()
	dataDir := newDataDir(t)
	p := startProgram(t, dataDir)
	second := exec.CommandContext(t.Context(), os.Args[0], "serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir)
	second.Env = append(os.Environ(), asProgram+"=1", "DATABASE_URL=")
	output, err := second.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), fmt.Sprintf("%s is in use by pid %d", dataDir, p.Process.Pid))
	p.terminate()
}

// keys runs taskwire keys and returns what it prints.
func keys(t *testing.T, dataDir string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], append([]string{"keys"}, append(args, "--data-dir", dataDir)...)...)
	command.Env = append(os.Environ(), asProgram+"=1", "DATABASE_URL=")
	command.Stderr = t.Output()
	output, err := command.Output()
	require.NoError(t, err)
	return string(output)
}

func TestKeysLetInAndOut(t *testing.T) {
	t.Parallel()
	dataDir := newDataDir(t)
	before := strings.TrimSpace(keys(t, dataDir, "create", "--name", "before", "--role", "admin"))
	p := startProgram(t, dataDir, "--auth", "keys")
	during := strings.TrimSpace(keys(t, dataDir, "create", "--name", "during"))
	status := func(path, key string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
		require.NoError(t, err)
		if key != "" {
			request.Header.Set("Authorization", "Bearer "+key)
		}
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	const query = "/graphql?query=%7Bviewer%7Bname%7D%7D"
	for key, want := range map[string]map[string]int{
		"":     {"/": 200, "/graphiql": 200, "/healthz": 204, "/auth/config": 200, query: 401, "/api/v1/tasks/": 401, "/metrics": 401},
		before: {query: 200, "/api/v1/tasks/": 200, "/metrics": 200},
		during: {query: 200, "/api/v1/tasks/": 200, "/metrics": 403},
	} {
		for path, wanted := range want {
			require.Equal(t, wanted, status(path, key), "%s with %.8s", path, key)
		}
	}
	require.Contains(t, keys(t, dataDir, "list"), "during")
	require.Contains(t, keys(t, dataDir, "revoke", during[:8]), "revoked")
	require.Eventually(t, func() bool { return status(query, during) == http.StatusUnauthorized }, patience, 50*time.Millisecond)
	require.Equal(t, http.StatusOK, status(query, before))
	p.terminate()
}

func TestAProviderThatIsDownDoesNotStopTheServer(t *testing.T) {
	t.Parallel()
	dataDir := newDataDir(t)
	key := strings.TrimSpace(keys(t, dataDir, "create", "--name", "a"))
	p := startProgram(t, dataDir, "--auth", "keys,oidc", "--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "taskwire", "--oidc-roles", "*=viewer")
	for token, want := range map[string]int{key: http.StatusOK, "a.b.c": http.StatusServiceUnavailable} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/v1/tasks/", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, want, answer.StatusCode)
	}
	p.terminate()
}
