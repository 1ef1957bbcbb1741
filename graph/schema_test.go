package graph_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	require.NoError(t, err)
	return schema
}

func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	t.Parallel()
	missing := []string{}
	check := func(description string, name ...string) {
		if strings.TrimSpace(description) == "" {
			missing = append(missing, strings.Join(name, "."))
		}
	}
	for _, def := range loadSchema(t).Types {
		if def.BuiltIn {
			continue
		}
		check(def.Description, def.Name)
		for _, value := range def.EnumValues {
			check(value.Description, def.Name, value.Name)
		}
		for _, field := range def.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			check(field.Description, def.Name, field.Name)
			for _, argument := range field.Arguments {
				check(argument.Description, def.Name, field.Name, argument.Name)
			}
		}
	}
	require.Empty(t, missing)
}

// Examples in descriptions are blocks of code: lines with four spaces in front. Every root field that takes arguments has one,
// and those that need no variables run.
func TestExamplesInTheSchemaWork(t *testing.T) {
	b := setup(t, nil)
	schema := loadSchema(t)
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			if strings.HasPrefix(field.Name, "__") || len(field.Arguments) == 0 {
				continue
			}
			_, example, found := strings.Cut(field.Description, "\n\n    ")
			require.True(t, found, "%s.%s has no example", root.Name, field.Name)
			document, errs := gqlparser.LoadQueryWithRules(schema, example, rules.NewDefaultRules())
			require.Empty(t, errs, example)
			operation := document.Operations[0]
			require.Equal(t, field.Name, operation.SelectionSet[0].(*ast.Field).Name)
			if len(operation.VariableDefinitions) > 0 || operation.Operation == ast.Subscription {
				continue
			}
			r := b.post(example, nil)
			require.Empty(t, r.Errors, example)
			require.NotContains(t, string(r.Data), `"message":"`, example)
		}
	}
}

func TestSchemaKeepsItsConventions(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	for _, field := range schema.Mutation.Fields {
		require.Len(t, field.Arguments, 1, field.Name)
		require.Equal(t, "input", field.Arguments[0].Name, field.Name)
		require.True(t, field.Arguments[0].Type.NonNull, field.Name)
		require.Regexp(t, `Payload$`, field.Type.Name(), field.Name)
	}
	for _, def := range schema.Types {
		if def.BuiltIn || def.Kind != ast.Object {
			continue
		}
		for _, field := range def.Fields {
			if field.Type.Elem != nil && field.Type.Name() != "Node" {
				require.True(t, field.Type.NonNull && field.Type.Elem.NonNull || field.Name == "field", "%s.%s: lists and their elements are non-null", def.Name, field.Name)
			}
			if regexp.MustCompile(`Connection$`).MatchString(field.Type.Name()) {
				for _, argument := range []string{"first", "after", "last", "before"} {
					require.NotNil(t, field.Arguments.ForName(argument), "%s.%s", def.Name, field.Name)
				}
			}
		}
	}
}
