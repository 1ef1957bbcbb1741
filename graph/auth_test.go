package graph_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/internal/auth"
)

// guarded lets in who has an API key.
func guarded(limits auth.Limits) func(*graph.Options) {
	return func(o *graph.Options) {
		o.Auth = auth.NewGuard(auth.Options{Keys: o.Keys.(*auth.Keys), Limits: limits, Logger: o.Logger})
	}
}

// key makes an API key and returns it with its secret.
func (b *bench) key(n auth.NewKey) (auth.Key, string) {
	b.Helper()
	n.CreatedBy = "test"
	key, secret, err := b.keys.Create(b.ctx, n)
	require.NoError(b, err)
	return key, secret
}

// postAs sends an operation with an API key.
func (b *bench) postAs(secret, query string, variables map[string]any) response {
	b.Helper()
	return b.send(b.operation(secret, query, variables))
}

func (b *bench) operation(secret, query string, variables map[string]any) *http.Request {
	b.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(b, err)
	request, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.server.URL, strings.NewReader(string(body)))
	require.NoError(b, err)
	request.Header.Set("Content-Type", "application/json")
	if secret != "" {
		request.Header.Set("Authorization", "Bearer "+secret)
	}
	return request
}

// connectAs opens a websocket with an API key.
func (b *bench) connectAs(secret string) *peer {
	b.Helper()
	p := b.open()
	require.NoError(p, p.conn.WriteJSON(map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + secret}}))
	require.Equal(p, message{Type: "connection_ack"}, p.hear())
	return p
}

const whoAmI = `{ viewer { name role ownOnly } }`

func TestWhoHasNoCredentialIsRefused(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	_, secret := b.key(auth.NewKey{Name: "a", Role: auth.Viewer})
	for _, wrong := range []string{"", "tw_wrong", secret + "x"} {
		r := b.postAs(wrong, whoAmI, nil)
		require.Equal(t, http.StatusUnauthorized, r.status)
		require.Equal(t, []string{"UNAUTHENTICATED"}, r.codes())
		require.Nil(t, r.Data)
	}
	answer, err := http.DefaultClient.Do(b.operation("", `{ __schema { queryType { name } } }`, nil))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	require.Equal(t, `Bearer realm="taskwire"`, answer.Header.Get("WWW-Authenticate"))

	r := b.postAs(secret, whoAmI, nil)
	require.Equal(t, http.StatusOK, r.status)
	require.JSONEq(t, `{"viewer": {"name": "a", "role": "VIEWER", "ownOnly": false}}`, string(r.Data))
}

func TestSocketsSayWhoTheyAre(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{Sockets: 1}))
	_, secret := b.key(auth.NewKey{Name: "a", Role: auth.Viewer})
	for _, payload := range []string{`{}`, `{"Authorization": "Bearer tw_wrong"}`, `{"Authorization": 1}`, `{"Authorization": "Basic YTpi"}`} {
		p := b.open()
		p.say(`{"type": "connection_init", "payload": ` + payload + `}`)
		require.Equal(t, 4403, p.hearClose(), payload)
	}
	p := b.connectAs(secret)
	p.subscribe("1", whoAmI)
	require.Contains(t, string(p.hear().Payload), `"data":{"viewer":{"name":"a","role":"VIEWER","ownOnly":false}}`)

	second := b.open()
	second.say(`{"type": "connection_init", "payload": {"authorization": "Bearer ` + secret + `"}}`)
	require.Equal(t, 1013, second.hearClose(), "one socket is allowed")
}

