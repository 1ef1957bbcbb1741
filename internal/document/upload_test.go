package document_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/taskq"
)

func TestUploadKeepsFileRowAndTask(t *testing.T) {
	l := idle(t)
	up, err := l.documents.Upload(l.ctx, document.UploadInput{
		Name: `C:\docs\No` + "\x00\u202e" + `te.txt`, Reader: strings.NewReader("hello"), Metadata: json.RawMessage(`{"team": "a", "n": 12345678901234567890}`),
		Charset: "latin1", Priority: 7, CreatedBy: "ann",
	})
	require.NoError(t, err)
	d := up.Document
	require.Equal(t, "Note.txt", d.Name)
	require.Equal(t, "text/plain", d.MediaType)
	require.EqualValues(t, 5, d.SizeBytes)
	require.Equal(t, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", d.SHA256)
	require.JSONEq(t, `{"team": "a", "n": 12345678901234567890}`, string(d.Metadata))
	require.Equal(t, "ann", *d.CreatedBy)
	require.Equal(t, "latin1", d.Charset)
	require.Nil(t, d.ProcessedAt)
	require.Equal(t, up.Task.ID, d.TaskID)
	require.Equal(t, "Process Note.txt", up.Task.Description)
	require.Equal(t, 7, up.Task.Priority)
	found, err := l.documents.Get(l.ctx, d.ID)
	require.NoError(t, err)
	require.Equal(t, d, found)
}

func TestUploadWithAnIdempotencyKey(t *testing.T) {
	l := idle(t)
	send := func() (document.Uploaded, error) {
		return l.documents.Upload(l.ctx, document.UploadInput{Name: "a.txt", Reader: strings.NewReader("x"), IdempotencyKey: "k"})
	}
	first, err := send()
	require.NoError(t, err)
	require.False(t, first.Duplicate)
	second, err := send()
	require.NoError(t, err)
	require.True(t, second.Duplicate)
	require.Equal(t, first.Document, second.Document)
	require.Equal(t, first.Task.ID, second.Task.ID)
	require.Equal(t, 1, l.count(`SELECT count(*) FROM documents`))

	_, err = l.client.Enqueue(l.ctx, taskq.NewTask{Type: document.TaskType, IdempotencyKey: "other"})
	require.NoError(t, err)
	_, err = l.documents.Upload(l.ctx, document.UploadInput{Name: "a.txt", Reader: strings.NewReader("x"), IdempotencyKey: "other"})
	requireInvalid(t, err, "idempotencyKey")
}

func TestUploadRefused(t *testing.T) {
	l := idle(t)
	cases := map[string]struct {
		in    document.UploadInput
		field string
	}{
		"empty":             {document.UploadInput{Reader: strings.NewReader("")}, "file"},
		"too large":         {document.UploadInput{Reader: strings.NewReader(strings.Repeat("x", 1<<20+1))}, "file"},
		"metadata no JSON":  {document.UploadInput{Metadata: json.RawMessage(`{`)}, "metadata"},
		"metadata a list":   {document.UploadInput{Metadata: json.RawMessage(`[]`)}, "metadata"},
		"metadata null":     {document.UploadInput{Metadata: json.RawMessage(`null`)}, "metadata"},
		"metadata with NUL": {document.UploadInput{Metadata: json.RawMessage(`{"a": "\u0000"}`)}, "metadata"},
		"metadata too long": {document.UploadInput{Metadata: json.RawMessage(`{"a": "` + strings.Repeat("x", 256<<10) + `"}`)}, "metadata"},
		"charset":           {document.UploadInput{Charset: "klingon"}, "charset"},
		"chunks too short":  {document.UploadInput{ChunkTokens: new(document.MinChunkTokens - 1)}, "chunking.maxTokens"},
		"chunks too long":   {document.UploadInput{ChunkTokens: new(document.MaxChunkTokens + 1)}, "chunking.maxTokens"},
		"priority":          {document.UploadInput{Reader: strings.NewReader("x"), Priority: 1000}, "priority"},
	}
	for name, test := range cases {
		_, err := l.documents.Upload(l.ctx, test.in)
		require.Error(t, err, name)
		requireInvalid(t, err, test.field)
	}
	broken := errors.New("connection reset")
	_, err := l.documents.Upload(l.ctx, document.UploadInput{Reader: iotest.ErrReader(broken)})
	require.ErrorIs(t, err, broken)
	require.Zero(t, l.count(`SELECT count(*) FROM documents`))
	require.Zero(t, l.count(`SELECT count(*) FROM tasks`))
}

func requireInvalid(t *testing.T, err error, field string) {
	t.Helper()
	var invalid *taskq.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, field, invalid.Field)
}

func TestMetadataWithBrokenEscapesIsMended(t *testing.T) {
	l := idle(t)
	up, err := l.documents.Upload(l.ctx, document.UploadInput{Name: "a", Reader: strings.NewReader("x"), Metadata: json.RawMessage(`{"a": "\ud800 \\u0000"}`)})
	require.NoError(t, err)
	require.JSONEq(t, `{"a": "\ufffd \\u0000"}`, string(up.Document.Metadata))
}

func TestNames(t *testing.T) {
	l := idle(t)
	for sent, kept := range map[string]string{
		"": "document", "..": "document", "/": "document", "a/../b.txt": "b.txt", "caf\xe9.txt": "caf\uFFFD.txt",
		strings.Repeat("n", 300) + ".pdf": strings.Repeat("n", 251) + ".pdf",
	} {
		require.Equal(t, kept, l.upload(sent, "x").Document.Name)
	}
}
