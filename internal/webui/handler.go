package webui

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"path"
	"strings"
)

// Options says where the pages live.
type Options struct {
	// BasePath is the path prefix under which browsers reach the server, such as "/tasks" behind a proxy.
	// Empty means the root. It goes into each page's <base>, from which the pages find everything else.
	BasePath string
	// LoginOrigins are other sites to which the dashboard connects to sign in: scheme://host[:port]. It is asked at each
	// request for the page. Default: none.
	LoginOrigins func() []string
}

// Handler serves the dashboard at / and at the addresses of its pages, GraphiQL at /graphiql and /playground, and the files
// both load. It expects paths without Options.BasePath (see StripBasePath). Anything else is a plain 404, and
// methods other than GET and HEAD are a 405. It fails only when the embedded build is damaged.
func Handler(options Options) (http.Handler, error) {
	files, err := loadFiles()
	if err != nil {
		return nil, err
	}
	dashboard, err := newPage(files["index.html"], options.BasePath, options.dashboardPolicy)
	if err != nil {
		return nil, fmt.Errorf("prepare the dashboard: %w", err)
	}
	graphiql, err := newPage(files["graphiql.html"], options.BasePath, graphiqlPolicy)
	if err != nil {
		return nil, fmt.Errorf("prepare GraphiQL: %w", err)
	}
	delete(files, "index.html")
	delete(files, "graphiql.html")
	routes := map[string]http.Handler{
		"/graphiql":   graphiql,
		"/playground": graphiql,
	}
	for _, path := range dashboardPaths() {
		routes[path] = dashboard
	}
	for name, f := range files {
		routes["/"+name] = withPolicy(assetPolicy, f)
	}
	return serve(routes), nil
}

// dashboardPaths are the addresses of the dashboard's pages; "*" stands for the id of what a page shows. A test compares
// them with the dashboard's own routes.
func dashboardPaths() []string {
	return []string{
		"/", "/tasks", "/tasks/*", "/documents", "/documents/*", "/products", "/products/*", "/types", "/keys",
	}
}

// serve finds the exact path, the same with a slash at the end that someone typed, or the page of its parent's items.
func serve(routes map[string]http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		name := "/" + strings.Trim(r.URL.Path, "/")
		route, ok := routes[name]
		if !ok {
			route, ok = routes[path.Dir(name)+"/*"]
		}
		switch {
		case !ok:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		default:
			route.ServeHTTP(w, r)
		}
	})
}

// newPage writes the page's <base>, with which one build serves under any prefix, and compresses it again.
func newPage(built file, basePath string, policy policyFunc) (http.Handler, error) {
	page, err := gunzip(built.gzipped)
	if err != nil {
		return nil, err
	}
	const head = "<head>"
	if bytes.Count(page, []byte(head)) != 1 {
		return nil, errors.New("the page has no <head> to put its <base> into")
	}
	base := fmt.Sprintf(`%s<base href="%s">`, head, html.EscapeString(baseHref(basePath)))
	gzipped, err := gzipBytes(bytes.Replace(page, []byte(head), []byte(base), 1))
	if err != nil {
		return nil, err
	}
	f, err := newFile("page.html", gzipped)
	if err != nil {
		return nil, err
	}
	return withPolicy(policy, f), nil
}

// baseHref is the prefix with one slash at each end. Two at the start would name another host.
func baseHref(basePath string) string {
	cleaned := path.Clean("/" + basePath)
	if cleaned == "/" {
		return cleaned
	}
	return cleaned + "/"
}

func gunzip(gzipped []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		return nil, fmt.Errorf("unpack page: %w", err)
	}
	page, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("unpack page: %w", err)
	}
	return page, nil
}

func gzipBytes(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(content); err != nil {
		return nil, fmt.Errorf("pack page: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("pack page: %w", err)
	}
	return packed.Bytes(), nil
}
