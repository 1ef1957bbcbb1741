package webui_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// The operations that GraphiQL opens with are operations of this API, each with a name for its tab.
func TestExamplesFitTheSchema(t *testing.T) {
	t.Parallel()

	schema, err := gqlparser.LoadSchema(source(t, "../../schema.graphqls"))
	require.NoError(t, err)
	examples := source(t, "app/src/graphiql/examples.graphql")
	document, errs := gqlparser.LoadQueryWithRules(schema, examples.Input, nil)
	require.Empty(t, errs)

	kinds := make(map[ast.Operation]int)
	for _, operation := range document.Operations {
		require.NotEmpty(t, operation.Name)
		kinds[operation.Operation]++
	}
	require.Len(t, kinds, 3, "queries, mutations and a subscription")
}

func source(t *testing.T, name string) *ast.Source {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return &ast.Source{Name: name, Input: string(content)}
}
