package webui_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/webui"
)

func TestPages(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")

	for path, title := range map[string]string{
		"/":           "<title>Taskwire</title>",
		"/tasks":      "<title>Taskwire</title>",
		"/tasks/":     "<title>Taskwire</title>",
		"/tasks/x":    "<title>Taskwire</title>",
		"/graphiql":   "<title>GraphiQL · Taskwire</title>",
		"/graphiql/":  "<title>GraphiQL · Taskwire</title>",
		"/playground": "<title>GraphiQL · Taskwire</title>",
	} {
		response := get(handler, path)
		require.Equal(t, http.StatusOK, response.StatusCode, path)
		require.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"), path)
		require.Equal(t, "no-cache", response.Header.Get("Cache-Control"), path)
		body := text(t, response)
		require.Contains(t, body, title, path)
		require.Contains(t, body, `<head><base href="/">`, path)
	}
}

func TestBasePath(t *testing.T) {
	t.Parallel()

	for basePath, href := range map[string]string{
		"":              "/",
		"/":             "/",
		"tasks":         "/tasks/",
		"/ops/tasks/":   "/ops/tasks/",
		"//other.host":  "/other.host/",
		`/"><script>x/`: "/&#34;&gt;&lt;script&gt;x/",
	} {
		body := text(t, get(newHandler(t, basePath), "/graphiql"))
		require.Contains(t, body, `<head><base href="`+href+`">`, basePath)
	}
}

// Everything that a page names must be there, and nothing it names may be on another host.
func TestPagesReferToTheirOwnFiles(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")
	reference := regexp.MustCompile(`<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"]*)"`)

	for _, page := range []string{"/", "/graphiql"} {
		references := reference.FindAllStringSubmatch(text(t, get(handler, page)), -1)
		require.NotEmpty(t, references, page)
		for _, match := range references {
			path, relative := strings.CutPrefix(match[1], "./assets/")
			require.True(t, relative, "%s refers to %s", page, match[1])
			response := get(handler, "/assets/"+path)
			require.Equal(t, http.StatusOK, response.StatusCode, path)
			require.Equal(t, "public, max-age=31536000, immutable", response.Header.Get("Cache-Control"), path)
		}
	}
}

// Clients without gzip get the whole of each file, so what is embedded unpacks.
func TestEveryFileIsServed(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")
	built, err := filepath.Glob("dist/assets/*.gz")
	require.NoError(t, err)
	require.NotEmpty(t, built)

	for _, name := range built {
		packed, err := os.Open(name)
		require.NoError(t, err)
		unpacked, err := gzip.NewReader(packed)
		require.NoError(t, err)
		want, err := io.ReadAll(unpacked)
		require.NoError(t, err)
		require.NoError(t, packed.Close())

		path := strings.TrimSuffix(strings.TrimPrefix(name, "dist"), ".gz")
		require.Equal(t, string(want), text(t, get(handler, path)), path)
	}
}

func TestPagesHaveNoInlineScript(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")
	inline := regexp.MustCompile(`<script(?:\s+(?:type="[^"]*"|crossorigin))*\s*>|\son\w+=|<style|\sstyle=`)

	for _, page := range []string{"/", "/graphiql"} {
		require.NotRegexp(t, inline, text(t, get(handler, page)), page)
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")

	for _, path := range []string{"/", "/graphiql", "/licenses.md", "/missing"} {
		header := get(handler, path).Header
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "same-origin", header.Get("Referrer-Policy"), path)
		require.Equal(t, "DENY", header.Get("X-Frame-Options"), path)
	}
	dashboard := policy(get(handler, "/"))
	require.Equal(t, "'none'", dashboard["default-src"])
	require.Equal(t, "'self'", dashboard["script-src"])
	require.Equal(t, "'self'", dashboard["style-src"])
	require.Equal(t, "'self' ws://example.com wss://example.com", dashboard["connect-src"])
	require.Equal(t, "'none'", dashboard["frame-ancestors"])

	graphiql := policy(get(handler, "/graphiql"))
	require.Equal(t, "'self'", graphiql["script-src"])
	require.Equal(t, "'self' 'unsafe-inline'", graphiql["style-src"])
	require.Equal(t, "'self' ws://example.com wss://example.com", graphiql["connect-src"])
	require.Equal(t, "'none'", graphiql["frame-ancestors"])
}

func TestTheDashboardMayConnectToWherePeopleSignIn(t *testing.T) {
	t.Parallel()
	handler, err := webui.Handler(webui.Options{LoginOrigins: func() []string {
		return []string{"https://id.example", "http://127.0.0.1:9", "https://a;script-src *", "javascript:x"}
	}})
	require.NoError(t, err)
	require.Equal(t, "'self' ws://example.com wss://example.com https://id.example http://127.0.0.1:9", policy(get(handler, "/"))["connect-src"])
	require.Equal(t, "'self' ws://example.com wss://example.com", policy(get(handler, "/graphiql"))["connect-src"])
}

func TestProxiesMayLeaveThePrefix(t *testing.T) {
	t.Parallel()
	handler := webui.StripBasePath("/ops/tasks", newHandler(t, "/ops/tasks"))

	for _, path := range []string{"/ops/tasks/", "/ops/tasks/graphiql", "/graphiql", "/"} {
		response := get(handler, path)
		require.Equal(t, http.StatusOK, response.StatusCode, path)
		require.Contains(t, text(t, response), `<base href="/ops/tasks/">`)
	}
	require.Equal(t, "/ops/tasks/", get(handler, "/ops/tasks").Header.Get("Location"))
	require.Equal(t, http.StatusNotFound, get(handler, "/ops/tasksy/graphiql").StatusCode)
}

