// Package quota limits how much each of many callers may use: so much a second, and so many things at once. What it
// remembers of them is bounded. Package auth asks it for each request.
package quota

import (
	"container/list"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate limits how much a second each caller may use. It is a token bucket (golang.org/x/time/rate) for each. The nil Rate
// limits nothing. It is safe for concurrent use.
type Rate struct {
	perSecond rate.Limit
	burst     int
	most      int

	mu     sync.Mutex
	byName map[string]*list.Element // guarded by mu
	latest *list.List               // of *bucket, guarded by mu: the one used last is in front
}

type bucket struct {
	name    string
	limiter *rate.Limiter
}

// NewRate returns a Rate of so much a second, of which burst can be used at once. It remembers the most callers that were
// seen last; one that was forgotten begins anew.
func NewRate(perSecond float64, burst, most int) *Rate {
	return &Rate{perSecond: rate.Limit(perSecond), burst: burst, most: most, byName: map[string]*list.Element{}, latest: list.New()}
}

// Take uses n for a caller. When there is not so much left it uses nothing, and returns after what time there will be.
// More than the burst counts as the burst: it is possible, but only for who has used nothing of late.
func (r *Rate) Take(name string, n int, now time.Time) (wait time.Duration, ok bool) {
	if r == nil {
		return 0, true
	}
	n = min(n, r.burst)
	limiter := r.limiter(name)
	if limiter.AllowN(now, n) {
		return 0, true
	}
	missing := float64(n) - limiter.TokensAt(now)
	return time.Duration(math.Ceil(max(missing, 0)/float64(r.perSecond)*1e3)+1) * time.Millisecond, false
}

// IsSpent reports whether a caller has less than one left.
func (r *Rate) IsSpent(name string, now time.Time) bool {
	return r != nil && r.limiter(name).TokensAt(now) < 1
}

func (r *Rate) limiter(name string) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, known := r.byName[name]; known {
		r.latest.MoveToFront(e)
		return e.Value.(*bucket).limiter
	}
	if len(r.byName) >= r.most {
		oldest := r.latest.Back()
		delete(r.byName, r.latest.Remove(oldest).(*bucket).name)
	}
	b := &bucket{name, rate.NewLimiter(r.perSecond, r.burst)}
	r.byName[name] = r.latest.PushFront(b)
	return b.limiter
}
