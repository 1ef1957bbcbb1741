package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// The whole program under attack: each request is refused as the specifications say, and what the process holds of memory
// and files stays what it was.

// attack is a request that must be refused.
type attack struct {
	name   string
	send   func(*program) (status int, body string)
	status int
	code   string // in the body; empty: any
}

func operation(text string) func(*program) (int, string) {
	return func(p *program) (int, string) {
		body, err := json.Marshal(map[string]string{"query": text})
		require.NoError(p.t, err)
		return p.attack(bytes.NewReader(body))
	}
}

func raw(body string) func(*program) (int, string) {
	return func(p *program) (int, string) { return p.attack(strings.NewReader(body)) }
}

// attack posts JSON, with pairs of header names and values.
func (p *program) attack(body io.Reader, header ...string) (int, string) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/graphql", body)
	require.NoError(p.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer func() { require.NoError(p.t, answer.Body.Close()) }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	require.Less(p.t, len(text), 64<<10, "an answer is no echo")
	return answer.StatusCode, string(text)
}

func numbered(format string, n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format, i)
	}
	return text.String()
}

func attacks() []attack {
	doubling := "{ ...F0 } " + numbered("fragment F%[1]d on Query { ...G%[1]d ...G%[1]d } ", 40)
	for i := range 40 {
		doubling += fmt.Sprintf("fragment G%d on Query { ...F%d } ", i, i+1)
	}
	doubling += "fragment F40 on Query { __typename }"
	const form = "multipart/form-data; boundary=x"
	return []attack{
		{"10,000 aliases", operation("{ " + numbered("a%d: __typename ", 10_000) + "}"), 400, "LIMIT_EXCEEDED"},
		{"4,000 aliases of one character", operation("{ " + strings.Repeat("a:__typename ", 1_600) + "}"), 400, "LIMIT_EXCEEDED"},
		{"depth 1,000", operation("{ task(id: 1) " + strings.Repeat("{ dependsOn { nodes ", 500) + "{ id }" + strings.Repeat(" } }", 500) + "}"), 400, ""},
		{"depth 1,000 of a value", operation("{ tasks(filter: {metadata: " + strings.Repeat("[", 1_000) + strings.Repeat("]", 1_000) + "}) { totalCount } }"), 400, ""},
		{"100,000 tokens", operation("{" + strings.Repeat(" a", 30_000) + "}"), 400, "GRAPHQL_PARSE_FAILED"},
		{"100,000 tokens in more bytes", operation("{" + strings.Repeat(" a", 100_000) + "}"), 400, "LIMIT_EXCEEDED"},
		{"directive flood", operation("{ __typename " + strings.Repeat("@a", 2_000) + " }"), 400, ""},
		{"allowed directives", operation("{ __typename " + strings.Repeat("@skip(if:false) ", 500) + " }"), 400, ""},
		{"circular fragments", operation("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"), 400, "GRAPHQL_VALIDATION_FAILED"},
		{"doubling fragments", operation(doubling), 400, "LIMIT_EXCEEDED"},
		{"huge variables", raw(`{"query": "{ __typename }", "variables": {"a": "` + strings.Repeat("x", 5<<20) + `"}}`), 413, "LIMIT_EXCEEDED"},
		{"deep variables", raw(`{"query": "{ __typename }", "variables": {"a": ` + strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20) + `}}`), 400, "BAD_REQUEST"},
		{"a batch", raw(`[` + strings.Repeat(`{"query": "{ __typename }"},`, 1_000) + `{"query": "{ __typename }"}]`), 400, "BAD_REQUEST"},
		{"20,000 paths of a file", func(p *program) (int, string) {
			paths := strings.TrimSuffix(strings.Repeat(`"variables.file",`, 20_000), ",")
			return p.attack(strings.NewReader(multipartOf(importProducts, `{"0": [`+paths+`]}`)), "Content-Type", form, "Apollo-Require-Preflight", "1")
		}, 413, "LIMIT_EXCEEDED"},
		{"20,000 files", func(p *program) (int, string) {
			places := strings.TrimSuffix(numbered(`"%d":[],`, 5_000), ",")
			return p.attack(strings.NewReader(multipartOf(importProducts, `{`+places+`}`)), "Content-Type", form, "Apollo-Require-Preflight", "1")
		}, 413, "LIMIT_EXCEEDED"},
		{"a file of 10 GB without a length", (*program).uploadWithoutEnd, 413, "LIMIT_EXCEEDED"},
		{"a form of another site", func(p *program) (int, string) {
			return p.attack(strings.NewReader(multipartOf(importProducts, `{"0": ["variables.file"]}`)), "Content-Type", form, "Origin", "https://evil.example")
		}, 403, "FORBIDDEN"},
		{"a form without the header", func(p *program) (int, string) {
			return p.attack(strings.NewReader(multipartOf(importProducts, `{"0": ["variables.file"]}`)), "Content-Type", form)
		}, 403, "FORBIDDEN"},
		{"a form with JSON in it", func(p *program) (int, string) {
			return p.attack(strings.NewReader(`{"query": "{ __typename }"}`), "Content-Type", "text/plain")
		}, 415, "BAD_REQUEST"},
		{"a websocket of another site", func(p *program) (int, string) {
			_, answer, err := websocket.DefaultDialer.DialContext(p.t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/graphql", http.Header{"Origin": {"https://evil.example"}})
			require.Error(p.t, err)
			defer func() { require.NoError(p.t, answer.Body.Close()) }()
			return answer.StatusCode, ""
		}, 403, ""},
	}
}

