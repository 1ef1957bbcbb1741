package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
)

// part is one of a multipart request.
type part struct{ name, file, content string }

const (
	importMutation = `mutation ($file: Upload!) { importProducts(input: {file: $file, dryRun: true}) {
		task { id description metadata } userErrors { code field message } } }`
	csv       = "SKU,Title\nA-1,Shoe\n"
	placed    = `{"0": ["variables.file"]}`
	preflight = "GraphQL-Require-Preflight"
)

// operations is the first part of a request that imports one file.
func operations(query string, variables map[string]any) part {
	encoded, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	return part{"operations", "", string(encoded)}
}

func importOne() part { return operations(importMutation, map[string]any{"file": nil}) }

// form encodes parts.
func form(t *testing.T, parts ...part) (body, contentType string) {
	t.Helper()
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	for _, p := range parts {
		var target io.Writer
		var err error
		if p.file == "" {
			target, err = w.CreateFormField(p.name)
		} else {
			target, err = w.CreateFormFile(p.name, p.file)
		}
		require.NoError(t, err)
		_, err = io.WriteString(target, p.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buffer.String(), w.FormDataContentType()
}

func (b *bench) upload(parts ...part) response {
	b.Helper()
	body, contentType := form(b.T, parts...)
	return b.send(b.request("POST", "", body, "Content-Type", contentType, preflight, "1"))
}

// stored lists the files of the blob store, temporary ones too.
func (b *bench) stored() []string {
	b.Helper()
	var names []string
	require.NoError(b, filepath.WalkDir(b.blobs, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}

func TestFileIsUploaded(t *testing.T) {
	b := setup(t, nil)
	for sent, kept := range map[string]string{
		"products.csv": "products.csv", "../../etc/passwd": "passwd", `C:\Users\me\list.csv`: "list.csv", "naïve\u202e.csv": "naïve.csv", "..": "upload",
	} {
		r := b.upload(importOne(), part{"map", "", placed}, part{"0", sent, csv})
		require.Empty(t, r.Errors, sent)
		var data struct {
			ImportProducts struct {
				Task struct {
					Metadata struct {
						File string
						Size int
					}
				}
			}
		}
		require.NoError(t, json.Unmarshal(r.Data, &data))
		require.Equal(t, kept, data.ImportProducts.Task.Metadata.File)
		require.Equal(t, len(csv), data.ImportProducts.Task.Metadata.Size)
	}
	require.Len(t, b.stored(), 1, "equal content is stored once")
}

func TestFileWithoutAnnouncedLengthIsUploaded(t *testing.T) {
	b := setup(t, nil)
	body, contentType := form(t, importOne(), part{"map", "", placed}, part{"0", "a.csv", csv})
	request, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.server.URL, struct{ io.Reader }{strings.NewReader(body)})
	require.NoError(t, err)
	require.Zero(t, request.ContentLength)
	request.Header.Set("Content-Type", contentType)
	request.Header.Set(preflight, "1")
	require.Empty(t, b.send(request).Errors)
}

func TestUploadsThatBreakTheSpecification(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.UploadLimits.Files = 2 })
	file := part{"0", "a.csv", csv}
	two := operations(importMutation, map[string]any{"file": nil, "list": []any{nil, 1}})
	for name, c := range map[string]struct {
		parts  []part
		status int
	}{
		"nothing":                         {nil, 400},
		"the map first":                   {[]part{{"map", "", placed}, importOne(), file}, 400},
		"the file before the map":         {[]part{importOne(), file, {"map", "", placed}}, 400},
		"no map":                          {[]part{importOne()}, 400},
		"operations not JSON":             {[]part{{"operations", "", `{`}, {"map", "", placed}, file}, 400},
		"a batch":                         {[]part{{"operations", "", `[]`}, {"map", "", placed}, file}, 400},
		"map not an object":               {[]part{importOne(), {"map", "", `[]`}, file}, 400},
		"two paths for a file":            {[]part{importOne(), {"map", "", `{"0": ["variables.file", "variables.file"]}`}, file}, 400},
		"no path for a file":              {[]part{importOne(), {"map", "", `{"0": []}`}, file}, 400},
		"a path outside of the variables": {[]part{importOne(), {"map", "", `{"0": ["query"]}`}, file}, 400},
		"a path to nowhere":               {[]part{importOne(), {"map", "", `{"0": ["variables.other"]}`}, file}, 400},
		"a path through a null":           {[]part{importOne(), {"map", "", `{"0": ["variables.file.0"]}`}, file}, 400},
		"an index out of range":           {[]part{two, {"map", "", `{"0": ["variables.list.9"]}`}, file}, 400},
		"a negative index":                {[]part{two, {"map", "", `{"0": ["variables.list.-1"]}`}, file}, 400},
		"an index that is none":           {[]part{two, {"map", "", `{"0": ["variables.list.x"]}`}, file}, 400},
		"a path to a value":               {[]part{two, {"map", "", `{"0": ["variables.list.1"]}`}, file}, 400},
		"one place for two files":         {[]part{importOne(), {"map", "", `{"0": ["variables.file"], "1": ["variables.file"]}`}, file}, 400},
		"a file that does not come":       {[]part{importOne(), {"map", "", placed}}, 400},
		"a file that is not in the map":   {[]part{importOne(), {"map", "", placed}, file, {"1", "b.csv", csv}}, 400},
		"a file that comes twice":         {[]part{importOne(), {"map", "", placed}, file, file}, 400},
		"too many files":                  {[]part{importOne(), {"map", "", `{"0": ["a"], "1": ["b"], "2": ["c"]}`}}, 413},
		"a map that is too large":         {[]part{importOne(), {"map", "", `{"0": ["` + strings.Repeat("x", 70_000) + `"]}`}}, 413},
	} {
		r := b.upload(c.parts...)
		require.Equal(t, c.status, r.status, "%s: %v", name, r.Errors)
		require.NotEmpty(t, r.Errors, name)
	}
	require.Zero(t, b.page("first: 1").TotalCount, "nothing was imported")
}

func TestUploadsThatAreTooLarge(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.UploadLimits.FileBytes, o.UploadLimits.RequestBytes = 1_000, 5_000 })
	for name, size := range map[string]int{"a file": 1_001, "a request that says so": 5_001} {
		r := b.upload(importOne(), part{"map", "", placed}, part{"0", "a.csv", strings.Repeat("x", size)})
		require.Equal(t, http.StatusRequestEntityTooLarge, r.status, name)
		require.Equal(t, []string{"LIMIT_EXCEEDED"}, r.codes(), name)
	}
	require.Empty(t, b.stored(), "nothing is left behind")
}