func TestPolicyNamesOnlyPlainHosts(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")

	for host, want := range map[string]string{
		"127.0.0.1:8080":   "'self' ws://127.0.0.1:8080 wss://127.0.0.1:8080",
		"[::1]:8080":       "'self' ws://[::1]:8080 wss://[::1]:8080",
		"a;script-src":     "'self'",
		"*":                "'self'",
		"a b":              "'self'",
		"evil.example/a.b": "'self'",
		"":                 "'self'",
	} {
		request := httptest.NewRequest(http.MethodGet, "/graphiql", http.NoBody)
		request.Host = host
		require.Equal(t, want, policy(do(handler, request))["connect-src"], host)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")

	for _, path := range []string{"/assets/missing.js", "/assets/", "/index.html", "/../embed.go", "/graphiql/x", "/favicon.ico", "/tasks/x/y", "/nothing"} {
		response := get(handler, path)
		require.Equal(t, http.StatusNotFound, response.StatusCode, path)
		require.Equal(t, "text/plain; charset=utf-8", response.Header.Get("Content-Type"), path)
		require.Empty(t, response.Header.Get("Cache-Control"), path)
	}
}

// Whatever address the dashboard can show must open when it is loaded there.
func TestDashboardRoutes(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")
	routes, err := os.ReadFile("app/src/shell/Routes.tsx")
	require.NoError(t, err)
	found := regexp.MustCompile(`<Route path="([^"]+)"`).FindAllSubmatch(routes, -1)
	require.NotEmpty(t, found)

	for _, match := range found {
		path := strings.ReplaceAll(string(match[1]), ":id", "VAGiCl_54nXKq39Z2y6PPDo")
		require.Equal(t, http.StatusOK, get(handler, path).StatusCode, path)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")

	response := do(handler, httptest.NewRequest(http.MethodPost, "/graphiql", http.NoBody))
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
	require.Equal(t, "GET, HEAD", response.Header.Get("Allow"))

	head := httptest.NewRequest(http.MethodHead, "/graphiql", http.NoBody)
	head.Header.Set("Accept-Encoding", "gzip")
	response = do(handler, head)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.NotEmpty(t, response.Header.Get("Content-Length"))
	require.Empty(t, text(t, response))
}

func TestCompression(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")
	plain := text(t, get(handler, "/licenses.md"))
	require.Contains(t, plain, "graphiql")

	for accepted, compressed := range map[string]bool{
		"gzip":                true,
		"br, GZIP;q=0.5":      true,
		"*":                   true,
		"gzip;q=0":            false,
		"gzip; q=0.000, *":    false,
		"*;q=0":               false,
		"identity":            false,
		"gzip;q=nonsense":     false,
		"":                    false,
		"br;q=1.0, gzip;q=.1": true,
	} {
		request := httptest.NewRequest(http.MethodGet, "/licenses.md", http.NoBody)
		request.Header.Set("Accept-Encoding", accepted)
		response := do(handler, request)
		require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
		var body io.Reader = response.Body
		if compressed {
			require.Equal(t, "gzip", response.Header.Get("Content-Encoding"), accepted)
			var err error
			body, err = gzip.NewReader(response.Body)
			require.NoError(t, err)
		} else {
			require.Empty(t, response.Header.Get("Content-Encoding"), accepted)
		}
		content, err := io.ReadAll(body)
		require.NoError(t, err)
		require.Equal(t, plain, string(content), accepted)
	}
}

func TestRevalidation(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "")
	plain := get(handler, "/graphiql").Header.Get("ETag")
	compressed := conditional(handler, "gzip", "").Header.Get("ETag")
	require.NotEmpty(t, plain)
	require.NotEqual(t, plain, compressed, "two forms of one page differ in bytes")

	for _, match := range []string{compressed, "W/" + compressed, `"other", ` + compressed, "*"} {
		response := conditional(handler, "gzip", match)
		require.Equal(t, http.StatusNotModified, response.StatusCode, match)
		require.Equal(t, compressed, response.Header.Get("ETag"))
		require.Empty(t, text(t, response))
	}
	for _, match := range []string{plain, `"other"`, ""} {
		require.Equal(t, http.StatusOK, conditional(handler, "gzip", match).StatusCode, match)
	}
	moved := get(newHandler(t, "/elsewhere"), "/graphiql").Header.Get("ETag")
	require.NotEqual(t, plain, moved, "a page under another prefix is another page")
}

func newHandler(t *testing.T, basePath string) http.Handler {
	t.Helper()
	handler, err := webui.Handler(webui.Options{BasePath: basePath})
	require.NoError(t, err)
	return handler
}

func get(handler http.Handler, path string) *http.Response {
	request := httptest.NewRequest(http.MethodGet, "http://example.com/", http.NoBody)
	request.URL.Path = path
	return do(handler, request)
}

func conditional(handler http.Handler, encoding, match string) *http.Response {
	request := httptest.NewRequest(http.MethodGet, "/graphiql", http.NoBody)
	request.Header.Set("Accept-Encoding", encoding)
	request.Header.Set("If-None-Match", match)
	return do(handler, request)
}

func do(handler http.Handler, request *http.Request) *http.Response {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func text(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return string(body)
}

// policy is the Content-Security-Policy by directive.
func policy(response *http.Response) map[string]string {
	directives := make(map[string]string)
	for _, directive := range strings.Split(response.Header.Get("Content-Security-Policy"), "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		directives[name] = sources
	}
	return directives
}
