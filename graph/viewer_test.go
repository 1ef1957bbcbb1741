package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

func TestWithoutAuthenticationTheViewerIsAdmin(t *testing.T) {
	b := setup(t, nil)
	got := query[struct {
		Viewer struct {
			Name, Subject, Role string
			OwnOnly             bool
			Permissions         []string
			ExpiresAt           *string
		}
	}](b, `{ viewer { name subject role ownOnly permissions expiresAt } }`, nil).Viewer
	require.Equal(t, "local", got.Name)
	require.Equal(t, "local", got.Subject)
	require.Equal(t, "ADMIN", got.Role)
	require.False(t, got.OwnOnly)
	require.Nil(t, got.ExpiresAt)
	var all []string
	for _, root := range roots(t) {
		for _, field := range root.Fields {
			if field.Name[0] != '_' {
				all = append(all, field.Name)
			}
		}
	}
	require.ElementsMatch(t, all, got.Permissions)
}

func roots(t *testing.T) []*ast.Definition {
	t.Helper()
	schema := loadSchema(t)
	return []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription}
}

func TestEveryRootFieldSaysWhoMayUseIt(t *testing.T) {
	t.Parallel()
	for _, root := range roots(t) {
		for _, field := range root.Fields {
			if field.Name != "__schema" && field.Name != "__type" {
				require.NotNil(t, field.Directives.ForName("hasRole"), "%s.%s", root.Name, field.Name)
			}
		}
	}
}
