package webui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// file is one response body, kept compressed.
type file struct {
	gzipped      []byte
	etag         string // of the content, unquoted
	contentType  string
	cacheControl string
}

// newFile describes a built file. Vite puts a hash of the content into the names below assets/, so those
// never change; everything else is revalidated on each use.
func newFile(name string, gzipped []byte) (file, error) {
	contentType, ok := contentTypes()[path.Ext(name)]
	if !ok {
		return file{}, fmt.Errorf("%s has no known content type", name)
	}
	cacheControl := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cacheControl = "public, max-age=31536000, immutable"
	}
	sum := sha256.Sum256(gzipped)
	return file{
		gzipped:      gzipped,
		etag:         base64.RawURLEncoding.EncodeToString(sum[:12]),
		contentType:  contentType,
		cacheControl: cacheControl,
	}, nil
}

// contentTypes is complete for what the build emits. The mime package is no substitute: it asks the
// machine it runs on, and some answer text/plain for scripts, which browsers then refuse to run.
func contentTypes() map[string]string {
	return map[string]string{
		".css":  "text/css; charset=utf-8",
		".html": "text/html; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".md":   "text/plain; charset=utf-8",
		".svg":  "image/svg+xml",
		".ttf":  "font/ttf",
	}
}

// ServeHTTP answers GET and HEAD with the file as it is stored, or unpacks it on the way for a client
// that does not take gzip. The two forms have an ETag each, as RFC 9110 §8.8.3.3 asks.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	compressed := acceptsGzip(r.Header.Values("Accept-Encoding"))
	etag := `"` + f.etag + `"`
	if compressed {
		etag = `"` + f.etag + `-gz"`
	}
	header := w.Header()
	header.Set("Cache-Control", f.cacheControl)
	header.Set("ETag", etag)
	header.Set("Vary", "Accept-Encoding")
	if matchesETag(r.Header.Values("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", f.contentType)
	if compressed {
		header.Set("Content-Encoding", "gzip")
		header.Set("Content-Length", strconv.Itoa(len(f.gzipped)))
	}
	if r.Method == http.MethodHead {
		return
	}
	if compressed {
		_, _ = w.Write(f.gzipped) // an error means that the client has gone
		return
	}
	f.unpack(w)
}

// unpack streams, so that clients without gzip cost no more memory than others. An error means that the
// client has gone: what is embedded unpacks, a test sees to that.
func (f file) unpack(w io.Writer) {
	reader, err := gzip.NewReader(bytes.NewReader(f.gzipped))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.Copy(w, reader)
}
