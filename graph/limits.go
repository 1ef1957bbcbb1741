package graph

import (
	"context"
	"fmt"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Limits of one operation. A zero field has its default.
type Limits struct {
	BodyBytes  int64 // of a request without its files; default 4 MiB
	QueryBytes int   // of a document; default 64 KiB
	Tokens     int   // of a document; default 5,000
	Depth      int   // of fields within fields; default 15
	Fields     int   // with fragments spelled out; default 2,000
	RootFields int   // default 20
	Aliases    int   // default 30
	Directives int   // default 50
	Complexity int   // fields, each as often as its lists can repeat it; default 25,000
}

func (l Limits) withDefaults() Limits {
	for field, otherwise := range map[*int]int{
		&l.QueryBytes: 64 << 10, &l.Tokens: 5_000, &l.Depth: 15, &l.Fields: 2_000, &l.RootFields: 20, &l.Aliases: 30,
		&l.Directives: 50, &l.Complexity: 25_000,
	} {
		if *field == 0 {
			*field = otherwise
		}
	}
	if l.BodyBytes == 0 {
		l.BodyBytes = 4 << 20
	}
	return l
}

// documentLimits refuses operations that are too large. It runs before the complexity is calculated, which spells
// fragments out: two spreads in each of fifty fragments would take it years.
type documentLimits struct{ limits Limits }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
} = documentLimits{}

// ExtensionName implements [graphql.HandlerExtension].
func (documentLimits) ExtensionName() string { return "DocumentLimits" }

// Validate implements [graphql.HandlerExtension].
func (documentLimits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements [graphql.OperationParameterMutator].
func (d documentLimits) MutateOperationParameters(_ context.Context, request *graphql.RawParams) *gqlerror.Error {
	return exceeds("characters", len(request.Query), d.limits.QueryBytes)
}

// MutateOperationContext implements [graphql.OperationContextMutator].
func (d documentLimits) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	total := sizer{map[*ast.FragmentDefinition]size{}}.of(operation.Operation.SelectionSet)
	total.directives = add(total.directives, len(operation.Operation.Directives))
	for _, check := range []struct {
		what        string
		have, limit int
	}{
		{"levels of fields", total.depth, d.limits.Depth},
		{"fields", total.fields, d.limits.Fields},
		{"root fields", total.roots, d.limits.RootFields},
		{"aliases", total.aliases, d.limits.Aliases},
		{"directives", total.directives, d.limits.Directives},
	} {
		if err := exceeds(check.what, check.have, check.limit); err != nil {
			return err
		}
	}
	return nil
}

func exceeds(what string, have, limit int) *gqlerror.Error {
	if have <= limit {
		return nil
	}
	return &gqlerror.Error{
		Message:    fmt.Sprintf("The operation has too many %s: at most %d are allowed.", what, limit),
		Extensions: map[string]any{"code": codeLimit},
	}
}

// size is how large a selection is with its fragments spelled out.
type size struct{ depth, roots, fields, aliases, directives int }

// sizer measures each fragment once, however often it is spread. A valid document has no cycles of fragments.
type sizer struct {
	fragments map[*ast.FragmentDefinition]size
}

func (s sizer) of(set ast.SelectionSet) size {
	total := size{}
	for _, selection := range set {
		one := s.ofSelection(selection)
		total.depth = max(total.depth, one.depth)
		total.roots = add(total.roots, one.roots)
		total.fields = add(total.fields, one.fields)
		total.aliases = add(total.aliases, one.aliases)
		total.directives = add(total.directives, one.directives)
	}
	return total
}

func (s sizer) ofSelection(selection ast.Selection) size {
	switch selection := selection.(type) {
	case *ast.Field:
		return s.ofField(selection)
	case *ast.InlineFragment:
		one := s.of(selection.SelectionSet)
		one.directives = add(one.directives, len(selection.Directives))
		return one
	case *ast.FragmentSpread:
		one, known := s.fragments[selection.Definition]
		if !known {
			one = s.of(selection.Definition.SelectionSet)
			s.fragments[selection.Definition] = one
		}
		one.directives = add(one.directives, len(selection.Directives))
		return one
	}
	return size{}
}

// ofField leaves the depth of introspection alone: gqlparser has a rule for it, and tools nest deeply there.
func (s sizer) ofField(field *ast.Field) size {
	one := s.of(field.SelectionSet)
	one.depth++
	one.roots = 1
	if field.Name == "__schema" || field.Name == "__type" {
		one.depth = 1
	}
	one.fields = add(one.fields, 1)
	one.directives = add(one.directives, len(field.Directives))
	if field.Alias != field.Name {
		one.aliases = add(one.aliases, 1)
	}
	return one
}

// add stops at the largest number.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
