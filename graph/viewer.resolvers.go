package graph

import (
	"context"

	"github.com/taskwire/taskwire/internal/auth"
)

// Viewer is the resolver for the viewer field.
func (r *queryResolver) Viewer(ctx context.Context) (*Viewer, error) {
	p := auth.Of(ctx)
	viewer := &Viewer{Name: p.Name, Subject: p.Subject, Role: p.Role, OwnOnly: p.OwnOnly, Permissions: permitted(r.permissions, p)}
	if !p.Expires.IsZero() {
		viewer.ExpiresAt = &p.Expires
	}
	return viewer, nil
}