func TestASocketMayShowItsKeyInTheHeader(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	_, secret := b.key(auth.NewKey{Name: "a", Role: auth.Viewer})
	p, _, err := b.dial(http.Header{"Authorization": {"Bearer " + secret}}, protocol)
	require.NoError(t, err)
	p.say(`{"type": "connection_init"}`)
	require.Equal(t, "connection_ack", p.hear().Type)
	_, answer, err := b.dial(http.Header{"Authorization": {"Bearer tw_wrong"}}, protocol)
	require.Error(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
}

const watchTasks = `subscription { taskUpdated(snapshot: true) { kind } }`

func TestARevokedKeyEndsItsSockets(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	revoked, secret := b.key(auth.NewKey{Name: "a", Role: auth.Viewer})
	_, other := b.key(auth.NewKey{Name: "b", Role: auth.Viewer})
	ends, stays := b.connectAs(secret), b.connectAs(other)
	ends.subscribe("1", watchTasks)
	_, err := b.keys.Revoke(b.ctx, revoked.ID, "test")
	require.NoError(t, err)
	require.Equal(t, 4403, ends.hearClose(), "and no complete before")
	stays.subscribe("1", whoAmI)
	require.Equal(t, "next", stays.hear().Type)
}

func TestAnExpiredKeyEndsItsSocketsAndStreams(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	end, p, stream := b.watchUntil(4 * time.Second)
	defer func() { require.NoError(t, stream.Body.Close()) }()

	require.Equal(t, 4403, p.hearClose())
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() {
		require.NotContains(t, lines.Text(), "complete", "the client would take it for the end of the news")
	}
	require.False(t, time.Now().Before(end))
}

// watchUntil opens a socket and a stream with a key that expires after so long, or after longer on a machine that needs it.
func (b *bench) watchUntil(after time.Duration) (end time.Time, p *peer, stream *http.Response) {
	b.Helper()
	end = time.Now().Add(after)
	_, secret := b.key(auth.NewKey{Name: fmt.Sprint("for ", after), Role: auth.Viewer, ExpiresAt: &end})
	p = b.open()
	p.say(fmt.Sprintf(`{"type": "connection_init", "payload": {"authorization": "Bearer %s"}}`, secret))
	p.subscribe("1", watchTasks)
	request := b.operation(secret, watchTasks, nil)
	request.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	var first message
	if err := p.conn.ReadJSON(&first); err == nil && first.Type == "connection_ack" && stream.StatusCode == http.StatusOK {
		return end, p, stream
	}
	require.False(b, time.Now().Before(end), "refused before the key expired")
	require.NoError(b, stream.Body.Close())
	return b.watchUntil(2 * after)
}

func TestCostsAreLimited(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{Cost: 50}))
	_, secret := b.key(auth.NewKey{Name: "a", Role: auth.Viewer})
	const costly = `{ tasks(first: 100) { nodes { id type status } } }`
	require.Equal(t, http.StatusOK, b.postAs(secret, costly, nil).status)
	answer, err := http.DefaultClient.Do(b.operation(secret, costly, nil))
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	require.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
	require.NotEmpty(t, answer.Header.Get("Retry-After"))
	var r response
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&r))
	require.Equal(t, []string{"RATE_LIMITED"}, r.codes())
	require.Positive(t, r.Errors[0].Extensions["retryAfterSeconds"])
}

func TestSubscriptionsAreLimited(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{Subscriptions: 1}))
	_, secret := b.key(auth.NewKey{Name: "a", Role: auth.Viewer})
	p := b.connectAs(secret)
	p.subscribe("1", watchTasks)
	p.subscribe("2", watchTasks)
	refused := p.hear()
	require.Contains(t, string(refused.Payload), "RATE_LIMITED")
}

func TestAdminsManageKeys(t *testing.T) {
	b := setup(t, nil, guarded(auth.Limits{}))
	_, admin := b.key(auth.NewKey{Name: "boss", Role: auth.Admin})
	created := b.postAs(admin, `mutation { createApiKey(input: {name: "importer", role: OPERATOR, ownOnly: true}) {
		secret apiKey { id name hint role ownOnly createdBy lastUsedAt revokedAt } userErrors { message } } }`, nil)
	require.Empty(t, created.Errors)
	var data struct {
		CreateAPIKey struct {
			Secret string
			APIKey struct{ ID, Name, Hint, Role, CreatedBy string }
		} `json:"createApiKey"`
	}
	require.NoError(t, json.Unmarshal(created.Data, &data))
	key := data.CreateAPIKey.APIKey
	require.Equal(t, "key:boss", key.CreatedBy)
	require.True(t, strings.HasPrefix(data.CreateAPIKey.Secret, key.Hint))

	require.Contains(t, string(b.postAs(data.CreateAPIKey.Secret, whoAmI, nil).Data), `"ownOnly":true`)
	const find = `query ($id: ID!) { node(id: $id) { ... on ApiKey { name lastUsedAt } } }`
	require.Contains(t, string(b.postAs(admin, find, map[string]any{"id": key.ID}).Data), `"name":"importer"`)
	require.JSONEq(t, `{"node": null}`, string(b.postAs(data.CreateAPIKey.Secret, find, map[string]any{"id": key.ID}).Data), "not for operators")

	revoked := b.postAs(admin, `mutation ($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { revokedBy } userErrors { message } } }`, map[string]any{"id": key.ID})
	require.JSONEq(t, `{"revokeApiKey": {"apiKey": {"revokedBy": "key:boss"}, "userErrors": []}}`, string(revoked.Data))
	unknown := b.postAs(admin, `mutation { revokeApiKey(input: {id: "x"}) { apiKey { id } userErrors { code field } } }`, nil)
	require.JSONEq(t, `{"revokeApiKey": {"apiKey": null, "userErrors": [{"code": "NOT_FOUND", "field": ["input", "id"]}]}}`, string(unknown.Data))
	require.Equal(t, http.StatusUnauthorized, b.postAs(data.CreateAPIKey.Secret, whoAmI, nil).status)
	list := string(b.postAs(admin, `{ apiKeys { name hint revokedAt } }`, nil).Data)
	require.Contains(t, list, "importer")
	require.NotContains(t, list, data.CreateAPIKey.Secret)

	mistakes := b.postAs(admin, `mutation { createApiKey(input: {name: "", role: ADMIN}) { apiKey { id } userErrors { field } } }`, nil)
	require.JSONEq(t, `{"createApiKey": {"apiKey": null, "userErrors": [{"field": ["input", "name"]}]}}`, string(mistakes.Data))
}