// multipartOf is the head of an upload, by the boundary x.
func multipartOf(operation, places string) string {
	operations, _ := json.Marshal(map[string]any{"query": operation, "variables": map[string]any{"file": nil}}) // strings always encode
	part := func(name, content string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n"
	}
	return part("operations", string(operations)) + part("map", places) +
		"--x\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a.csv\"\r\n\r\nSKU,Title\r\n--x--\r\n"
}

// endless yields zeros for as long as somebody reads, up to 10 GB.
type endless struct{ sent atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.sent.Add(int64(len(p))) > 10<<30 {
		return 0, io.EOF
	}
	clear(p)
	return len(p), nil
}

func (p *program) uploadWithoutEnd() (int, string) {
	head := multipartOf(importProducts, `{"0": ["variables.file"]}`)
	file := &endless{}
	status, body := p.attack(io.MultiReader(strings.NewReader(strings.TrimSuffix(head, "\r\n--x--\r\n")), file),
		"Content-Type", "multipart/form-data; boundary=x", "Apollo-Require-Preflight", "1")
	require.Less(p.t, file.sent.Load(), int64(64<<20), "refused long before its end")
	return status, body
}

func TestAttacksAreRefusedAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	p := startProgram(t, newDataDir(t), "--max-upload", strconv.Itoa(1<<20), "--workers", "2")
	query[any](p, `{ __typename }`, nil)
	before := p.holds()
	var peak holdings
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() { peak = p.watch(done); close(stopped) }()
	sockets := p.openSilently(100)
	for _, a := range attacks() {
		for range 3 {
			status, body := a.send(p)
			require.Equal(t, a.status, status, "%s: %.300s", a.name, body)
			require.Contains(t, body, a.code, a.name)
		}
	}
	p.attackAtOnce()
	p.flood()
	p.requireFileNamesAreHarmless()
	p.requireEmptyFilesFail()
	for _, socket := range sockets { // the server gives up after ten seconds
		require.NoError(t, socket.SetReadDeadline(time.Now().Add(patience)))
		_, _, err := socket.ReadMessage()
		require.True(t, websocket.IsCloseError(err, 4408), "%v", err)
		require.NoError(t, socket.Close())
	}
	close(done)
	<-stopped
	http.DefaultClient.CloseIdleConnections()
	t.Logf("before %+v, at most %+v", before, peak)
	if runtime.GOOS == "linux" {
		require.Less(t, peak.files, before.files+200, "a hundred sockets, and what came at once")
		require.Less(t, peak.megabytes, before.megabytes+megabytesUnderAttack, "of %d MB before", before.megabytes)
		require.Eventually(t, func() bool { return p.holds().files <= before.files+20 }, patience, 50*time.Millisecond)
	}
	require.Equal(t, 200, p.statusOf(`{ __typename }`))
	p.terminate()
}

func (p *program) statusOf(text string) int {
	status, _ := operation(text)(p)
	return status
}

// attackAtOnce sends the costliest of the attacks from many clients.
func (p *program) attackAtOnce() {
	p.t.Helper()
	var clients sync.WaitGroup
	for _, a := range attacks()[:12] {
		for range 5 {
			clients.Go(func() { a.send(p) })
		}
	}
	clients.Wait()
}

