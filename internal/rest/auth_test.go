package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/rest"
	"github.com/taskwire/taskwire/taskq"
)

// guarded is setup for callers with API keys.
func guarded(t *testing.T) (*bench, func(auth.NewKey) string) {
	t.Helper()
	var keys *auth.Keys
	b := setup(t, func(o *rest.Options, db *sqlx.DB) {
		keys = auth.NewKeys(db)
		o.Auth = auth.NewGuard(auth.Options{Keys: keys, Logger: o.Logger})
	})
	return b, func(n auth.NewKey) string {
		n.CreatedBy = "test"
		_, secret, err := keys.Create(t.Context(), n)
		require.NoError(t, err)
		return secret
	}
}

func as(secret string, more ...string) http.Header {
	header := http.Header{"Content-Type": {"text/plain"}}
	if secret != "" {
		header.Set("Authorization", "Bearer "+secret)
	}
	for i := 0; i+1 < len(more); i += 2 {
		header.Set(more[i], more[i+1])
	}
	return header
}

func TestEachRouteHasItsRole(t *testing.T) {
	b, key := guarded(t)
	callers := []string{"", key(auth.NewKey{Name: "v", Role: auth.Viewer}), key(auth.NewKey{Name: "o", Role: auth.Operator}), key(auth.NewKey{Name: "a", Role: auth.Admin})}
	for route, want := range map[string][4]int{
		"GET /api/v1/tasks/":                                  {401, 200, 200, 200},
		"GET /api/v1/tasks/" + uuid.NewString():               {401, 404, 404, 404},
		"POST /api/v1/documents/upload?name=a.txt":            {401, 403, 202, 202},
		"POST /api/v1/import/products?name=a.csv&dryRun=true": {401, 403, 202, 202},
		"GET /api/v1/nothing":                                 {401, 404, 404, 404},
	} {
		method, path, _ := strings.Cut(route, " ")
		for i, caller := range callers {
			status, header, _ := b.send(method, path, as(caller), strings.NewReader("sku,title\n1,Hat\n"))
			require.Equal(t, want[i], status, "%s by caller %d", route, i)
			require.Equal(t, status == http.StatusUnauthorized, header.Get("WWW-Authenticate") != "")
		}
	}
}

func TestThoseWithOnlyTheirOwnFindNothingElse(t *testing.T) {
	b, key := guarded(t)
	mine, theirs := key(auth.NewKey{Name: "me", Role: auth.Operator, OwnOnly: true}), key(auth.NewKey{Name: "them", Role: auth.Operator})
	id := func(secret, name string) string {
		status, header, _ := b.send("POST", "/api/v1/documents/upload?name="+name, as(secret, "Idempotency-Key", "1"), strings.NewReader(name))
		require.Equal(t, http.StatusAccepted, status)
		return header.Get("Location")
	}
	own, other := id(mine, "mine.txt"), id(theirs, "theirs.txt")
	require.NotEqual(t, own, other, "one idempotency key, two callers")

	status, _, _ := b.send("GET", own, as(mine), nil)
	require.Equal(t, http.StatusOK, status)
	status, _, hidden := b.send("GET", other, as(mine), nil)
	require.Equal(t, http.StatusNotFound, status)
	_, _, missing := b.send("GET", "/api/v1/tasks/"+uuid.NewString(), as(mine), nil)
	delete(hidden, "requestId")
	delete(missing, "requestId")
	require.Equal(t, missing, hidden, "it looks like nothing")

	_, _, list := b.send("GET", "/api/v1/tasks/", as(mine), nil)
	require.Len(t, list["tasks"], 1)
	_, _, list = b.send("GET", "/api/v1/tasks/?createdBy=key:them", as(mine), nil)
	require.Empty(t, list["tasks"])
	_, _, list = b.send("GET", "/api/v1/tasks/", as(theirs), nil)
	require.Len(t, list["tasks"], 2)

	tasks, err := b.tasks.List(t.Context(), taskq.Filter{CreatedBy: "key:me"}, taskq.Order{}, taskq.Page{First: 10})
	require.NoError(t, err)
	require.Len(t, tasks.Items, 1)
}
