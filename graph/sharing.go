package graph

import (
	"context"

	"github.com/taskwire/taskwire/internal/auth"
)

// rights names what the caller may see and others may not: what a subscription is sent is resolved once for all with the
// same rights.
func rights(ctx context.Context) string {
	p := auth.Of(ctx)
	if p.OwnOnly {
		return p.Role.String() + " " + p.Subject
	}
	return p.Role.String()
}
