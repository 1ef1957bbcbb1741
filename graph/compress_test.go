package graph_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// bodyOf returns the answer to a POST as it comes.
func (b *bench) bodyOf(body, coding string) string {
	b.Helper()
	answer, err := http.DefaultTransport.RoundTrip(b.request("POST", "", body, "Content-Type", jsonBody, "Accept-Encoding", coding))
	require.NoError(b, err)
	return readAll(b.T, answer)
}

func readAll(t *testing.T, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return string(body)
}

// decompress uses another implementation than the server where there is one.
func decompress(t *testing.T, coding, body string) string {
	t.Helper()
	var r io.Reader
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader([]byte(body)))
	case "zstd":
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(bytes.NewReader([]byte(body)))
		defer decoder.Close()
		r = decoder
	}
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}
