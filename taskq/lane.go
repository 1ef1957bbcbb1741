package taskq

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// lane is one (type, priority) of the ready index, which is read from its floor on: see taskq_lanes.
type lane struct {
	laneKey
	Floor  place
	NextAt time.Time // when the next scheduled task of the lane is due, by our clock; zero: there is none

	// The floor follows what is claimed, a little later: a transaction that had begun before may still commit a task that
	// comes first in order. What takes longer than that is found when the lanes are read anew.
	reached  place     // the furthest that was claimed
	mark     place     // where reached was at markedAt: the next floor
	markedAt time.Time // by the monotonic clock
}

type laneKey struct {
	Type     Type
	Priority int
}

// place is one in the order of a lane.
type place struct {
	RunAt time.Time // by the database's clock
	ID    uuid.UUID
}

func (p place) compare(other place) int {
	return cmp.Or(p.RunAt.Compare(other.RunAt), compareIDs(p.ID, other.ID))
}

// before returns the place that lies so much earlier.
func (p place) before(d time.Duration) place { return place{RunAt: p.RunAt.Add(-d)} }

const (
	floorLag    = 250 * time.Millisecond // the floor is where claims were that long ago, at least
	floorMargin = time.Second            // allowed for open transactions in a lane of which nothing was claimed of late
)

// claimed says that everything up to p, which may be zero, was claimed, by this process or by another.
func (l *lane) claimed(p place, now time.Time) {
	if p.compare(l.reached) > 0 {
		l.reached = p
	}
	if now.Sub(l.markedAt) >= floorLag {
		if l.mark.compare(l.Floor) > 0 {
			l.Floor = l.mark
		}
		l.mark, l.markedAt = l.reached, now
	}
}

// merge brings lanes that are known in line with those just read. A known lane stays known, so that what comes next into
// it is found at once; its floor goes back to the first task that waits, if there is one before it.
func merge(known, read []lane) []lane {
	for i := range read {
		first := read[i].Floor
		read[i].Floor = first.before(floorMargin)
		if j := slices.IndexFunc(known, read[i].isSame); j >= 0 {
			l := known[j]
			if read[i].Floor.compare(l.Floor) > 0 {
				l.Floor = read[i].Floor
			}
			if first.compare(l.Floor) < 0 {
				l.Floor, l.reached, l.mark = first, first, first
			}
			l.NextAt = read[i].NextAt
			read[i] = l
		}
	}
	for _, l := range known {
		if !slices.ContainsFunc(read, l.isSame) {
			l.NextAt = time.Time{}
			read = append(read, l)
		}
	}
	slices.SortStableFunc(read, func(a, b lane) int { return b.Priority - a.Priority })
	return read
}

func (l lane) isSame(other lane) bool { return l.laneKey == other.laneKey }
