package embedding

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ProviderError is an embedding endpoint's refusal. Its text is meant for a person and never holds the key.
type ProviderError struct {
	Status     int           // HTTP status; 0 when no answer came
	Message    string        // what the endpoint said, or what is wrong with its answer
	RetryAfter time.Duration // how long the endpoint asked to wait; 0 when it did not
	permanent  bool
	err        error
}

// Permanent reports whether asking again with the same settings is pointless: a wrong key, model, address or answer.
func (e *ProviderError) Permanent() bool { return e.permanent }

func (e *ProviderError) Error() string {
	switch e.Status {
	case 0:
		return "The embedding endpoint could not be used: " + e.Message
	case http.StatusUnauthorized, http.StatusForbidden:
		return "The embedding endpoint refused the key. Check EMBEDDING_API_KEY. It said: " + e.Message
	case http.StatusNotFound:
		return "The embedding endpoint does not know this address or model. Check EMBEDDING_URL and EMBEDDING_MODEL. It said: " + e.Message
	default:
		return fmt.Sprintf("The embedding endpoint answered with HTTP %d: %s", e.Status, e.Message)
	}
}

func (e *ProviderError) Unwrap() error { return e.err }

// isTooLong reports whether the endpoint found the request or one of its inputs too long. Ollama before 0.14 kills its
// runner on such an input, which surfaces as a 500 with "EOF".
func (e *ProviderError) isTooLong() bool {
	message := strings.ToLower(e.Message)
	switch e.Status {
	case http.StatusRequestEntityTooLarge:
		return true
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return containsAny(message, "too long", "too large", "too many", "context length", "context size",
			"maximum context", "max_tokens", "token limit", "tokens", "batch size", "exceed")
	case http.StatusInternalServerError:
		return containsAny(message, "eof", "context length", "too large to process", "exceed")
	default:
		return false
	}
}

// isPassing reports whether the same request may well succeed a moment later.
func (e *ProviderError) isPassing() bool {
	switch e.Status {
	case 0:
		return !e.permanent
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return e.Status >= http.StatusInternalServerError && e.Status != http.StatusNotImplemented
	}
}

func containsAny(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
