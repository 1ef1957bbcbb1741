package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/auth"
)

// call sends a request through a guard and returns the answer, whose body names the principal.
func call(t *testing.T, g *auth.Guard, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/graphql", nil)
	for _, change := range change {
		change(r)
	}
	recorder := httptest.NewRecorder()
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := auth.Of(r.Context())
		_, _ = fmt.Fprintf(w, "%s %s %t", p.Subject, p.Role, p.OwnOnly) // a recorder takes everything
	})
	g.Handler(next, auth.RefusePlainly).ServeHTTP(recorder, r)
	return recorder
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func TestWithoutAuthenticationEverybodyIsLocal(t *testing.T) {
	t.Parallel()
	g := auth.NewGuard(auth.Options{})
	require.Equal(t, "local ADMIN false", call(t, g).Body.String())
	rebound := call(t, g, func(r *http.Request) { r.Host = "evil.example" })
	require.Equal(t, http.StatusMisdirectedRequest, rebound.Code)
	require.NotContains(t, rebound.Body.String(), "ADMIN")
	require.Equal(t, auth.Settings{}, g.Settings())
}

func TestKeysLetIn(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	g := auth.NewGuard(auth.Options{Keys: keys})
	key, secret, err := keys.Create(t.Context(), auth.NewKey{Name: " importer ", Role: auth.Operator, OwnOnly: true, CreatedBy: "cli"})
	require.NoError(t, err)
	require.Equal(t, "importer", key.Name)
	require.True(t, strings.HasPrefix(secret, key.Hint))
	require.Nil(t, key.LastUsedAt)

	require.Equal(t, "key:importer OPERATOR true", call(t, g, bearer(secret)).Body.String())
	used, err := keys.Get(t.Context(), key.ID)
	require.NoError(t, err)
	require.NotNil(t, used.LastUsedAt)

	missing := call(t, g)
	require.Equal(t, http.StatusUnauthorized, missing.Code)
	require.Equal(t, `Bearer realm="taskwire"`, missing.Header().Get("WWW-Authenticate"))
	for _, wrong := range []string{secret[:len(secret)-1], "tw_" + strings.Repeat("0", 33), "something else", ""} {
		refused := call(t, g, bearer(wrong))
		require.Equal(t, http.StatusUnauthorized, refused.Code, wrong)
		require.Contains(t, refused.Header().Get("WWW-Authenticate"), "invalid_token")
		require.NotContains(t, refused.Body.String(), secret)
	}
	basic := call(t, g, func(r *http.Request) { r.SetBasicAuth("importer", secret) })
	require.Equal(t, http.StatusUnauthorized, basic.Code)
}

func TestARevokedKeyIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	g := auth.NewGuard(auth.Options{Keys: keys})
	key, secret, err := keys.Create(t.Context(), auth.NewKey{Name: "a", Role: auth.Viewer, CreatedBy: "cli"})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, call(t, g, bearer(secret)).Code)
	revoked, err := keys.Revoke(t.Context(), key.ID, "key:boss")
	require.NoError(t, err)
	require.Equal(t, "key:boss", *revoked.RevokedBy)
	again, err := keys.Revoke(t.Context(), key.ID, "key:other")
	require.NoError(t, err)
	require.Equal(t, revoked, again, "revoking twice changes nothing")
	refused := call(t, g, bearer(secret))
	require.Equal(t, http.StatusUnauthorized, refused.Code)
	require.Contains(t, refused.Body.String(), "revoked")
	_, err = keys.Revoke(t.Context(), uuid.New(), "cli")
	require.ErrorIs(t, err, auth.ErrKeyNotFound)
}

func TestAnExpiredKeyIsRefused(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	keys := auth.NewKeys(database.DB)
	in := time.Now().Add(time.Hour)
	key, secret, err := keys.Create(t.Context(), auth.NewKey{Name: "a", Role: auth.Viewer, ExpiresAt: &in, CreatedBy: "cli"})
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), `UPDATE api_keys SET expires_at = now() WHERE id = $1`, key.ID)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, call(t, auth.NewGuard(auth.Options{Keys: keys}), bearer(secret)).Code)
}

func TestTheDatabaseHoldsNoKey(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	_, secret, err := auth.NewKeys(database.DB).Create(t.Context(), auth.NewKey{Name: "a", Role: auth.Admin, CreatedBy: "cli"})
	require.NoError(t, err)
	var row string
	require.NoError(t, database.GetContext(t.Context(), &row, `SELECT api_keys::text FROM api_keys`))
	require.NotContains(t, row, secret[8:])
}

func TestMistakesInKeysAreNamed(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	past := time.Now().Add(-time.Second)
	for field, n := range map[string]auth.NewKey{
		"name":      {Name: " ", Role: auth.Viewer},
		"role":      {Name: "a"},
		"ownOnly":   {Name: "a", Role: auth.Admin, OwnOnly: true},
		"expiresAt": {Name: "a", Role: auth.Viewer, ExpiresAt: &past},
	} {
		_, _, err := keys.Create(t.Context(), n)
		invalid := (*auth.InvalidError)(nil)
		require.ErrorAs(t, err, &invalid, field)
		require.Equal(t, field, invalid.Field)
	}
	_, _, err := keys.Create(t.Context(), auth.NewKey{Name: "a\x00b", Role: auth.Viewer})
	require.ErrorContains(t, err, "control characters")
}

