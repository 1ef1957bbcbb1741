package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/internal/upload"
	"github.com/taskwire/taskwire/taskq"
)

// gqlgen calls these by their names: a scalar X is written by MarshalX and read by UnmarshalX.

// MarshalDateTime writes t in UTC.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = w.Write(t.UTC().AppendFormat(nil, `"`+time.RFC3339Nano+`"`))
	})
}

// UnmarshalDateTime reads RFC 3339.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, inputError("must be a moment in RFC 3339, such as 2026-03-01T09:30:00Z")
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, inputError("must be a moment in RFC 3339, such as 2026-03-01T09:30:00Z")
	}
	return t, nil
}

// MarshalJSON writes raw as it is. What is no JSON is an error of its field: a panic there, since the whole answer would be
// none, and is not looked at again.
func MarshalJSON(raw json.RawMessage) graphql.Marshaler {
	if raw == nil {
		return graphql.Null
	}
	if !json.Valid(raw) {
		panic("a value is no JSON")
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(raw) })
}

// UnmarshalJSON reads any value, from a variable or a literal.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, inputError("must be JSON")
	}
	return raw, nil
}

// MarshalDecimal writes text as a string: a float would not be exact.
func MarshalDecimal(text string) graphql.Marshaler {
	return graphql.MarshalString(text)
}

// UnmarshalDecimal reads a string or a number. The catalogue checks it.
func UnmarshalDecimal(v any) (string, error) { return fmt.Sprint(v), nil }

// MarshalTaskType writes t, also when it is a type of another program on the same database.
func MarshalTaskType(t taskq.Type) graphql.Marshaler {
	return graphql.MarshalString(string(t))
}

// UnmarshalTaskType reads a type that the schema has: the validation saw to that.
func UnmarshalTaskType(v any) (taskq.Type, error) {
	text, ok := v.(string)
	if !ok {
		return "", inputError("must be a task type")
	}
	return taskq.Type(text), nil
}

// MarshalUpload is never called: files only come in.
func MarshalUpload(upload.File) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(context.Context, io.Writer) error {
		return errors.New("an Upload cannot be read")
	})
}

// UnmarshalUpload returns the file that a variable of a multipart request stands for.
func UnmarshalUpload(ctx context.Context, v any) (upload.File, error) {
	file, err := transport.FileOf(ctx, v)
	if err != nil {
		return upload.File{}, inputError(fmt.Sprintf("must be a file: %v", err))
	}
	return file, nil
}
