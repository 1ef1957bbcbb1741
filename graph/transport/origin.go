package transport

import (
	"net/http"
	"slices"
	"strings"
)

// PreflightHeaders returns the headers of which a multipart request needs one, with any value. A browser asks a server
// for leave (a CORS preflight) before it sends one of these to another site, and a form cannot send them at all.
func PreflightHeaders() []string {
	return []string{"Graphql-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name", "X-Requested-With"}
}

const preflightMessage = "A multipart request needs a header that a form on another site cannot send, for example " +
	"GraphQL-Require-Preflight: 1 (or Apollo-Require-Preflight, X-Apollo-Operation-Name, X-Requested-With)."

func hasPreflightHeader(r *http.Request) bool {
	return slices.ContainsFunc(PreflightHeaders(), func(name string) bool { return r.Header.Get(name) != "" })
}

// SameSite refuses what browsers send from other sites, but for safe methods, and lets pages of the trusted origins in:
// each of the form scheme://host[:port].
func SameSite(next http.Handler, trustedOrigins []string) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range trustedOrigins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer{w: w, mediaType: typeJSON}.refuse(http.StatusForbidden, codeForbidden, "Requests from other web sites are refused.")
	}))
	return shareWith(trustedOrigins, protection.Handler(next)), nil
}

// shareWith tells browsers that pages of these origins may send requests and read answers (CORS).
func shareWith(origins []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isAmong(origins, r.Header.Get("Origin")) {
			next.ServeHTTP(w, r)
			return
		}
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		header.Set("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate, X-Request-Id")
		header.Add("Vary", "Origin")
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		header.Set("Access-Control-Allow-Methods", "GET, POST")
		header.Set("Access-Control-Allow-Headers", strings.Join(append(PreflightHeaders(), "Authorization", "Content-Type"), ", "))
		header.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}

func isAmong(origins []string, origin string) bool {
	return slices.ContainsFunc(origins, func(o string) bool { return strings.EqualFold(o, origin) })
}
