package graph

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/taskwire/taskwire/internal/auth"
)

// hasRole is the directive that says who may use a field.
const hasRole = "hasRole"

// checkRole implements the directive @hasRole.
func checkRole(ctx context.Context, _ any, next graphql.Resolver, role auth.Role, others bool) (any, error) {
	if err := mayUse(auth.Of(ctx), role, others); err != nil {
		return nil, err
	}
	return next(ctx)
}

func mayUse(p auth.Principal, role auth.Role, others bool) *auth.Error {
	switch {
	case p.Role < role:
		return auth.Forbidden(fmt.Sprintf("This needs the role %s.", role))
	case others && p.OwnOnly:
		return auth.Forbidden("This concerns the tasks of others, and you may only see your own.")
	}
	return nil
}

// uploadsByOperators refuses files from those who may create nothing with them, before they are stored.
func uploadsByOperators(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isUpload := strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "multipart/")
		if err := mayUse(auth.Of(r.Context()), auth.Operator, false); err != nil && isUpload {
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// permission is who may use a root field.
type permission struct {
	field  string
	role   auth.Role
	others bool
}

// permissions reads who may use each root field. One without a declared role is an error: it would be open to everybody.
func permissions(schema *ast.Schema) ([]permission, error) {
	var list []permission
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			if isIntrospection(field.Name) {
				continue
			}
			directive := field.Directives.ForName(hasRole)
			if directive == nil {
				return nil, fmt.Errorf("%s.%s says not who may use it: add @%s", root.Name, field.Name, hasRole)
			}
			arguments := directive.ArgumentMap(nil)
			role, err := auth.ParseRole(fmt.Sprint(arguments["role"]))
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", root.Name, field.Name, err)
			}
			others, _ := arguments["others"].(bool)
			list = append(list, permission{field.Name, role, others})
		}
	}
	return list, nil
}

func isIntrospection(field string) bool { return len(field) > 2 && field[:2] == "__" }

// permitted returns the root fields that a principal may use, by name.
func permitted(list []permission, p auth.Principal) []string {
	names := []string{}
	for _, permission := range list {
		if mayUse(p, permission.role, permission.others) == nil {
			names = append(names, permission.field)
		}
	}
	slices.Sort(names)
	return names
}
