package auth

import (
	"encoding/json"
	"net/http"
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

// ServeSettings answers GET /auth/config.
func (g *Guard) ServeSettings(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(g.Settings()) // a client that has gone does not read it
}