func TestListShowsTheNewestFirst(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	for _, name := range []string{"first", "second"} {
		_, _, err := keys.Create(t.Context(), auth.NewKey{Name: name, Role: auth.Viewer, CreatedBy: "cli"})
		require.NoError(t, err)
	}
	list, err := keys.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "second", list[0].Name)
}

func TestADatabaseThatIsDownIsNotTheCallersFault(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	keys := auth.NewKeys(database.DB)
	_, secret, err := keys.Create(t.Context(), auth.NewKey{Name: "a", Role: auth.Viewer, CreatedBy: "cli"})
	require.NoError(t, err)
	require.NoError(t, database.Close())
	refused := call(t, auth.NewGuard(auth.Options{Keys: keys}), bearer(secret))
	require.Equal(t, http.StatusServiceUnavailable, refused.Code)
	require.NotEmpty(t, refused.Header().Get("Retry-After"))
}

func TestGuessingFromOneAddressIsSlowedDown(t *testing.T) {
	t.Parallel()
	g := auth.NewGuard(auth.Options{Keys: auth.NewKeys(dbtest.New(t).DB)})
	codes := map[int]int{}
	for range 100 {
		codes[call(t, g, bearer("tw_wrong")).Code]++
	}
	require.GreaterOrEqual(t, codes[http.StatusUnauthorized], 50)
	require.Positive(t, codes[http.StatusTooManyRequests])
	other := call(t, g, bearer("tw_wrong"), func(r *http.Request) { r.RemoteAddr = "203.0.113.9:1" })
	require.Equal(t, http.StatusUnauthorized, other.Code)
}

func TestEachPrincipalHasItsOwnLimit(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	g := auth.NewGuard(auth.Options{Keys: keys, Limits: auth.Limits{Requests: 0.3}})
	secrets := []string{}
	for _, name := range []string{"a", "b"} {
		_, secret, err := keys.Create(t.Context(), auth.NewKey{Name: name, Role: auth.Viewer, CreatedBy: "cli"})
		require.NoError(t, err)
		secrets = append(secrets, secret)
	}
	for range 3 {
		require.Equal(t, http.StatusOK, call(t, g, bearer(secrets[0])).Code)
	}
	limited := call(t, g, bearer(secrets[0]))
	require.Equal(t, http.StatusTooManyRequests, limited.Code)
	require.NotEmpty(t, limited.Header().Get("Retry-After"))
	require.Equal(t, http.StatusOK, call(t, g, bearer(secrets[1])).Code)
}

func TestSocketsAndCostsAreLimited(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	g := auth.NewGuard(auth.Options{Keys: keys, Limits: auth.Limits{Cost: 10, Sockets: 1, Subscriptions: 1}})
	_, secret, err := keys.Create(t.Context(), auth.NewKey{Name: "a", Role: auth.Viewer, CreatedBy: "cli"})
	require.NoError(t, err)
	payload := map[string]any{"authorization": "bearer " + secret}

	ctx, cancel := context.WithCancel(t.Context())
	socket, err := g.Socket(ctx, payload)
	require.NoError(t, err)
	require.Equal(t, "key:a", auth.Of(socket).Subject)
	_, err = g.Socket(t.Context(), payload)
	refused := (*auth.Error)(nil)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 1013, refused.CloseCode())

	require.NoError(t, g.Subscribe(socket))
	require.ErrorContains(t, g.Subscribe(socket), "too many subscriptions")
	require.NoError(t, g.Spend(socket, 100))
	require.ErrorContains(t, g.Spend(socket, 100), "too much")

	cancel()
	require.Eventually(t, func() bool {
		inner, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := g.Socket(inner, payload)
		return err == nil
	}, 3*time.Minute, 10*time.Millisecond, "its place is given back")
}

func TestAKeyThatSocketsHoldIsInUse(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	keys := auth.NewKeys(database.DB)
	g := auth.NewGuard(auth.Options{Keys: keys})
	key, secret, err := keys.Create(t.Context(), auth.NewKey{Name: "a", Role: auth.Viewer, CreatedBy: "cli"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = g.Socket(ctx, map[string]any{"Authorization": "Bearer " + secret})
	require.NoError(t, err)
	_, err = database.ExecContext(t.Context(), `UPDATE api_keys SET last_used_at = now() - interval '1 hour'`)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		now, err := keys.Get(t.Context(), key.ID)
		return err == nil && time.Since(*now.LastUsedAt) < time.Minute
	}, 3*time.Minute, 50*time.Millisecond)
}

func TestRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	g := auth.NewGuard(auth.Options{Keys: auth.NewKeys(dbtest.New(t).DB)})
	call(t, g)
	_, err := g.Socket(t.Context(), nil)
	require.Error(t, err)
	registry := prometheus.NewRegistry()
	require.NoError(t, registry.Register(g))
	recorder := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	require.Contains(t, recorder.Body.String(), `taskwire_refused_total{code="UNAUTHENTICATED"} 2`)
	require.Contains(t, recorder.Body.String(), `taskwire_refused_total{code="RATE_LIMITED"} 0`)
}
