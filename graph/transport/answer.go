package transport

import (
	"encoding/json"
	"net/http"
	"strconv"

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
	w          http.ResponseWriter
	r          *http.Request // nil: not compressed
	mediaType  string
	compressor *Compressor
}

// begin negotiates the response. False: the client accepts nothing that there is, and was told so.
func begin(w http.ResponseWriter, r *http.Request, c *Compressor) (answer, bool) {
	mediaType, ok := negotiate(r)
	if !ok {
		a := answer{w: w, mediaType: typeJSON}
		a.refuse(http.StatusNotAcceptable, codeUnacceptable, "Accept must allow application/graphql-response+json or application/json.")
		return a, false
	}
	return answer{w, r, mediaType, c}, true
}

// result answers with what an operation returned.
func (a answer) result(response *graphql.Response) {
	response.Errors = capErrors(response.Errors)
	a.send(http.StatusOK, encodeResponse(response))
}

// encodeResponse writes a response as it is, where encoding/json would read the data once more: they are nearly all of it.
// Scalars see to it that they are JSON.
func encodeResponse(response *graphql.Response) []byte {
	data := response.Data
	if data == nil {
		data = []byte("null")
	}
	encoded := make([]byte, 0, len(data)+256)
	encoded = append(encoded, '{')
	if len(response.Errors) > 0 {
		encoded = append(appendJSON(append(encoded, `"errors":`...), response.Errors), ',')
	}
	encoded = append(append(encoded, `"data":`...), data...)
	if len(response.Extensions) > 0 {
		encoded = appendJSON(append(encoded, `,"extensions":`...), response.Extensions)
	}
	return append(encoded, '}')
}

func appendJSON(to []byte, value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // an extension is broken
	}
	return append(to, encoded...)
}

// RetryAfter is the extension of an error that says in how many seconds to try again, as the header does.
const RetryAfter = "retryAfterSeconds"

// requestErrors answers an operation that was refused before it ran. The status code says so only in the newer media
// type, and there is no data entry: GraphQL over HTTP, §6.4. One that is to come again later says so in any case.
func (a answer) requestErrors(response *graphql.Response) {
	status := http.StatusOK
	if a.mediaType == typeResponse {
		status = http.StatusBadRequest
	}
	for _, err := range response.Errors {
		if seconds, ok := err.Extensions[RetryAfter].(int); ok {
			a.w.Header().Set("Retry-After", strconv.Itoa(seconds))
			status = http.StatusTooManyRequests
		}
	}
	a.errors(status, response)
}

// Refuse answers a request that does not get as far as a transport.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	answer{w: w, mediaType: typeJSON}.refuse(status, code, message)
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
	a.send(status, appendJSON(nil, body))
}

func (a answer) send(status int, encoded []byte) {
	header := a.w.Header()
	secure(header)
	header.Set("Content-Type", a.mediaType+"; charset=utf-8")
	if a.r != nil {
		header.Add("Vary", "Accept-Encoding")
		var coding string
		if encoded, coding = a.compressor.compress(a.r, encoded); coding != "" {
			header.Set("Content-Encoding", coding)
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(encoded))) // or net/http sends it in chunks
	a.w.WriteHeader(status)
	_, _ = a.w.Write(encoded)
}

// secure keeps an answer from being taken for anything but data, and from being kept.
func secure(header http.Header) {
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
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
