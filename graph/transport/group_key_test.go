package transport

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

var testSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	type Query { a: Int }
	type Subscription { updated(filter: String, after: String, snapshot: Boolean): Update }
	type Update { id: ID, name(upper: Boolean): String, cursor: String }`})

func keyOfQuery(t *testing.T, query string, variables map[string]any, rights string) groupKey {
	t.Helper()
	document, errs := gqlparser.LoadQueryWithRules(testSchema, query, rules.NewDefaultRules())
	require.Empty(t, errs)
	operation := &graphql.OperationContext{Doc: document, Operation: document.Operations[0], Variables: variables}
	before := operation.Operation.SelectionSet[0]
	key, err := keyOf(operation, []string{"after", "snapshot"}, rights)
	require.NoError(t, err)
	require.Same(t, before, operation.Operation.SelectionSet[0], "the operation stays as it is")
	return key
}

func TestSubscriptionsThatAreSentTheSameShareAGroup(t *testing.T) {
	t.Parallel()
	type variables = map[string]any
	const withVariables = `subscription ($f: String, $a: String) { updated(filter: $f, after: $a) { id } }`
	const withFragment = `subscription { updated { ...F } } fragment F on Update { `
	const withTwoUses = `subscription ($a: String) { updated(filter: $a, after: $a) { id } }`
	const withDirective = `subscription ($f: Boolean!) { updated { id @include(if: $f) cursor } }`
	for name, pair := range map[string]struct {
		a, b   string
		va, vb variables
		share  bool
	}{
		"layout":                               {`subscription { updated { id cursor } }`, "subscription {\n # all\n updated { id, cursor } }", nil, nil, true},
		"own argument":                         {`subscription { updated(after: "x") { id } }`, `subscription { updated(snapshot: true) { id } }`, nil, nil, true},
		"own variable":                         {withVariables, withVariables, variables{"f": "x", "a": "1"}, variables{"f": "x", "a": "2"}, true},
		"another variable":                     {withVariables, withVariables, variables{"f": "x"}, variables{"f": "y"}, false},
		"another argument":                     {`subscription { updated(filter: "x") { id } }`, `subscription { updated { id } }`, nil, nil, false},
		"another selection":                    {`subscription { updated { id } }`, `subscription { updated { cursor } }`, nil, nil, false},
		"another alias":                        {`subscription { updated { id } }`, `subscription { x: updated { id } }`, nil, nil, false},
		"another fragment":                     {withFragment + `id }`, withFragment + `cursor }`, nil, nil, false},
		"a directive":                          {withDirective, withDirective, variables{"f": true}, variables{"f": false}, false},
		"an own variable that has another use": {withTwoUses, withTwoUses, variables{"a": "1"}, variables{"a": "2"}, false},
	} {
		a, b := keyOfQuery(t, pair.a, pair.va, ""), keyOfQuery(t, pair.b, pair.vb, "")
		require.Equal(t, pair.share, a == b, name)
	}
	require.NotEqual(t, keyOfQuery(t, withVariables, nil, "VIEWER"), keyOfQuery(t, withVariables, nil, "ADMIN"), "rights")
}
