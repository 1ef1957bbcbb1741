package transport

import (
	"net/http"
	"slices"
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

// SameSite refuses what browsers send from other sites, but for safe methods and the trusted origins, each of the form
// scheme://host[:port]. It returns an error for one that is not.
func SameSite(next http.Handler, trustedOrigins []string) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range trustedOrigins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer{w, typeJSON}.refuse(http.StatusForbidden, codeForbidden, "Requests from other web sites are refused.")
	}))
	return protection.Handler(next), nil
}