// openSilently opens websockets that say nothing.
func (p *program) openSilently(n int) []*websocket.Conn {
	p.t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	sockets := make([]*websocket.Conn, n)
	for i := range sockets {
		socket, answer, err := dialer.DialContext(p.t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/graphql", nil)
		require.NoError(p.t, err)
		require.NoError(p.t, answer.Body.Close())
		sockets[i] = socket
	}
	return sockets
}

// flood sends messages without end, until the server closes with 1008.
func (p *program) flood() {
	p.t.Helper()
	socket := p.openSilently(1)[0]
	defer func() { _ = socket.Close() }()
	require.NoError(p.t, socket.SetReadDeadline(time.Now().Add(patience)))
	go func() {
		for socket.WriteMessage(websocket.TextMessage, []byte(`{"type": "ping"}`)) == nil {
		}
	}()
	for {
		if _, _, err := socket.ReadMessage(); err != nil {
			// The frame may be lost where the client goes on sending while the server closes.
			require.True(p.t, websocket.IsCloseError(err, websocket.ClosePolicyViolation) || !websocket.IsUnexpectedCloseError(err), "%v", err)
			return
		}
	}
}

func (p *program) requireFileNamesAreHarmless() {
	p.t.Helper()
	for _, name := range []string{"../../../../tmp/evil.md", `..\..\evil.md`, "/etc/cron.d/evil.md", "....//evil.md", strings.Repeat("a/", 5_000) + "evil.md"} {
		p.uploadNamed(name, []byte("# Evil\n\nText.\n"))
	}
	documents := query[struct {
		Documents struct{ Nodes []struct{ Name string } }
	}](p, `{ documents { nodes { name } } }`, nil).Documents.Nodes
	require.Len(p.t, documents, 5)
	for _, d := range documents {
		require.NotContains(p.t, d.Name, "/")
		require.NotContains(p.t, d.Name, "..")
	}
	// PostgreSQL's own files come and go.
	require.NoError(p.t, filepath.WalkDir(p.dataDir, func(path string, entry os.DirEntry, err error) error {
		if err == nil {
			require.NotContains(p.t, entry.Name(), "evil", path)
		}
		return nil
	}))
}

func (p *program) uploadNamed(name string, content []byte) {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	operations, err := json.Marshal(map[string]any{"query": uploadDocument, "variables": map[string]any{"file": nil}})
	require.NoError(p.t, err)
	require.NoError(p.t, form.WriteField("operations", string(operations)))
	require.NoError(p.t, form.WriteField("map", `{"0": ["variables.file"]}`))
	part, err := form.CreateFormFile("0", name)
	require.NoError(p.t, err)
	_, err = part.Write(content)
	require.NoError(p.t, err)
	require.NoError(p.t, form.Close())
	post[any](p, form.FormDataContentType(), &body)
}

// requireEmptyFilesFail uploads archives that are nothing, and little that unpacks to much of it.
func (p *program) requireEmptyFilesFail() {
	p.t.Helper()
	p.uploadNamed("empty.docx", archive(p.t, 0))
	p.uploadNamed("zeros.docx", archive(p.t, 500<<20))
	failed := map[string]bool{}
	for _, task := range p.awaitAll() {
		if strings.HasSuffix(task.Description, ".docx") {
			require.NotEmpty(p.t, task.ErrorMessage)
			failed[task.Description] = task.Status == "FAILED"
		}
	}
	require.Equal(p.t, map[string]bool{"Process empty.docx": true, "Process zeros.docx": true}, failed)
}

// archive makes a document of as many zeros, or of no parts at all.
func archive(t *testing.T, zeros int64) []byte {
	t.Helper()
	var body bytes.Buffer
	w := zip.NewWriter(&body)
	if zeros > 0 {
		part, err := w.Create("word/document.xml")
		require.NoError(t, err)
		_, err = io.CopyN(part, &endless{}, zeros)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return body.Bytes()
}

// holdings are what a process holds.
type holdings struct{ files, megabytes int }

// holds returns zeros where there is no /proc.
func (p *program) holds() holdings {
	directory := filepath.Join("/proc", strconv.Itoa(p.Process.Pid))
	files, _ := os.ReadDir(filepath.Join(directory, "fd"))
	status, _ := os.ReadFile(filepath.Join(directory, "status"))
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes int
	_, _ = fmt.Sscan(rest, &kilobytes)
	return holdings{len(files), kilobytes >> 10}
}

// watch returns the most that the process held until done.
func (p *program) watch(done <-chan struct{}) holdings {
	var most holdings
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		now := p.holds()
		most = holdings{max(most.files, now.files), max(most.megabytes, now.megabytes)}
		select {
		case <-done:
			return most
		case <-ticker.C:
		}
	}
}