func TestUploadNeedsAHeaderThatFormsCannotSend(t *testing.T) {
	b := setup(t, nil)
	body, contentType := form(t, importOne(), part{"map", "", placed}, part{"0", "a.csv", csv})
	require.Equal(t, http.StatusForbidden, b.send(b.request("POST", "", body, "Content-Type", contentType)).status)
	for _, header := range []string{"Apollo-Require-Preflight", "X-Apollo-Operation-Name", "X-Requested-With"} {
		require.Equal(t, http.StatusOK, b.send(b.request("POST", "", body, "Content-Type", contentType, header, "1")).status, header)
	}
	crossSite := b.request("POST", "", body, "Content-Type", contentType, preflight, "1", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, http.StatusForbidden, b.send(crossSite).status)
}

func TestOperationIsCheckedBeforeFilesAreRead(t *testing.T) {
	b := setup(t, nil)
	head, contentType := form(t, operations(`mutation ($file: Upload!) { nothing(file: $file) }`, map[string]any{"file": nil}), part{"map", "", placed})
	read, write := io.Pipe()
	defer func() { require.NoError(t, write.Close()) }() // after the answer: the file never comes
	request, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.server.URL, read)
	require.NoError(t, err)
	request.Header.Set("Content-Type", contentType)
	request.Header.Set(preflight, "1")
	go func() { _, _ = io.WriteString(write, head[:strings.LastIndex(head, "--\r\n")]+"\r\n") }() // fails when the server hangs up
	r := b.send(request)
	require.Equal(t, []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"}[:len(r.Errors)], r.codes())
	require.Empty(t, b.stored())
}

func TestFileCannotBeNamedWithoutBeingSent(t *testing.T) {
	b := setup(t, nil)
	for _, variable := range []any{"0", map[string]any{}, 7, map[string]any{"sha": "abc"}} {
		r := b.post(importMutation, map[string]any{"file": variable})
		require.Equal(t, []string{"BAD_USER_INPUT"}, r.codes(), variable)
	}
	require.Equal(t, []string{"GRAPHQL_VALIDATION_FAILED"}, b.post(importMutation, map[string]any{"file": nil}).codes())
}

func TestClientThatVanishesLeavesNothingBehind(t *testing.T) {
	b := setup(t, nil)
	conn := b.halfUpload()
	require.Eventually(t, func() bool { return len(b.stored()) == 1 }, patience, pollInterval, "the first bytes arrived")
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return len(b.stored()) == 0 }, patience, pollInterval)
}

func TestClientThatStallsLeavesNothingBehind(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.UploadLimits.Idle = 2 * time.Second }) // what was sent must be read meanwhile
	conn := b.halfUpload()
	answer, err := io.ReadAll(conn)
	require.NoError(t, err, "the server hangs up")
	require.Contains(t, string(answer), "400 Bad Request")
	require.Empty(t, b.stored())
}

// halfUpload sends the first bytes of a file, and no more.
func (b *bench) halfUpload() net.Conn {
	b.Helper()
	body, contentType := form(b.T, importOne(), part{"map", "", placed}, part{"0", "a.csv", strings.Repeat("x", 50_000)})
	conn, err := new(net.Dialer).DialContext(b.ctx, "tcp", b.server.Listener.Addr().String())
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() }) // the test may have closed it
	require.NoError(b, conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s: 1\r\nContent-Length: %d\r\n\r\n%s",
		contentType, preflight, len(body), body[:40_000])
	require.NoError(b, err)
	return conn
}
