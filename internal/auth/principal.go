// Package auth decides who a caller is and what they may do. Callers show an API key or a token of an OpenID Connect
// provider; both make a [Principal], which travels in the context of the request. Packages graph and internal/rest ask for
// it, and internal/access limits what it sees.
package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Role is what a principal may do. Each role may do what the ones before it may.
type Role int

// The roles. The zero value may do nothing.
const (
	NoRole   Role = iota
	Viewer        // look
	Operator      // create and change tasks
	Admin         // all, with what concerns others: API keys
)

var roleNames = map[Role]string{Viewer: "VIEWER", Operator: "OPERATOR", Admin: "ADMIN"}

// Roles returns the names of the roles, from the least to the most that they may do.
func Roles() []string { return []string{"VIEWER", "OPERATOR", "ADMIN"} }

// ParseRole reads a role's name, in any case.
func ParseRole(name string) (Role, error) {
	for role, known := range roleNames {
		if strings.EqualFold(known, strings.TrimSpace(name)) {
			return role, nil
		}
	}
	return NoRole, fmt.Errorf("there is no role %q; there are viewer, operator and admin", name)
}

func (r Role) String() string {
	if name, ok := roleNames[r]; ok {
		return name
	}
	return "NONE"
}

// Principal is who makes a request.
type Principal struct {
	Subject string // for good: "key:" with the name of an API key, "oidc:" with the provider's subject, or "local"
	Name    string // for people
	Role    Role
	OwnOnly bool      // sees and changes only what it created itself
	Expires time.Time // when its credential ends; zero: never

	key uuid.UUID // the API key that was shown; zero without
}

// Local is the principal of every caller while no authentication is set up: the server then listens on loopback only.
func Local() Principal { return Principal{Subject: "local", Name: "local", Role: Admin} }

type principalKey struct{}

// With returns a context whose operations are the principal's.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Of returns whose operations those of ctx are. Without anybody it is the zero Principal, which may do nothing.
func Of(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}
