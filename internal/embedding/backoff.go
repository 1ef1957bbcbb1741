package embedding

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	maxTries   = 4
	firstDelay = 500 * time.Millisecond
	maxDelay   = 8 * time.Second // longer waits are the task's: it is put back instead of holding a worker
)

// backoff waits between two tries; its parts are replaced in tests.
type backoff struct {
	sleepFunc  func(ctx context.Context, d time.Duration) error
	jitterFunc func(limit time.Duration) time.Duration
}

func newBackoff() backoff {
	return backoff{
		sleepFunc:  sleep,
		jitterFunc: func(limit time.Duration) time.Duration { return rand.N(limit + 1) },
	}
}

// requestWithRetries asks again after a passing failure: at once when told how long to wait, else with full jitter
// (Brooker, "Exponential Backoff And Jitter", AWS 2015). A wait beyond maxDelay is left to the caller.
func (o *OpenAI) requestWithRetries(ctx context.Context, inputs []string) ([][]float32, error) {
	limit := firstDelay
	for try := 1; ; try++ {
		vectors, err := o.request(ctx, inputs)
		var failure *ProviderError
		if err == nil || !errors.As(err, &failure) || !failure.isPassing() {
			return vectors, err
		}
		delay := failure.RetryAfter
		if delay == 0 {
			delay = o.backoff.jitterFunc(limit)
		}
		if try == maxTries || delay > maxDelay {
			return nil, err
		}
		if err := o.backoff.sleepFunc(ctx, delay); err != nil {
			return nil, err
		}
		limit = min(2*limit, maxDelay)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// retryAfter reads how long an endpoint asks to wait: Retry-After in seconds or as a date (RFC 9110 §10.2.3), or the
// longest of OpenAI's x-ratelimit-reset-*, which count only when the limit was hit. 0 when it says nothing; at most an hour.
func retryAfter(status int, header http.Header) time.Duration {
	const longest = time.Hour
	if value := header.Get("Retry-After"); value != "" {
		if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
			return time.Duration(min(seconds, longest.Seconds()) * float64(time.Second))
		}
		if at, err := http.ParseTime(value); err == nil {
			return min(max(time.Until(at), 0), longest)
		}
	}
	if status != http.StatusTooManyRequests {
		return 0
	}
	wait := time.Duration(0)
	for _, name := range []string{"X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens"} {
		if d, err := time.ParseDuration(header.Get(name)); err == nil && d > 0 {
			wait = max(wait, d)
		}
	}
	return min(wait, longest)
}
