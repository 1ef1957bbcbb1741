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

// anybodyLike returns the principal for whom a query runs that several share: it has what they have in common, so that no
// resolver can tell one of them from another. Who may do nothing stays so.
func anybodyLike(p auth.Principal) auth.Principal {
	anybody := auth.Principal{Subject: p.Subject, Role: p.Role, OwnOnly: p.OwnOnly}
	if p.Subject != "" && !p.OwnOnly {
		anybody.Subject = "anybody"
	}
	return anybody
}
