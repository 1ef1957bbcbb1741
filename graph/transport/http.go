package transport

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/taskwire/taskwire/internal/upload"
)

// GET serves queries whose parameters are in the URL. It refuses mutations, which a link could otherwise carry out.
type GET struct {
	Compressor *Compressor // nil: none
}

var _ graphql.Transport = GET{}

// Supports implements [graphql.Transport].
func (GET) Supports(r *http.Request) bool { return r.Method == http.MethodGet && !isUpgrade(r) }

// Do implements [graphql.Transport].
func (g GET) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	a, ok := begin(w, r, g.Compressor)
	if !ok {
		return
	}
	if params, ok := a.readQuery(r); ok {
		run(a, r, exec, params)
	}
}

// readQuery reads the parameters of a URL. False: they cannot be read, and the client was told so.
func (a answer) readQuery(r *http.Request) (*graphql.RawParams, bool) {
	upload.LiftLimit(a.w)
	params, err := decodeQuery(r.URL.Query())
	if err != nil {
		a.refuse(http.StatusBadRequest, codeBadRequest, sentence(err))
		return nil, false
	}
	return params, true
}

// POST serves operations whose parameters are in a JSON body.
type POST struct {
	MaxBodyBytes int64
	Compressor   *Compressor // nil: none
}

var _ graphql.Transport = POST{}

// Supports implements [graphql.Transport].
func (POST) Supports(r *http.Request) bool {
	mediaType, ok := contentType(r)
	return r.Method == http.MethodPost && !isUpgrade(r) && ok && mediaType == typeJSON
}

// Do implements [graphql.Transport].
func (p POST) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	a, ok := begin(w, r, p.Compressor)
	if !ok {
		return
	}
	if params, ok := a.readParams(r, p.MaxBodyBytes); ok {
		run(a, r, exec, params)
	}
}

// readParams reads a JSON body. False: it cannot be read, and the client was told so.
func (a answer) readParams(r *http.Request, limit int64) (*graphql.RawParams, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(a.w, r.Body, limit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		a.refuse(http.StatusRequestEntityTooLarge, codeLimit, "The body is too large.")
		return nil, false
	}
	if err != nil {
		a.refuse(http.StatusBadRequest, codeBadRequest, "The body could not be read to its end.")
		return nil, false
	}
	upload.LiftLimit(a.w)
	params, err := decodeParams(body)
	if err != nil {
		a.refuse(http.StatusBadRequest, codeBadRequest, sentence(err))
		return nil, false
	}
	return params, true
}

// run checks and executes one operation and answers with its result.
func run(a answer, r *http.Request, exec graphql.GraphExecutor, params *graphql.RawParams) {
	ctx := r.Context()
	if operation, ok := prepare(ctx, a, r, exec, params); ok {
		dispatch(ctx, a, exec, operation)
	}
}

// prepare checks an operation before anything runs. False: it was refused, and the client was told so.
func prepare(
	ctx context.Context, a answer, r *http.Request, exec graphql.GraphExecutor, params *graphql.RawParams,
) (*graphql.OperationContext, bool) {
	params.Headers = r.Header
	operation, errs := exec.CreateOperationContext(ctx, params)
	switch {
	case len(errs) > 0:
		a.requestErrors(exec.DispatchError(graphql.WithOperationContext(ctx, operation), capErrors(errs)))
	case operation.Operation.Operation == ast.Subscription:
		a.refuse(http.StatusBadRequest, codeBadRequest,
			"A subscription needs a websocket (graphql-transport-ws), or a request that accepts text/event-stream.")
	case isUnsafe(operation, r.Method):
		a.w.Header().Set("Allow", http.MethodPost)
		a.refuse(http.StatusMethodNotAllowed, codeBadRequest, needsPost)
	default:
		return operation, true
	}
	return nil, false
}

const needsPost = "A mutation must be sent by POST."

// isUnsafe reports whether a link could make a visitor carry out a mutation.
func isUnsafe(operation *graphql.OperationContext, method string) bool {
	return operation.Operation.Operation == ast.Mutation && method == http.MethodGet
}

func dispatch(ctx context.Context, a answer, exec graphql.GraphExecutor, operation *graphql.OperationContext) {
	next, ctx := exec.DispatchOperation(ctx, operation)
	if response := next(ctx); response != nil { // nil: the client has gone
		a.result(response)
	}
}

// Fallback refuses what no other transport takes. It comes last.
type Fallback struct{}

var _ graphql.Transport = Fallback{}

// Supports implements [graphql.Transport].
func (Fallback) Supports(*http.Request) bool { return true }

// Do implements [graphql.Transport].
func (Fallback) Do(w http.ResponseWriter, r *http.Request, _ graphql.GraphExecutor) {
	a := answer{w: w, mediaType: typeJSON}
	switch r.Method {
	case http.MethodPost:
		a.refuse(http.StatusUnsupportedMediaType, codeBadRequest,
			"Content-Type must be application/json in UTF-8, or multipart/form-data for uploads.")
	case http.MethodOptions:
		w.Header().Set("Allow", allowedMethods)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", allowedMethods)
		a.refuse(http.StatusMethodNotAllowed, codeBadRequest, "GraphQL is served by POST, and queries by GET.")
	}
}

const allowedMethods = "GET, POST, OPTIONS"

func isUpgrade(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }
