package auth

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyTrustedProxiesSayForWhomTheyAsk(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                  {"198.51.100.7:1000", nil, "198.51.100.7"},
		"a client that pretends":    {"198.51.100.7:1000", []string{"203.0.113.9"}, "198.51.100.7"},
		"one proxy":                 {"10.0.0.1:1000", []string{"203.0.113.9"}, "203.0.113.9"},
		"a client lies to a proxy":  {"10.0.0.1:1000", []string{"127.0.0.1, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":               {"10.0.0.1:1000", []string{"203.0.113.9, 10.9.9.9"}, "203.0.113.9"},
		"two headers":               {"10.0.0.1:1000", []string{"203.0.113.9", "10.9.9.9"}, "203.0.113.9"},
		"all are proxies":           {"10.0.0.1:1000", []string{"10.1.1.1"}, "10.1.1.1"},
		"nonsense":                  {"10.0.0.1:1000", []string{"unknown"}, "10.0.0.1"},
		"no header":                 {"10.0.0.1:1000", nil, "10.0.0.1"},
		"IPv4 within IPv6":          {"[::ffff:10.0.0.1]:1000", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"a network of one customer": {"[fd00::1]:1000", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		"an address with a zone":    {"[fe80::1%eth0]:1000", nil, "fe80::/64"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, value := range c.forwarded {
			r.Header.Add("X-Forwarded-For", value)
		}
		require.Equal(t, c.want, clientAddress(r, trusted), name)
	}
}
