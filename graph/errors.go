package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/taskq"
)

// Codes of errors, in extensions.code.
const (
	codeBadUserInput  = "BAD_USER_INPUT"
	codeCancelled     = "CANCELLED"
	codeCursorExpired = "CURSOR_EXPIRED"
	codeInternal      = "INTERNAL"
	codeLimit         = "LIMIT_EXCEEDED"
	codeTimeout       = "TIMEOUT"
)

// inputError says why an argument is not acceptable. It continues "<argument> …".
type inputError string

func (e inputError) Error() string { return string(e) }

// panicError is a resolver's panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n\n%s", e.value, e.stack) }

// recoverPanic turns a panic into an error for the presenter.
func recoverPanic(_ context.Context, value any) error { return &panicError{value, debug.Stack()} }

// presenter turns errors into what clients see. Only errors made for clients pass; of all others they learn the request's
// id, under which the cause is logged here and nowhere else.
type presenter struct{ log *slog.Logger }

func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	presented := &gqlerror.Error{}
	if !errors.As(err, &presented) {
		presented = gqlerror.WrapPath(graphql.GetPath(ctx), err)
	}
	if _, coded := presented.Extensions["code"]; coded {
		return presented // by gqlgen, about the document, or by a transport
	}
	code, message := explain(ctx, err)
	if code != codeInternal {
		return newError(presented, code, message)
	}
	id := telemetry.RequestID(ctx)
	p.log.ErrorContext(ctx, "A GraphQL request failed.", "error", err, "path", presented.Path.String(), "request_id", id)
	masked := newError(presented, codeInternal, "Something went wrong in the server. Its log tells what, under the request id.")
	if id != "" {
		masked.Extensions["requestId"] = id
	}
	return masked
}

func newError(at *gqlerror.Error, code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Path: at.Path, Locations: at.Locations, Extensions: map[string]any{"code": code}}
}

// explain returns the code of an error, and what the client may know.
func explain(ctx context.Context, err error) (code, message string) {
	invalid := (*taskq.InvalidError)(nil)
	input := inputError("")
	refused := (*auth.Error)(nil)
	switch {
	case errors.As(err, &refused):
		return refused.Code, refused.Message
	case errors.As(err, &invalid):
		return codeBadUserInput, "The argument " + invalid.Error() + "."
	case errors.As(err, &input):
		return codeBadUserInput, "The value " + input.Error() + "."
	case isNumberError(err):
		return codeBadUserInput, "The value must be a whole number of at most 32 bits."
	case errors.Is(err, taskq.ErrCursorExpired):
		return codeCursorExpired, "Too much has happened since this cursor. Query again, then subscribe without it."
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return codeTimeout, "The operation took too long. Ask for less at once."
	case errors.Is(ctx.Err(), context.Canceled):
		return codeCancelled, "The operation was cancelled."
	}
	return codeInternal, ""
}

// isNumberError reports whether gqlgen could not read a number.
func isNumberError(err error) bool {
	number := (*graphql.IntegerError)(nil)
	return errors.As(err, &number)
}

// ofBatch names the task of a batch that an error is about, and its field, as the schema does.
func ofBatch(err error) error {
	batch, invalid := (*taskq.BatchError)(nil), (*taskq.InvalidError)(nil)
	if !errors.As(err, &batch) || !errors.As(err, &invalid) {
		return err
	}
	return &taskq.InvalidError{Field: fmt.Sprintf("tasks.%d.%s", batch.Index, schemaField(invalid.Field)), Message: invalid.Message, Kind: invalid.Kind}
}

// schemaField returns the schema's name of one of the engine's fields.
func schemaField(field string) string {
	switch field {
	case "runAt":
		return "scheduledAt"
	case "timeout":
		return "timeoutSeconds"
	}
	return field
}

// userErrors splits err into what the caller can mend and the rest.
func userErrors(err error) ([]*UserError, error) {
	invalid := (*taskq.InvalidError)(nil)
	if !errors.As(err, &invalid) {
		return []*UserError{}, err
	}
	path := append([]string{"input"}, strings.Split(schemaField(invalid.Field), ".")...) // the field is named as in tasks.3.priority
	return []*UserError{{Code: toUserErrorCode(invalid.Kind), Field: path, Message: invalid.Error() + "."}}, nil
}

func toUserErrorCode(kind taskq.InvalidKind) UserErrorCode {
	if kind == taskq.NotThere {
		return UserErrorCodeNotFound
	}
	return UserErrorCodeInvalid
}
