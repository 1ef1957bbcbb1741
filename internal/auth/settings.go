package auth

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
)

// Settings tell a browser how to log in. They are no secret.
type Settings struct {
	Required bool          `json:"required"` // false: nobody has to say who they are
	APIKeys  bool          `json:"apiKeys"`  // an API key will do
	OIDC     *OIDCSettings `json:"oidc"`     // null: browsers cannot log in with the provider
}

// OIDCSettings are for the authorization code flow with PKCE.
type OIDCSettings struct {
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"clientId"`
	Scopes   []string `json:"scopes"`
}

// Settings returns how to log in.
func (g *Guard) Settings() Settings {
	s := Settings{Required: !g.IsOpen(), APIKeys: g.keys != nil}
	if g.provider != nil && g.provider.options.ClientID != "" {
		o := g.provider.options
		s.OIDC = &OIDCSettings{Issuer: o.Issuer, ClientID: o.ClientID, Scopes: o.Scopes}
	}
	return s
}

// LoginOrigins returns to where browsers connect to log in, for the pages' Content-Security-Policy: the provider, and
// where it redeems codes, once that is known.
func (g *Guard) LoginOrigins() []string {
	if g.provider == nil || g.provider.options.ClientID == "" {
		return nil
	}
	redeems, _ := g.provider.redeems.Load().(string)
	var origins []string
	for _, address := range []string{g.provider.options.Issuer, redeems} {
		u, err := url.Parse(address)
		if err == nil && u.Host != "" && !slices.Contains(origins, u.Scheme+"://"+u.Host) {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}

// ServeSettings answers GET /auth/config.
func (g *Guard) ServeSettings(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(g.Settings()) // a client that has gone does not read it
}
