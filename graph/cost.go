package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// cost is what an operation could return, and what one may, in extensions.cost of each response but those of subscriptions.
type cost struct {
	Requested int `json:"requested"`
	Limit     int `json:"limit"`
}

const costExtension = "cost"

// reportCost adds the cost to a response.
func reportCost(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if graphql.HasOperationContext(ctx) && !isSubscription(ctx) {
		if c, ok := graphql.GetOperationContext(ctx).Stats.GetExtension(costExtension).(cost); ok {
			graphql.RegisterExtension(ctx, costExtension, c)
		}
	}
	return next(ctx)
}
