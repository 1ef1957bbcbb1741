package taskq

import "math"

// histogram counts durations on a scale of which each step is 19 % longer than the one before: element i counts those of
// 2^(i/4) to 2^((i+1)/4) ms, the first one all shorter ones, too. taskq_bin in the database sorts them in.
type histogram []int64

const (
	binsPerDoubling = 4
	binUnitSeconds  = 0.001
)

func (h *histogram) add(other histogram) {
	for len(*h) < len(other) {
		*h = append(*h, 0)
	}
	for i, n := range other {
		(*h)[i] += n
	}
}

// durations returns the percentiles that are shown; nil without any duration.
func (h histogram) durations() DurationStats {
	return DurationStats{P50Seconds: h.quantile(0.50), P95Seconds: h.quantile(0.95)}
}

// quantile returns a duration in seconds that is at most 10 % off, as long as it is over a millisecond; nil without any.
func (h histogram) quantile(q float64) *float64 {
	total := int64(0)
	for _, n := range h {
		total += n
	}
	rank := q * float64(total)
	for i, n := range h {
		if rank <= float64(n) && n > 0 {
			return new(binUnitSeconds * math.Exp2((float64(i)+rank/float64(n))/binsPerDoubling))
		}
		rank -= float64(n)
	}
	return nil
}
