package auth

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Error says why a request is not let in. Its text is for the client.
type Error struct {
	Code       string // UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED or UNAVAILABLE
	Message    string // a sentence
	Status     int    // of HTTP
	RetryAfter time.Duration
	challenge  string // WWW-Authenticate, for 401
}

func (e *Error) Error() string { return e.Message }

// The codes of an [Error].
const (
	CodeUnauthenticated = "UNAUTHENTICATED"
	CodeForbidden       = "FORBIDDEN"
	CodeRateLimited     = "RATE_LIMITED"
	CodeUnavailable     = "UNAVAILABLE"
)

// Why a credential is not accepted. The texts continue "The credential is refused: ".
var (
	errUnknownKey = errors.New("there is no such API key")
	errEndedKey   = errors.New("the API key has expired or was revoked")
)

func missing() *Error {
	return &Error{
		Code: CodeUnauthenticated, Status: http.StatusUnauthorized, challenge: `Bearer realm="taskwire"`,
		Message: "This needs authentication: send Authorization: Bearer with an API key or a token.",
	}
}

// refused explains a credential that does not hold: RFC 6750, §3.1.
func refused(reason error) *Error {
	return &Error{
		Code: CodeUnauthenticated, Status: http.StatusUnauthorized, challenge: `Bearer realm="taskwire", error="invalid_token"`,
		Message: fmt.Sprintf("The credential is refused: %s.", reason),
	}
}

// Forbidden says that a principal may not do what it asks.
func Forbidden(message string) *Error {
	return &Error{Code: CodeForbidden, Status: http.StatusForbidden, Message: message}
}

// CloseCode is the code with which a websocket is closed that is not let in: 4403, after which clients may try again
// with another credential, or 1013 when it is not about the credential.
func (e *Error) CloseCode() int {
	if e.Status == http.StatusUnauthorized {
		return 4403
	}
	return 1013
}

func unavailable(message string) *Error {
	return &Error{Code: CodeUnavailable, Status: http.StatusServiceUnavailable, Message: message, RetryAfter: providerRetry}
}

func tooMany(message string, after time.Duration) *Error {
	return &Error{Code: CodeRateLimited, Status: http.StatusTooManyRequests, Message: message, RetryAfter: after}
}
