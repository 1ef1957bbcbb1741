package auth_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/auth"
)

// issuer is an OpenID Connect provider in this process.
type issuer struct {
	*testing.T
	server *httptest.Server

	mu      sync.Mutex
	keys    map[string]*rsa.PrivateKey // guarded by mu: what it publishes, by id
	fetched int                        // guarded by mu: how often it was asked for keys
	down    bool                       // guarded by mu
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{T: t, keys: map[string]*rsa.PrivateKey{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": i.server.URL, "jwks_uri": i.server.URL + "/keys", "authorization_endpoint": i.server.URL + "/authorize",
			"token_endpoint": "https://tokens.example/token", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		})
	})
	mux.HandleFunc("GET /keys", i.serveKeys)
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.isDown() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.server.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	return i
}

func (i *issuer) isDown() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.down
}

func (i *issuer) setDown(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

func (i *issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetched++
	set := []map[string]string{}
	for id, key := range i.keys {
		set = append(set, map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": set})
}

// publish makes a new key and returns it.
func (i *issuer) publish(id string) *rsa.PrivateKey {
	i.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(i, err)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys[id] = key
	return key
}

func (i *issuer) withdraw(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.keys, id)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// token is a JWT signed by sign over its header and payload.
func token(t *testing.T, header, claims map[string]any, sign func(signed string) []byte) string {
	t.Helper()
	h, err := json.Marshal(header)
	require.NoError(t, err)
	c, err := json.Marshal(claims)
	require.NoError(t, err)
	signed := encode(h) + "." + encode(c)
	return signed + "." + encode(sign(signed))
}

func rs256(t *testing.T, key *rsa.PrivateKey) func(string) []byte {
	t.Helper()
	return func(signed string) []byte {
		sum := sha256.Sum256([]byte(signed))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		require.NoError(t, err)
		return signature
	}
}

// claims are good ones, with changes: nil takes one out.
func (i *issuer) claims(changes map[string]any) map[string]any {
	all := map[string]any{
		"iss": i.server.URL, "aud": "taskwire", "sub": "u-1", "name": "Ada", "roles": []string{"staff"},
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

func (i *issuer) guard(change ...func(*auth.ProviderOptions)) *auth.Guard {
	i.Helper()
	o := auth.ProviderOptions{
		Issuer: i.server.URL, Audience: "taskwire", ClientID: "taskwire",
		Roles: map[string]auth.Role{"staff": auth.Operator, "boss": auth.Admin, "guest": auth.Viewer},
	}
	for _, change := range change {
		change(&o)
	}
	p, err := auth.NewProvider(o)
	require.NoError(i, err)
	return auth.NewGuard(auth.Options{Provider: p})
}

var rsaHeader = map[string]any{"alg": "RS256", "kid": "1", "typ": "JWT"}

func TestTokensLetIn(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	sign := rs256(t, i.publish("1"))
	g := i.guard(func(o *auth.ProviderOptions) { o.OwnOnly = true })
	for want, changes := range map[string]map[string]any{
		"oidc:u-1 OPERATOR true": nil,
		"oidc:u-1 ADMIN false":   {"roles": []string{"staff", "boss", "other"}},
		"oidc:u-2 VIEWER true":   {"sub": "u-2", "roles": "guest"},
		"oidc:u-3 NONE true":     {"sub": "u-3", "roles": nil},
		"oidc:u-4 OPERATOR true": {"sub": "u-4", "aud": []string{"other", "taskwire"}},
	} {
		answer := call(t, g, bearer(token(t, rsaHeader, i.claims(changes), sign)))
		require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		require.Equal(t, want, answer.Body.String())
	}
	require.Equal(t, []string{i.server.URL, "https://tokens.example"}, g.LoginOrigins())
	require.Equal(t, &auth.OIDCSettings{Issuer: i.server.URL, ClientID: "taskwire", Scopes: []string{"openid", "profile", "email"}}, g.Settings().OIDC)
}

func TestRolesLieWhereTheProviderPutsThem(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	sign := rs256(t, i.publish("1"))
	for claim, changes := range map[string]map[string]any{
		"realm_access.roles":         {"realm_access": map[string]any{"roles": []string{"staff"}}},
		"https://taskwire.example/r": {"https://taskwire.example/r": []string{"staff"}},
		"scope":                      {"scope": "openid staff"},
	} {
		g := i.guard(func(o *auth.ProviderOptions) { o.RoleClaim = claim })
		require.Contains(t, call(t, g, bearer(token(t, rsaHeader, i.claims(changes), sign))).Body.String(), "OPERATOR", claim)
	}
	everybody := i.guard(func(o *auth.ProviderOptions) { o.Roles = map[string]auth.Role{"*": auth.Viewer} })
	require.Contains(t, call(t, everybody, bearer(token(t, rsaHeader, i.claims(nil), sign))).Body.String(), "VIEWER")
}

func TestFalseTokensAreRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key := i.publish("1")
	good, stranger := rs256(t, key), rs256(t, newIssuer(t).publish("1"))
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	pemPublic := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	confused := func(secret []byte) func(string) []byte {
		return func(signed string) []byte {
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(signed))
			return mac.Sum(nil)
		}
	}
	now := time.Now()
	type header = map[string]any
	for name, c := range map[string]struct {
		header header
		claims map[string]any
		sign   func(string) []byte
	}{
		"expired":                  {rsaHeader, header{"exp": now.Add(-2 * time.Minute).Unix()}, good},
		"never expires":            {rsaHeader, header{"exp": nil}, good},
		"not valid yet":            {rsaHeader, header{"nbf": now.Add(5 * time.Minute).Unix()}, good},
		"malformed time":           {rsaHeader, header{"nbf": "soon"}, good},
		"of the future":            {rsaHeader, header{"iat": now.Add(5 * time.Minute).Unix()}, good},
		"a logout token":           {rsaHeader, header{"events": header{"http://schemas.openid.net/event/backchannel-logout": header{}}}, good},
		"for somebody else":        {rsaHeader, header{"aud": "another"}, good},
		"for nobody":               {rsaHeader, header{"aud": nil}, good},
		"of another issuer":        {rsaHeader, header{"iss": "https://evil.example"}, good},
		"of nobody":                {rsaHeader, header{"sub": nil}, good},
		"of somebody very long":    {rsaHeader, header{"sub": strings.Repeat("x", 300)}, good},
		"signed by a stranger":     {rsaHeader, nil, stranger},
		"signed by an unknown key": {header{"alg": "RS256", "kid": "2"}, nil, stranger},
		"not signed":               {header{"alg": "none"}, nil, func(string) []byte { return nil }},
		"None signed":              {header{"alg": "None", "kid": "1"}, nil, func(string) []byte { return nil }},
		"HMAC with the public key": {header{"alg": "HS256", "kid": "1"}, nil, confused(pemPublic)},
		"HMAC with the modulus":    {header{"alg": "HS256", "kid": "1"}, nil, confused(key.N.Bytes())},
		"with a key of its own":    {header{"alg": "RS256", "jwk": header{"kty": "RSA", "n": encode(key.N.Bytes()), "e": "AQAB"}, "kid": "9"}, nil, stranger},
		"critical":                 {header{"alg": "RS256", "kid": "1", "crit": []string{"x"}, "x": 1}, nil, good},
	} {
		answer := call(t, i.guard(), bearer(token(t, c.header, i.claims(c.claims), c.sign)))
		require.Equal(t, http.StatusUnauthorized, answer.Code, "%s: %s", name, answer.Body)
		require.Contains(t, answer.Header().Get("WWW-Authenticate"), "invalid_token", name)
	}
	whole := token(t, rsaHeader, i.claims(nil), good)
	parts := strings.Split(whole, ".")
	other := token(t, rsaHeader, i.claims(map[string]any{"roles": []string{"boss"}}), good)
	for _, wrong := range []string{
		"a.b.c", whole[:len(whole)-4], parts[0] + "." + strings.Split(other, ".")[1] + "." + parts[2], strings.Repeat("a", 20_000), parts[0] + ".." + parts[2],
	} {
		require.Equal(t, http.StatusUnauthorized, call(t, i.guard(), bearer(wrong)).Code)
	}
	require.Equal(t, http.StatusOK, call(t, i.guard(), bearer(whole)).Code)
}

func TestClocksMayDifferByAMinute(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	sign := rs256(t, i.publish("1"))
	now := time.Now()
	for _, changes := range []map[string]any{
		{"exp": now.Add(-30 * time.Second).Unix()}, {"nbf": now.Add(30 * time.Second).Unix()}, {"iat": now.Add(30 * time.Second).Unix()},
	} {
		require.Equal(t, http.StatusOK, call(t, i.guard(), bearer(token(t, rsaHeader, i.claims(changes), sign))).Code, "%v", changes)
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	clock := newClock()
	first := rs256(t, i.publish("1"))
	g := i.guard(func(o *auth.ProviderOptions) { o.Now = clock.now })
	claims := i.claims(map[string]any{"exp": time.Now().Add(24 * time.Hour).Unix()})
	old := token(t, rsaHeader, claims, first)
	require.Equal(t, http.StatusOK, call(t, g, bearer(old)).Code)

	second := rs256(t, i.publish("2"))
	i.withdraw("1")
	fresh := token(t, map[string]any{"alg": "RS256", "kid": "2"}, claims, second)
	require.Equal(t, http.StatusOK, call(t, g, bearer(fresh)).Code, "a key that is new is fetched at once")
	require.Equal(t, http.StatusUnauthorized, call(t, g, bearer(old)).Code)

	third := rs256(t, i.publish("3"))
	require.Equal(t, http.StatusOK, call(t, g, bearer(token(t, map[string]any{"alg": "RS256", "kid": "3"}, claims, third))).Code)
	i.withdraw("2")
	require.Equal(t, http.StatusOK, call(t, g, bearer(fresh)).Code, "nobody has looked yet")
	clock.advance(time.Hour)
	require.Equal(t, http.StatusUnauthorized, call(t, g, bearer(fresh)).Code, "what was withdrawn is forgotten in time")
}

func TestAProviderThatIsDownStopsNothingElse(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	sign := rs256(t, i.publish("1"))
	clock := newClock()
	i.setDown(true)
	g := i.guard(func(o *auth.ProviderOptions) { o.Now = clock.now })
	good := bearer(token(t, rsaHeader, i.claims(map[string]any{"exp": time.Now().Add(24 * time.Hour).Unix()}), sign))
	refused := call(t, g, good)
	require.Equal(t, http.StatusServiceUnavailable, refused.Code, "the token may be good")
	require.NotEmpty(t, refused.Header().Get("Retry-After"))

	i.setDown(false)
	clock.advance(10 * time.Second)
	require.Equal(t, http.StatusOK, call(t, g, good).Code, "it came back")

	i.setDown(true)
	clock.advance(time.Hour)
	require.Equal(t, http.StatusOK, call(t, g, good).Code, "the keys are known")
	unknown := token(t, map[string]any{"alg": "RS256", "kid": "2"}, i.claims(nil), sign)
	require.Equal(t, http.StatusServiceUnavailable, call(t, g, bearer(unknown)).Code, "this one is not")
}

func TestInventedKeysDoNotFloodTheProvider(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	sign := rs256(t, i.publish("1"))
	g := i.guard()
	for n := range 40 {
		call(t, g, bearer(token(t, map[string]any{"alg": "RS256", "kid": string(rune('A' + n))}, i.claims(nil), sign)))
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	require.Less(t, i.fetched, 20)
}

// clock is a time that tests move.
type clock struct {
	mu     sync.Mutex
	offset time.Duration // guarded by mu
}

func newClock() *clock { return &clock{} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}
