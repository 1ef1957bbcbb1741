package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/time/rate"
)

// verification notes why a token could not be checked, which the error of go-oidc does not tell apart from a false one.
type verification struct{ keysUnavailable bool }

type verificationKey struct{}

// keySet is a provider's set of keys that tells when the provider does not answer.
type keySet struct{ remote *oidc.RemoteKeySet }

// VerifySignature implements [oidc.KeySet].
func (k keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, token)
	if v, ok := ctx.Value(verificationKey{}).(*verification); ok && err != nil {
		v.keysUnavailable = strings.HasPrefix(err.Error(), "fetching keys")
	}
	return payload, err
}

// throttle limits how often the provider is asked: tokens with invented key ids must not make this server flood it.
type throttle struct {
	next  http.RoundTripper
	limit *rate.Limiter
}

const (
	providerRequestsPerSecond = 0.5
	providerRequestsAtOnce    = 10
)

func newThrottle(next http.RoundTripper) *throttle {
	return &throttle{next, rate.NewLimiter(providerRequestsPerSecond, providerRequestsAtOnce)}
}

var errThrottled = errors.New("the provider was asked too often of late")

// RoundTrip implements [http.RoundTripper].
func (t *throttle) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.limit.Allow() {
		return nil, errThrottled
	}
	return t.next.RoundTrip(r)
}
