package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

const uploadExample = "examples/upload-node"

// uploader runs the example, which uses a client of the protocol that is not ours.
func uploader(t *testing.T, url, file, state string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat(filepath.Join(uploadExample, "node_modules/tus-js-client")); err != nil {
		t.Skip("run npm ci in " + uploadExample + " first")
	}
	command := exec.CommandContext(t.Context(), "node", "upload.mjs", url, file, "document", state) //nolint:gosec // the example
	command.Dir = uploadExample
	return command
}

// A client is killed in the middle of its file, and then the server. Both come back, and the upload goes on.
func TestUploadGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	dataDir := newDataDir(t)
	p := startProgram(t, dataDir)
	file, state := filepath.Join(t.TempDir(), "large.md"), filepath.Join(t.TempDir(), "state")
	require.NoError(t, os.WriteFile(file, bytes.Repeat([]byte("# A heading\n\nSome text of a large document.\n\n"), 100_000), 0o600))

	first := uploader(t, p.interrupted(3), file, state)
	output, err := first.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, first.Start())
	lines := bufio.NewScanner(output)
	for range 3 { // of eighteen pieces
		require.True(t, lines.Scan())
	}
	require.NoError(t, first.Process.Kill())
	_ = first.Wait() // killed
	p.kill()

	p = startProgram(t, dataDir)
	said, err := uploader(t, p.url, file, state).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Regexp(t, `\ntask [0-9a-f-]{36}\n$`, string(said))
	require.Less(t, strings.Count(string(said), " bytes\n"), 17, "not from the start: %s", said)
	tasks := p.tasks()
	require.Len(t, tasks, 1)
	require.Equal(t, "Process large.md", tasks[0].Description)
	require.Less(t, p.kept(), int64(64<<10), "of a finished upload no bytes are kept twice")
	p.terminate()
}

// interrupted returns the address of a proxy that lets through so many pieces of uploads, and no more.
func (p *program) interrupted(pieces int64) string {
	p.t.Helper()
	to, err := url.Parse(p.url)
	require.NoError(p.t, err)
	forward, ended := httputil.NewSingleHostReverseProxy(to), make(chan struct{})
	var seen atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch && seen.Add(1) > pieces {
			<-ended
			return
		}
		forward.ServeHTTP(w, r)
	}))
	p.t.Cleanup(func() { close(ended); proxy.Close() })
	return proxy.URL
}

// kept returns the bytes on disk of uploads that are, or were, under way.
func (p *program) kept() (bytes int64) {
	p.t.Helper()
	output, err := exec.CommandContext(p.t.Context(), "du", "-sk", filepath.Join(p.dataDir, "uploads")).Output() //nolint:gosec // of the test
	require.NoError(p.t, err)
	_, err = fmt.Sscan(string(output), &bytes)
	require.NoError(p.t, err)
	return bytes << 10
}

func TestResumableUploadsAreChecked(t *testing.T) {
	t.Parallel()
	p := startProgram(t, newDataDir(t), "--max-upload", "1000")
	send := func(method, path, body string, header ...string) *http.Response {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Tus-Resumable", "1.0.0")
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer
	}
	const path, document = "/api/v1/uploads/", "filename YS5tZA==,purpose ZG9jdW1lbnQ=" // a.md
	for name, c := range map[string]struct {
		header []string
		status int
	}{
		"too large":       {[]string{"Upload-Length", "1001", "Upload-Metadata", document}, 413},
		"empty":           {[]string{"Upload-Length", "0", "Upload-Metadata", document}, 400},
		"no length":       {[]string{"Upload-Defer-Length", "1", "Upload-Metadata", document}, 400},
		"no name":         {[]string{"Upload-Length", "5", "Upload-Metadata", "purpose ZG9jdW1lbnQ="}, 400},
		"no purpose":      {[]string{"Upload-Length", "5", "Upload-Metadata", "filename YS5tZA=="}, 400},
		"another site":    {[]string{"Upload-Length", "5", "Upload-Metadata", document, "Sec-Fetch-Site", "cross-site"}, 403},
		"another version": {[]string{"Upload-Length", "5", "Upload-Metadata", document, "Tus-Resumable", "0.1"}, 412},
	} {
		require.Equal(t, c.status, send("POST", path, "", c.header...).StatusCode, name)
	}
	for _, id := range []string{"x", "..%2f..%2fetc", strings.Repeat("0", 32)} {
		require.Equal(t, 404, send("HEAD", path+id, "").StatusCode, id)
	}
	created := send("POST", path, "", "Upload-Length", "5", "Upload-Metadata", document)
	require.Equal(t, 201, created.StatusCode)
	require.NotEmpty(t, created.Header.Get("Upload-Expires"))
	where := strings.TrimPrefix(created.Header.Get("Location"), p.url)
	patch := []string{"Content-Type", "application/offset+octet-stream", "Upload-Offset"}
	require.Equal(t, 409, send("PATCH", where, "x", append(patch, "3")...).StatusCode, "another offset")
	require.Equal(t, 204, send("PATCH", where, "# A", append(patch, "0")...).StatusCode)
	require.Equal(t, "3", send("HEAD", where, "").Header.Get("Upload-Offset"))
	task := send("PATCH", where, "bc", append(patch, "3")...).Header.Get("Taskwire-Task")
	require.NotEmpty(t, task)
	require.Equal(t, task, send("HEAD", where, "").Header.Get("Taskwire-Task"), "for a client that missed the answer")
	require.Len(t, p.tasks(), 1)
	require.Equal(t, 204, send("DELETE", where, "").StatusCode)
	require.Equal(t, 404, send("HEAD", where, "").StatusCode)
	p.terminate()
}
