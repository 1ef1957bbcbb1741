package webui

import (
	"net/http"
	"regexp"
	"strings"
)

// policyFunc returns the Content-Security-Policy of a response to a request for host.
type policyFunc func(host string) string

// assetPolicy holds for what pages load. Workers obey the policy of their own script, not of the page, and
// an SVG opened by itself is a document.
func assetPolicy(string) string {
	return join("default-src 'self'", "frame-ancestors 'none'")
}

// dashboardPolicy lets the dashboard load this server's own files, and nothing inline, and connect to where people sign
// in. Pictures of products are their sellers' and not loaded.
func (o *Options) dashboardPolicy(host string) string {
	return join(
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self'",
		"connect-src 'self'"+sockets(host)+o.signIn(),
		"base-uri 'self'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	)
}

// graphiqlPolicy keeps GraphiQL on this server too. Monaco, its editor, writes inline styles; its images
// are data: URLs in its style sheet.
func graphiqlPolicy(host string) string {
	return join(
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'unsafe-inline'",
		"font-src 'self'",
		"img-src 'self' data:",
		"connect-src 'self'"+sockets(host),
		"worker-src 'self'",
		"base-uri 'self'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	)
}

var originPattern = regexp.MustCompile(`^https?://[0-9A-Za-z.:\[\]-]+$`)

// signIn names the sites where people sign in. They come from the provider, so anything but a plain origin is left out.
func (o *Options) signIn() string {
	if o.LoginOrigins == nil {
		return ""
	}
	names := ""
	for _, origin := range o.LoginOrigins() {
		if originPattern.MatchString(origin) {
			names += " " + origin
		}
	}
	return names
}

func join(directives ...string) string {
	return strings.Join(directives, "; ")
}

var hostPattern = regexp.MustCompile(`^(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]+)(:[0-9]+)?$`)

// sockets names this host's websocket addresses, for browsers in which 'self' does not cover them
// (Safari before 15.4). The header comes from the client, so anything but a plain host is left out.
func sockets(host string) string {
	if !hostPattern.MatchString(host) {
		return ""
	}
	return " ws://" + host + " wss://" + host
}

// withPolicy adds the policy to every response of next.
func withPolicy(policy policyFunc, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy(r.Host))
		next.ServeHTTP(w, r)
	})
}

// secure sets the headers that hold for every response. The referrer stays on this origin: a task's
// address can say more than another site should read.
func secure(header http.Header) {
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
}
