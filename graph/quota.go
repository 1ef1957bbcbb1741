package graph

import (
	"context"
	"errors"
	"math"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/internal/auth"
)

// refuse answers requests that the guard does not let in.
func refuse(w http.ResponseWriter, _ *http.Request, err *auth.Error) {
	transport.Refuse(w, err.Status, err.Code, err.Message)
}

var _ auth.RefuseFunc = refuse

// countSubscriptions limits how many subscriptions each principal has open.
func countSubscriptions(guard *auth.Guard) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		if !isSubscription(ctx) || transport.IsShared(ctx) {
			return next(ctx)
		}
		if err := limited(guard.Subscribe(transport.Lifetime(ctx))); err != nil {
			return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{err}})
		}
		return next(ctx)
	}
}

// limited turns the guard's refusal into an error of the operation, with the time after which to try again.
func limited(err error) *gqlerror.Error {
	known := (*auth.Error)(nil)
	if !errors.As(err, &known) {
		return nil
	}
	seconds := int(math.Ceil(known.RetryAfter.Seconds()))
	return &gqlerror.Error{Message: known.Message, Extensions: map[string]any{"code": known.Code, transport.RetryAfter: seconds}}
}
