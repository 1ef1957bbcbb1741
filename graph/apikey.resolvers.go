package graph

import (
	"context"
	"errors"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/globalid"
)

// APIKeys is the resolver for the apiKeys field.
func (r *queryResolver) APIKeys(ctx context.Context) ([]*APIKey, error) {
	keys, err := r.keys.List(ctx)
	list := make([]*APIKey, len(keys))
	for i := range keys {
		list[i] = &APIKey{&keys[i]}
	}
	return list, err
}

// CreateAPIKey is the resolver for the createApiKey field.
func (r *mutationResolver) CreateAPIKey(ctx context.Context, input CreateAPIKeyInput) (*CreateAPIKeyPayload, error) {
	key, secret, err := r.keys.Create(ctx, auth.NewKey{
		Name: input.Name, Role: input.Role, OwnOnly: input.OwnOnly, ExpiresAt: input.ExpiresAt, CreatedBy: auth.Of(ctx).Subject,
	})
	if invalid := (*auth.InvalidError)(nil); errors.As(err, &invalid) {
		return &CreateAPIKeyPayload{UserErrors: []*UserError{newUserError(UserErrorCodeInvalid, invalid.Field, invalid.Error())}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &CreateAPIKeyPayload{APIKey: &APIKey{&key}, Secret: &secret, UserErrors: []*UserError{}}, nil
}

// RevokeAPIKey is the resolver for the revokeApiKey field.
func (r *mutationResolver) RevokeAPIKey(ctx context.Context, input RevokeAPIKeyInput) (*RevokeAPIKeyPayload, error) {
	err := auth.ErrKeyNotFound
	var key auth.Key
	if id, ok := globalid.Find(globalid.APIKey, input.ID); ok {
		key, err = r.keys.Revoke(ctx, id, auth.Of(ctx).Subject)
	}
	if errors.Is(err, auth.ErrKeyNotFound) {
		return &RevokeAPIKeyPayload{UserErrors: []*UserError{newUserError(UserErrorCodeNotFound, "id", "there is no such API key")}}, nil
	}
	if err != nil {
		return nil, err
	}
	return &RevokeAPIKeyPayload{APIKey: &APIKey{&key}, UserErrors: []*UserError{}}, nil
}

func newUserError(code UserErrorCode, field, message string) *UserError {
	return &UserError{Code: code, Field: []string{"input", field}, Message: message + "."}
}
