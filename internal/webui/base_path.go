package webui

import (
	"net/http"
	"strings"
)

// StripBasePath lets next serve under a prefix, for proxies that leave it in the path; a path without it, as other proxies
// and health checks send, is served as it is.
func StripBasePath(basePath string, next http.Handler) http.Handler {
	prefix := strings.TrimSuffix(baseHref(basePath), "/")
	if prefix == "" {
		return next
	}
	stripped := http.StripPrefix(prefix, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == prefix:
			http.Redirect(w, r, prefix+"/", http.StatusMovedPermanently)
		case strings.HasPrefix(r.URL.Path, prefix+"/"):
			stripped.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}
