package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
)

// ProviderOptions say which tokens are taken, and what they are good for. Issuer and Audience are required.
type ProviderOptions struct {
	Issuer    string          // URL of the OpenID Connect provider
	Audience  string          // that tokens must be meant for
	RoleClaim string          // where a token says its roles, with dots between levels; default: roles
	Roles     map[string]Role // what those roles are here; "*" stands for every token
	OwnOnly   bool            // all but admins see only what they created
	ClientID  string          // with which browsers log in; empty: they do not
	Scopes    []string        // that browsers ask for; default: openid profile email
	Logger    *slog.Logger    // default: slog.Default()
	Now       func() time.Time
}

const (
	maxTokenBytes   = 16 << 10
	maxSubjectRunes = 200              // a subject has to fit into a task's created_by
	clockSkew       = time.Minute      // that the provider's clock may differ from ours
	providerTimeout = 5 * time.Second  // for one answer of the provider
	providerRetry   = 5 * time.Second  // between two attempts to reach a provider that is down
	providerRefresh = 15 * time.Minute // after which keys that the provider has withdrawn are forgotten
	oidcSubject     = "oidc:"
	everybody       = "*"
)

// Provider checks the tokens (JWT) of an OpenID Connect provider. It asks the provider for its keys when the first token
// comes, and again when it is down, when a token names a key that is new, and every quarter of an hour.
type Provider struct {
	options ProviderOptions
	client  *http.Client
	redeems atomic.Value // where browsers redeem codes: a string, once the provider was asked

	mu       sync.Mutex // held while the provider is asked
	verifier *oidc.IDTokenVerifier
	asked    time.Time // when it was last tried
	failure  error     // of that try
}

