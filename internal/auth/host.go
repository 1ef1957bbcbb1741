package auth

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// isKnownHost reports whether a request means this server. While nobody has to say who they are, a page on another site
// could have its own name resolve to this machine, and then send requests as if they came from here (DNS rebinding). It
// cannot choose the name that the browser sends: an address, localhost, or one that was allowed is none of the page's.
func isKnownHost(host string, allowed []string) bool {
	name := host
	if only, _, err := net.SplitHostPort(host); err == nil {
		name = only
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(allowed, name)
}

func misdirected(host string) *Error {
	return &Error{
		Code: CodeForbidden, Status: http.StatusMisdirectedRequest,
		Message: fmt.Sprintf("Without authentication this server answers to addresses and to localhost only, not to %q. "+
			"--allowed-host adds a name.", host),
	}
}
