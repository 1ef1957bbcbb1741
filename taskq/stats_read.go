package taskq

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// A bucket that is over seldom changes: a transaction that began in it may commit later. So a look at the statistics reads
// the latest buckets only, and all of them once a minute.
const (
	allBuckets    = 1_000
	recentBuckets = 2
	staleBuckets  = time.Minute
)

// next reads what is new since r, which may be nil.
func (r *statsRead) next(ctx context.Context, s *session, frames []frame) (*statsRead, error) {
	if r == nil || !slices.Equal(r.frames, frames) {
		return readStats(ctx, s, frames, allBuckets)
	}
	read, err := readStats(ctx, s, frames, recentBuckets)
	if err != nil {
		return nil, err
	}
	if read.At.Sub(r.since) >= staleBuckets { // also when buckets have come and gone unread meanwhile
		return readStats(ctx, s, frames, allBuckets)
	}
	read.since = r.since
	for _, b := range r.Buckets {
		if b.StartedAt.Before(read.recent(b.Seconds)) {
			read.Buckets = append(read.Buckets, b)
		}
	}
	return read, nil
}

// recent returns when the first of the buckets of a size begins that were read again.
func (r *statsRead) recent(seconds int) time.Time {
	size := time.Duration(seconds) * time.Second
	return r.At.UTC().Truncate(size).Add(-(recentBuckets - 1) * size)
}

// stats picks from what was read what a query asks for.
func (r *statsRead) stats(q StatsQuery) Stats {
	s := Stats{At: r.At, Counts: []StatusCount{}}
	for _, c := range r.Counts {
		if q.selects(c.Type) {
			s.Counts = append(s.Counts, c)
		}
	}
	s.Waiting, s.OldestReadyAt = r.waiting(&q)
	window, _ := q.Window.frame()
	s.Failures = r.failures(&q, window)
	s.Buckets, s.Wait, s.Run = r.buckets(&q, window)
	return s
}

func (r *statsRead) waiting(q *StatsQuery) (counts []WaitCount, oldest *time.Time) {
	sums := map[WaitReason]int64{}
	for _, w := range r.Waiting {
		if !q.selects(w.Type) {
			continue
		}
		ready := Ready
		if w.Paused {
			ready = Paused
		} else if w.Oldest != nil && (oldest == nil || w.Oldest.Before(*oldest)) {
			oldest = w.Oldest
		}
		sums[ready] += w.Ready
		sums[Scheduled] += w.Scheduled
		sums[Retry] += w.Retry
		sums[Blocked] += w.Blocked
	}
	counts = []WaitCount{}
	for _, reason := range []WaitReason{Ready, Scheduled, Retry, Blocked, Paused} {
		if sums[reason] > 0 {
			counts = append(counts, WaitCount{reason, sums[reason]})
		}
	}
	return counts, oldest
}

// failures returns the commonest first.
func (r *statsRead) failures(q *StatsQuery, window frame) []FailureGroup {
	groups := []FailureGroup{}
	for _, f := range r.Failures {
		if q.selects(f.Type) && f.Seconds == int(window.size/time.Second) {
			groups = append(groups, FailureGroup{f.Type, f.Message, f.Count, f.LastAt, f.Example})
		}
	}
	slices.SortFunc(groups, func(a, b FailureGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Message, b.Message))
	})
	return groups[:min(len(groups), maxFailureGroups)]
}

// buckets returns one for each part of the window, whether or not anything happened, and the durations of all together.
func (r *statsRead) buckets(q *StatsQuery, window frame) (buckets []StatsBucket, wait, run DurationStats) {
	last := r.At.UTC().Truncate(window.size) // as date_bin does: the sizes divide a day
	first := last.Add(-time.Duration(window.count-1) * window.size)
	buckets = make([]StatsBucket, window.count)
	waits, runs := make([]histogram, window.count+1), make([]histogram, window.count+1) // the last one is of all
	for i := range buckets {
		buckets[i] = StatsBucket{StartedAt: first.Add(time.Duration(i) * window.size), Seconds: int(window.size / time.Second)}
	}
	for _, b := range r.Buckets {
		i := int(b.StartedAt.Sub(first) / window.size)
		if !q.selects(b.Type) || b.Seconds != buckets[0].Seconds || b.StartedAt.Before(first) || i >= len(buckets) {
			continue
		}
		buckets[i].add(&b)
		for _, at := range []int{i, window.count} {
			waits[at].add(b.Wait)
			runs[at].add(b.Run)
		}
	}
	for i := range buckets {
		w, r := waits[i].durations(), runs[i].durations()
		buckets[i].WaitP50Seconds, buckets[i].WaitP95Seconds = w.P50Seconds, w.P95Seconds
		buckets[i].RunP50Seconds, buckets[i].RunP95Seconds = r.P50Seconds, r.P95Seconds
	}
	return buckets, waits[window.count].durations(), runs[window.count].durations()
}

func (b *StatsBucket) add(r *bucketRead) {
	b.Created += r.Created
	b.Completed += r.Completed
	b.Failed += r.Failed
	b.Cancelled += r.Cancelled
	b.Retried += r.Retried
}
