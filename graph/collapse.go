package graph

import (
	"context"
	"encoding/json"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/collapse"
)

// sharedRuns have identical queries that are under way at the same time share a run. Each request is still checked, charged
// and answered by itself, and sees all that was committed before it came; nothing is kept after a run.
type sharedRuns struct {
	group   collapse.Group[runKey, json.RawMessage]
	shared  prometheus.Counter
	waiting prometheus.Gauge
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
	prometheus.Collector
} = (*sharedRuns)(nil)

// newSharedRuns takes the patience of [collapse.Group].
func newSharedRuns(patience time.Duration) *sharedRuns {
	return &sharedRuns{
		group: collapse.Group[runKey, json.RawMessage]{Patience: patience},
		shared: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "taskwire_queries_shared_total", Help: "Queries that were answered by the run of an identical one.",
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "taskwire_queries_waiting", Help: "Queries that wait until an identical one, which began before they came, has ended.",
		}),
	}
}

// runKey is all that the data of a query depend on, beside the database. The principal is the one for whom the query runs.
type runKey struct {
	principal                 auth.Principal
	document, name, variables string
}

// sharedQuery is a query that may share a run. It is in the context of its operation, and only there: what is refused
// before it runs must not be answered by the run of another.
type sharedQuery struct {
	key        runKey
	isAnswered bool // transports ask for more results until there is none
	isShared   bool // by the run of another
}

type sharedQueryKey struct{}

// ExtensionName implements [graphql.HandlerExtension].
func (*sharedRuns) ExtensionName() string { return "SharedRuns" }

// Validate implements [graphql.HandlerExtension].
func (*sharedRuns) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation implements [graphql.OperationInterceptor].
func (*sharedRuns) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if key, ok := runKeyOf(ctx); ok {
		ctx = context.WithValue(ctx, sharedQueryKey{}, &sharedQuery{key: key})
	}
	return next(ctx)
}

// InterceptResponse implements [graphql.ResponseInterceptor].
func (s *sharedRuns) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	q, ok := ctx.Value(sharedQueryKey{}).(*sharedQuery)
	switch {
	case !ok:
		return next(ctx)
	case q.isShared:
		return nil
	case q.isAnswered:
		return next(auth.With(ctx, q.key.principal))
	}
	return s.answer(ctx, q, next)
}

func (s *sharedRuns) answer(ctx context.Context, q *sharedQuery, next graphql.ResponseHandler) *graphql.Response {
	var own *graphql.Response
	s.waiting.Inc()
	data, isShared := s.group.Do(ctx, q.key, func() (json.RawMessage, bool) {
		s.waiting.Dec()
		own = next(auth.With(ctx, q.key.principal))
		return dataOf(own)
	})
	q.isAnswered, q.isShared = true, isShared
	if !isShared {
		return own
	}
	s.waiting.Dec()
	s.shared.Inc()
	return &graphql.Response{Data: data, Extensions: graphql.GetExtensions(ctx)}
}

// dataOf returns the data of a response, and whether they hold for all who ask the same. Errors do not: they may be about
// the request, whose id they carry, or its client, who has gone.
func dataOf(r *graphql.Response) (json.RawMessage, bool) {
	if r == nil {
		return nil, false
	}
	return r.Data, len(r.Errors) == 0 && r.HasNext == nil
}

// runKeyOf returns false for an operation that is not to share a run.
func runKeyOf(ctx context.Context) (runKey, bool) {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Query || asksWho(operation.Operation.SelectionSet) {
		return runKey{}, false
	}
	key := runKey{principal: anybodyLike(auth.Of(ctx)), document: operation.RawQuery, name: operation.OperationName}
	if len(operation.Variables) == 0 {
		return key, true
	}
	variables, err := json.Marshal(operation.Variables)
	key.variables = string(variables)
	return key, err == nil
}

// asksWho reports whether a query asks who the caller is.
func asksWho(root ast.SelectionSet) bool {
	for _, selection := range root {
		asks := false
		switch selection := selection.(type) {
		case *ast.Field:
			asks = selection.Name == "viewer"
		case *ast.InlineFragment:
			asks = asksWho(selection.SelectionSet)
		case *ast.FragmentSpread:
			asks = asksWho(selection.Definition.SelectionSet)
		}
		if asks {
			return true
		}
	}
	return false
}

// Describe implements [prometheus.Collector].
func (s *sharedRuns) Describe(descriptions chan<- *prometheus.Desc) {
	s.shared.Describe(descriptions)
	s.waiting.Describe(descriptions)
}

// Collect implements [prometheus.Collector].
func (s *sharedRuns) Collect(metrics chan<- prometheus.Metric) {
	s.shared.Collect(metrics)
	s.waiting.Collect(metrics)
}
