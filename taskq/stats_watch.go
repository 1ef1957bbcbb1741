package taskq

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// WatchStats sends the statistics as they are, and then again whenever they have changed, at most once a second, until ctx
// ends; then, or at Stop, it closes the channel. A reader that is slow misses what is no longer true. However many watch,
// the database is asked once for all of them, and not at all when nobody does. Errors: [*InvalidError].
func (c *Client) WatchStats(ctx context.Context, q StatsQuery) (<-chan Stats, error) {
	if _, ok := q.Window.frame(); !ok {
		return nil, invalid("window", "is not a window of statistics")
	}
	return c.statistics.watchers.watch(ctx, q)
}

// statsWatchers are those who watch statistics in this process. All who ask the same are told the same.
type statsWatchers struct {
	wanted doorbell // somebody came who has been told nothing yet

	mu     *sync.Mutex // protects the rest
	topics map[string]*statsTopic
	open   bool   // between Start and Stop
	passes uint64 // that were published
}

// statsTopic is what one query asks for.
type statsTopic struct {
	query    StatsQuery
	last     *Stats // nil: nothing was told yet
	lastPass uint64 // in which that was told
	outs     map[chan Stats]struct{}
	watchers map[*StatsWatcher]struct{}
}

func newStatsWatchers() statsWatchers {
	return statsWatchers{wanted: newDoorbell(), mu: new(sync.Mutex), topics: map[string]*statsTopic{}}
}

func (w *statsWatchers) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = true
}

func (w *statsWatchers) watch(ctx context.Context, q StatsQuery) (<-chan Stats, error) {
	out := make(chan Stats, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	topic, err := w.topic(q)
	if err != nil {
		return nil, err
	}
	topic.outs[out] = struct{}{}
	if topic.last != nil {
		out <- *topic.last
	}
	context.AfterFunc(ctx, func() { w.leave(q.key(), out) })
	return out, nil
}

// topic returns what a query asks for. w.mu is held.
func (w *statsWatchers) topic(q StatsQuery) (*statsTopic, error) {
	if !w.open {
		return nil, errNotStarted
	}
	key := q.key()
	if w.topics[key] == nil {
		w.topics[key] = &statsTopic{query: q, outs: map[chan Stats]struct{}{}, watchers: map[*StatsWatcher]struct{}{}}
		w.wanted.ring()
	}
	return w.topics[key], nil
}

// key is the same for queries that ask for the same.
func (q *StatsQuery) key() string {
	if q.Types == nil {
		return string(q.Window)
	}
	types := make([]string, len(q.Types))
	for i, t := range q.Types {
		types[i] = string(t)
	}
	slices.Sort(types)
	return string(q.Window) + " " + strings.Join(slices.Compact(types), " ")
}

func (w *statsWatchers) leave(key string, out chan Stats) {
	w.mu.Lock()
	defer w.mu.Unlock()
	topic := w.topics[key]
	if topic == nil {
		return
	}
	if _, ok := topic.outs[out]; !ok {
		return
	}
	close(out)
	delete(topic.outs, out)
	w.forgetUnwatched(key)
}

// forgetUnwatched ends a topic that nobody watches any more. w.mu is held.
func (w *statsWatchers) forgetUnwatched(key string) {
	if topic := w.topics[key]; topic != nil && len(topic.outs)+len(topic.watchers) == 0 {
		delete(w.topics, key)
	}
}

// frames returns what has to be read for all.
func (w *statsWatchers) frames() []frame {
	w.mu.Lock()
	defer w.mu.Unlock()
	var frames []frame
	for _, topic := range w.topics {
		if f, _ := topic.query.Window.frame(); !slices.Contains(frames, f) {
			frames = append(frames, f)
		}
	}
	slices.SortFunc(frames, func(a, b frame) int { return cmp.Compare(a.size, b.size) })
	return frames
}

// publish tells everybody what has changed for them. A topic whose frame was not read came meanwhile, and has rung.
func (w *statsWatchers) publish(read *statsRead) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passes++
	for _, topic := range w.topics {
		if f, _ := topic.query.Window.frame(); slices.Contains(read.frames, f) {
			topic.publish(read, w.passes)
		}
	}
}

func (t *statsTopic) publish(read *statsRead, pass uint64) {
	now := read.stats(t.query)
	if t.last != nil && now.equal(t.last) {
		return
	}
	t.last, t.lastPass = &now, pass
	for w := range t.watchers {
		w.now, w.pass = &now, pass
		w.notify()
	}
	for out := range t.outs {
		select { // what was not taken is no longer of interest
		case <-out:
		default:
		}
		out <- now
	}
}

// equal compares all but the time.
func (s Stats) equal(other *Stats) bool {
	s.At = other.At
	return reflect.DeepEqual(&s, other)
}

// stop closes all channels and takes no more watchers.
func (w *statsWatchers) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = false
	for key, topic := range w.topics {
		for out := range topic.outs {
			close(out)
		}
		for watcher := range topic.watchers {
			watcher.ended = true
			watcher.notify()
		}
		delete(w.topics, key)
	}
}
