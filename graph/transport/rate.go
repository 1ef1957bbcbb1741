package transport

import "time"

// rate is a token bucket that holds two seconds' worth. It is used by one goroutine.
type rate struct {
	perSecond float64
	tokens    float64
	last      time.Time
}

func newRate(perSecond int) rate {
	return rate{perSecond: float64(perSecond), tokens: 2 * float64(perSecond)}
}

// take reports whether one more is within the rate.
func (r *rate) take(now time.Time) bool {
	if !r.last.IsZero() {
		r.tokens = min(2*r.perSecond, r.tokens+r.perSecond*now.Sub(r.last).Seconds())
	}
	r.last = now
	if r.tokens < 1 {
		return false
	}
	r.tokens--
	return true
}
