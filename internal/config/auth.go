package config

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/taskwire/taskwire/internal/auth"
)

// Auth says how callers prove who they are, and how much each may use.
type Auth struct {
	Keys           bool                 // by API keys
	OIDC           bool                 // by tokens of an OpenID Connect provider
	Provider       auth.ProviderOptions // of that provider
	Limits         auth.Limits
	TrustedProxies []netip.Prefix
	AllowedHosts   []string // in lower case
}

// IsOn reports whether callers have to say who they are.
func (a *Auth) IsOn() bool { return a.Keys || a.OIDC }

func (a *Auth) flags(flags *flag.FlagSet) {
	flags.Func("auth", "how callers prove who they are: `keys`, oidc or keys,oidc (default nothing: everybody on this machine may do everything)", a.setMethods)
	p := &a.Provider
	flags.StringVar(&p.Issuer, "oidc-issuer", "", "`URL` of the OpenID Connect provider")
	flags.StringVar(&p.Audience, "oidc-audience", "", "`audience` that its tokens must name (default the client id)")
	flags.StringVar(&p.ClientID, "oidc-client-id", "", "`id` with which the dashboard logs in there; empty: it takes API keys only")
	flags.Func("oidc-scopes", "`scopes` that the dashboard asks for (default openid profile email)", func(text string) error {
		p.Scopes = strings.Fields(strings.ReplaceAll(text, ",", " "))
		return nil
	})
	flags.StringVar(&p.RoleClaim, "oidc-role-claim", "roles", "`claim` of a token that lists its roles; realm_access.roles is one within another")
	flags.Func("oidc-roles", "what those roles are here: `staff=operator,admins=admin,*=viewer`; * stands for every token", func(text string) (err error) {
		p.Roles, err = parseRoles(text)
		return err
	})
	flags.BoolVar(&p.OwnOnly, "oidc-own-only", false, "let those who log in there, but for admins, see only what they created")
	flags.Float64Var(&a.Limits.Requests, "rate-limit", 100, "`requests` a second of one principal, ten times as many at once; 0: no limit")
	flags.Float64Var(&a.Limits.Cost, "cost-limit", 50_000, "`points` a second that the operations of one principal may cost, ten times as many at once; 0: no limit")
	flags.IntVar(&a.Limits.Sockets, "max-sockets", 100, "how many `websockets` a principal may have open; 0: no limit")
	flags.IntVar(&a.Limits.Subscriptions, "max-subscriptions", 1_000, "how many `subscriptions` a principal may have open; 0: no limit")
	flags.Func("allowed-host", "`names` under which a proxy passes requests on, while there is no authentication (default localhost and addresses)", a.setHosts)
	flags.Func("trusted-proxy", "`networks` of proxies whose X-Forwarded-For is believed: 10.0.0.0/8,192.0.2.7", func(text string) (err error) {
		a.TrustedProxies, err = parseNetworks(text)
		return err
	})
}

func (a *Auth) setHosts(text string) error {
	a.AllowedHosts = strings.Fields(strings.ToLower(strings.ReplaceAll(text, ",", " ")))
	return nil
}

func (a *Auth) setMethods(text string) error {
	a.Keys, a.OIDC = false, false
	for method := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(method) {
		case "keys":
			a.Keys = true
		case "oidc":
			a.OIDC = true
		case "none":
		default:
			return fmt.Errorf("there is no %q; there are keys and oidc", method)
		}
	}
	return nil
}

func parseRoles(text string) (map[string]auth.Role, error) {
	roles := map[string]auth.Role{}
	for pair := range strings.SplitSeq(text, ",") {
		at := strings.LastIndex(pair, "=") // theirs may have one, too
		role, err := auth.ParseRole(pair[at+1:])
		if at < 0 || err != nil {
			return nil, fmt.Errorf("%q is not of the form name=viewer, name=operator or name=admin", pair)
		}
		roles[strings.TrimSpace(pair[:at])] = role
	}
	return roles, nil
}

func parseNetworks(text string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		network, err := netip.ParsePrefix(item)
		if address, addressErr := netip.ParseAddr(item); addressErr == nil {
			network, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", item)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

// validate completes what can be told from the rest.
func (a *Auth) validate() error {
	p := &a.Provider
	if p.Audience == "" {
		p.Audience = p.ClientID
	}
	isSet := p.Issuer != "" || p.Audience != "" || len(p.Roles) > 0
	switch l := a.Limits; {
	case isSet && !a.OIDC:
		return errors.New("the settings --oidc-… have no effect without --auth oidc, or --auth keys,oidc")
	case a.OIDC && (p.Issuer == "" || p.Audience == ""):
		return errors.New("--auth oidc needs --oidc-issuer, and --oidc-client-id or --oidc-audience")
	case a.OIDC && !isSecure(p.Issuer):
		return fmt.Errorf("--oidc-issuer %q must be a https:// address: whoever can change what it answers can make tokens", p.Issuer)
	case a.OIDC && len(p.Roles) == 0:
		return errors.New("--auth oidc needs --oidc-roles: without it nobody who logs in may do anything. --oidc-roles '*=viewer' lets all of them look")
	case l.Requests < 0 || l.Cost < 0 || l.Sockets < 0 || l.Subscriptions < 0:
		return errors.New("--rate-limit, --cost-limit, --max-sockets and --max-subscriptions must not be negative")
	case !a.IsOn():
		a.Limits = auth.Limits{} // everybody is one principal, and on this machine
	}
	return nil
}

// isSecure takes plain HTTP on this machine only.
func isSecure(issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// checkListen refuses to serve others while nobody has to say who they are.
func checkListen(flagName, listen string, isGuarded bool) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("--%s %q is not host:port: %w", flagName, listen, err)
	}
	if isGuarded || isLoopback(host) {
		return nil
	}
	return fmt.Errorf("--%s %q is reachable from other machines, and nobody would have to say who they are. Turn authentication on:\n"+
		"  taskwire keys create --name me --role admin    prints an API key, once\n"+
		"  taskwire serve --auth keys --listen %s\n"+
		"or use --auth oidc with an OpenID Connect provider; give --tls-cert and --tls-key too, unless a proxy does that.\n"+
		"Or listen on 127.0.0.1 or [::1]", flagName, listen, listen)
}

var methods = []string{"keys", "oidc"}

// Methods returns the names of the ways that callers prove who they are.
func (a *Auth) Methods() []string {
	on := map[string]bool{"keys": a.Keys, "oidc": a.OIDC}
	return slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return !on[m] })
}
