package transport

import (
	"encoding/json"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Codes of the errors that the transports themselves report, in extensions.code.
const (
	codeBadRequest   = "BAD_REQUEST"
	codeForbidden    = "FORBIDDEN"
	codeLimit        = "LIMIT_EXCEEDED"
	codeUnacceptable = "NOT_ACCEPTABLE"
	codeUnavailable  = "UNAVAILABLE"
)

// maxErrors limits the errors of one response: a hostile document can have one a token.
const maxErrors = 20

// answer writes the response to one HTTP request in the media type that was negotiated.
type answer struct {
	w         http.ResponseWriter
	mediaType string
}

// begin negotiates the response. False: the client accepts nothing that there is, and was told so.
func begin(w http.ResponseWriter, r *http.Request) (answer, bool) {
	mediaType, ok := negotiate(r)
	if !ok {
		a := answer{w, typeJSON}
		a.refuse(http.StatusNotAcceptable, codeUnacceptable, "Accept must allow application/graphql-response+json or application/json.")
		return a, false
	}
	return answer{w, mediaType}, true
}

// result answers with what an operation returned.
func (a answer) result(response *graphql.Response) {
	response.Errors = capErrors(response.Errors)
	a.write(http.StatusOK, response)
}

// requestErrors answers an operation that was refused before it ran. The status code says so only in the newer media
// type, and there is no data entry: GraphQL over HTTP, §6.4.
func (a answer) requestErrors(response *graphql.Response) {
	status := http.StatusOK
	if a.mediaType == typeResponse {
		status = http.StatusBadRequest
	}
	a.errors(status, response)
}

// errors answers without a data entry.
func (a answer) errors(status int, response *graphql.Response) {
	a.write(status, struct {
		Errors     gqlerror.List  `json:"errors"`
		Extensions map[string]any `json:"extensions,omitempty"`
	}{capErrors(response.Errors), response.Extensions})
}

// refuse answers what is not a GraphQL request at all.
func (a answer) refuse(status int, code, message string) {
	a.errors(status, &graphql.Response{Errors: gqlerror.List{newError(code, message)}})
}

func (a answer) write(status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // a resolver's JSON is broken; the handler's recover reports it
	}
	header := a.w.Header()
	header.Set("Content-Type", a.mediaType+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	a.w.WriteHeader(status)
	_, _ = a.w.Write(encoded)
}

func capErrors(list gqlerror.List) gqlerror.List {
	if len(list) <= maxErrors {
		return list
	}
	return append(list[:maxErrors:maxErrors], newError(codeLimit, "There are more errors; mend these first."))
}

func newError(code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}
