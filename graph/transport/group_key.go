package transport

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// groupKey is the same for subscriptions that are sent the same.
type groupKey [sha256.Size]byte

// keyOf makes the key of what an operation asks for, however it is written, and of the caller's rights. The arguments that
// are the subscriber's own are left out, with the variables that only they use.
func keyOf(operation *graphql.OperationContext, own []string, rights string) (groupKey, error) {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithCompacted()).FormatQueryDocument(&ast.QueryDocument{
		Operations: ast.OperationList{withoutArguments(operation.Operation, own)},
		Fragments:  operation.Doc.Fragments,
	})
	variables := map[string]any{}
	for name, value := range operation.Variables {
		if strings.Contains(text.String(), "$"+name) {
			variables[name] = value
		}
	}
	encoded, err := json.Marshal([]any{rights, text.String(), variables})
	return sha256.Sum256(encoded), err
}

// withoutArguments returns a copy of the operation. Its root fields lack the arguments, unless they come by a fragment.
func withoutArguments(operation *ast.OperationDefinition, names []string) *ast.OperationDefinition {
	stripped := *operation
	stripped.VariableDefinitions = nil
	stripped.SelectionSet = slices.Clone(operation.SelectionSet)
	for i, selection := range stripped.SelectionSet {
		if field, ok := selection.(*ast.Field); ok {
			bare := *field
			bare.Arguments = slices.DeleteFunc(slices.Clone(field.Arguments), func(a *ast.Argument) bool {
				return slices.Contains(names, a.Name)
			})
			stripped.SelectionSet[i] = &bare
		}
	}
	return &stripped
}