// NewProvider returns a provider without asking it. Errors: an option is missing.
func NewProvider(o ProviderOptions) (*Provider, error) {
	if o.Issuer == "" || o.Audience == "" {
		return nil, errors.New("an OpenID Connect provider needs its issuer and the audience of its tokens")
	}
	if o.RoleClaim == "" {
		o.RoleClaim = "roles"
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{oidc.ScopeOpenID, "profile", "email"}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Provider{options: o, client: &http.Client{Timeout: providerTimeout, Transport: newThrottle(http.DefaultTransport)}}, nil
}

// Warm asks the provider for its keys before the first token comes. What goes wrong is logged, and tried again then.
func (p *Provider) Warm(ctx context.Context) { _, _ = p.ready(ctx) }

// authenticate returns whose token this is. Errors: [*Error].
func (p *Provider) authenticate(ctx context.Context, token string) (Principal, error) {
	if len(token) > maxTokenBytes {
		return Principal{}, refused(errors.New("the token is too long"))
	}
	verifier, err := p.ready(ctx)
	if err != nil {
		return Principal{}, unavailable("The identity provider does not answer. Try again in a moment.")
	}
	verification := &verification{}
	verified, err := verifier.Verify(context.WithValue(ctx, verificationKey{}, verification), token)
	switch {
	case verification.keysUnavailable:
		return Principal{}, unavailable("The identity provider does not tell its keys. Try again in a moment.")
	case err != nil:
		return Principal{}, refused(errors.New("the token is not a valid one of this provider, for this server"))
	}
	return p.principal(verified)
}

// ready returns what checks tokens, and asks the provider for it first where that is due. While it is down the keys that
// are known go on being used.
func (p *Provider) ready(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.options.Now()
	fresh, wait := providerRefresh, p.failure != nil || p.verifier == nil
	if wait {
		fresh = providerRetry
	}
	if now.Sub(p.asked) < fresh {
		return p.known()
	}
	verifier, redeems, err := p.discover(context.WithoutCancel(ctx)) // others wait for it too
	if err != nil && p.failure == nil {
		p.options.Logger.WarnContext(ctx, "the OpenID Connect provider does not answer; trying again when a token comes", "issuer", p.options.Issuer, "error", err)
	}
	p.asked, p.failure = now, err
	if err == nil {
		p.verifier = verifier
		p.redeems.Store(redeems)
	}
	return p.known()
}

func (p *Provider) known() (*oidc.IDTokenVerifier, error) {
	if p.verifier == nil {
		return nil, p.failure
	}
	return p.verifier, nil
}

// discover returns what checks tokens, and the endpoint that makes them.
func (p *Provider) discover(ctx context.Context) (*oidc.IDTokenVerifier, string, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	found, err := oidc.NewProvider(ctx, p.options.Issuer)
	if err != nil {
		return nil, "", fmt.Errorf("asking the OpenID Connect provider: %w", err)
	}
	var metadata struct {
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := found.Claims(&metadata); err != nil {
		return nil, "", fmt.Errorf("reading the metadata of the OpenID Connect provider: %w", err)
	}
	return oidc.NewVerifier(p.options.Issuer, keySet{oidc.NewRemoteKeySet(ctx, metadata.Keys)}, &oidc.Config{
		ClientID:             p.options.Audience,
		SupportedSigningAlgs: asymmetric(metadata.Algorithms),
		SkipExpiryCheck:      true, // checkClaims does, with our own tolerance
	}), found.Endpoint().TokenURL, nil
}

// asymmetric leaves out algorithms with which a public key could be used as a secret, and none: RFC 8725, §3.1. Without
// any it is RS256, which every provider must support.
func asymmetric(algorithms []string) []string {
	kept := []string{}
	for _, algorithm := range algorithms {
		switch algorithm {
		case oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA:
			kept = append(kept, algorithm)
		}
	}
	if len(kept) == 0 {
		return []string{oidc.RS256}
	}
	return kept
}

func (p *Provider) principal(token *oidc.IDToken) (Principal, error) {
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return Principal{}, refused(errors.New("its claims cannot be read"))
	}
	if err := checkClaims(token, claims, p.options.Now()); err != nil {
		return Principal{}, refused(err)
	}
	subject := token.Subject
	if subject == "" || utf8.RuneCountInString(subject) > maxSubjectRunes || !utf8.ValidString(subject) || strings.ContainsRune(subject, 0) {
		return Principal{}, refused(errors.New("its subject is missing or too long"))
	}
	role := p.role(claims)
	return Principal{
		Subject: oidcSubject + subject, Name: nameOf(claims, subject), Role: role,
		OwnOnly: p.options.OwnOnly && role < Admin, Expires: token.Expiry.Add(clockSkew),
	}, nil
}

// checkClaims refuses a token that was well made, but not for us and now.
func checkClaims(token *oidc.IDToken, claims map[string]any, now time.Time) error {
	notBefore, isNumber := claims["nbf"].(float64)
	switch {
	case claims["events"] != nil:
		return errors.New("the token tells of an event, such as a logout") // RFC 8725, §3.12: it was made for something else
	case token.Expiry.IsZero():
		return errors.New("the token never expires")
	case !now.Before(token.Expiry.Add(clockSkew)):
		return errors.New("the token has expired")
	case claims["nbf"] != nil && !isNumber:
		return errors.New("the token's time is malformed")
	case isNumber && time.Unix(int64(notBefore), 0).After(now.Add(clockSkew)):
		return errors.New("the token is not valid yet")
	case token.IssuedAt.After(now.Add(clockSkew)):
		return errors.New("the token is of the future")
	}
	return nil
}

// role returns the highest role that the claims give.
func (p *Provider) role(claims map[string]any) Role {
	highest := p.options.Roles[everybody]
	var at any = claims
	for name := range strings.SplitSeq(p.options.RoleClaim, ".") {
		level, _ := at.(map[string]any)
		at = level[name]
	}
	if flat, ok := claims[p.options.RoleClaim]; ok { // a name may have dots itself, such as a URL
		at = flat
	}
	for _, name := range texts(at) {
		highest = max(highest, p.options.Roles[name])
	}
	return highest
}

// texts reads a text, texts separated by spaces, or a list of texts.
func texts(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return append(strings.Fields(claim), claim)
	case []any:
		var list []string
		for _, item := range claim {
			if text, ok := item.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

func nameOf(claims map[string]any, otherwise string) string {
	for _, claim := range []string{"name", "preferred_username", "email"} {
		if name, ok := claims[claim].(string); ok && strings.TrimSpace(name) != "" {
			return name
		}
	}
	return otherwise
}
