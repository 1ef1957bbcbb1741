package rest

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/taskwire/taskwire/internal/upload"
	"github.com/taskwire/taskwire/taskq"
)

// problem is what went wrong, for the client: an answer of RFC 9457.
type problem struct {
	status int
	detail string // a sentence
}

func (p *problem) Error() string { return p.detail }

func notFound(detail string) error   { return &problem{http.StatusNotFound, detail} }
func badRequest(detail string) error { return &problem{http.StatusBadRequest, detail} }

// problemOf tells what the client may know of an error.
func problemOf(err error) *problem {
	var known *problem
	var invalid *taskq.InvalidError
	var tooLarge *upload.TooLargeError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &invalid):
		return &problem{http.StatusUnprocessableEntity, "The field " + invalid.Field + " " + invalid.Message + "."}
	case errors.As(err, &tooLarge):
		return &problem{http.StatusRequestEntityTooLarge, tooLarge.Message}
	case errors.Is(err, upload.ErrBroken):
		return &problem{http.StatusBadRequest, "The request body is malformed, or was broken off."}
	case errors.Is(err, taskq.ErrNotFound):
		return &problem{http.StatusNotFound, "There is no such task."}
	default:
		return &problem{http.StatusInternalServerError, "Something went wrong in the server. Its log tells what, under the request id."}
	}
}

func (p *problem) write(w http.ResponseWriter, requestID string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // a client that has gone does not read it
		"title": http.StatusText(p.status), "status": p.status, "detail": p.detail, "requestId": requestID,
	})
}

// writeJSON writes an answer.
func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone does not read it
}
