package graph

import (
	"context"
	"math"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/taskq"
)

// complexityLimit refuses operations that could return too much: each field counts once for each time that the lists
// around it can repeat it.
type complexityLimit struct {
	schema graphql.ExecutableSchema
	limit  int
	quota  *auth.Guard
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = complexityLimit{}

// ExtensionName implements [graphql.HandlerExtension].
func (complexityLimit) ExtensionName() string { return "ComplexityLimit" }

// Validate implements [graphql.HandlerExtension].
func (complexityLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext implements [graphql.OperationContextMutator].
func (c complexityLimit) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	have := complexity.Calculate(ctx, c.schema, operation.Operation, operation.Variables)
	operation.Stats.SetExtension(costExtension, cost{have, c.limit})
	if err := exceeds("fields, counted as often as its lists can repeat them", have, c.limit); err != nil {
		err.Extensions[costExtension] = cost{have, c.limit}
		return err
	}
	return limited(c.quota.Spend(ctx, have))
}

const (
	queryCost = 10    // of a field that the database is asked for, beside what it returns
	textCost  = 1_000 // of a whole document's text: it can have megabytes

	maxBuckets       = 72 // of any window of statistics
	maxFailureGroups = 50
)

// complexities returns what fields cost that are not simply there. All others cost one.
func complexities() ComplexityRoot {
	c := ComplexityRoot{}
	c.Query.Nodes = func(child int, ids []string) int { return repeat(len(ids), child) }
	c.Document.Chunks = connectionCost
	c.Document.Text = func(int) int { return textCost }
	c.Query.Documents = func(child int, first *int, _ *string, last *int, _ *string, _ *DocumentFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.Products = func(child int, first *int, _ *string, last *int, _ *string, _ *ProductFilter) int {
		return pageCost(child, first, last)
	}
	c.Query.Tasks = func(child int, first *int, _ *string, last *int, _ *string, _ *TaskFilter, _ *TaskOrder) int {
		return pageCost(child, first, last)
	}
	c.Query.TaskStats = func(child int, _ []taskq.Type, _ taskq.StatsWindow) int { return queryCost + child }
	c.TaskStats.Buckets = func(child int) int { return maxBuckets * child }
	c.TaskStats.Failures = func(child int) int { return maxFailureGroups * child }
	c.Task.DependsOn = connectionCost
	c.Task.Dependents = connectionCost
	c.Task.History = connectionCost
	return c
}

func connectionCost(child int, first *int, _ *string, last *int, _ *string) int {
	return pageCost(child, first, last)
}

func pageCost(child int, first, last *int) int {
	items := defaultPageSize
	if first != nil || last != nil {
		items = max(value(first), value(last), 1)
	}
	return repeat(min(items, taskq.MaxPageSize), child)
}

// repeat stops at a number that is over every limit.
func repeat(times, child int) int {
	if times > 0 && child > (math.MaxInt-queryCost)/times {
		return math.MaxInt
	}
	return queryCost + times*child
}
