package taskq

// StatsWatcher watches statistics without a channel of its own, for servers that have thousands of readers: see
// [Client.NewStatsWatcher].
type StatsWatcher struct {
	of     *statsWatchers
	query  StatsQuery
	notify func()

	now   *Stats // what was not taken yet; guarded by of.mu, as the rest
	pass  uint64
	ended bool
}

// NewStatsWatcher begins to watch like [Client.WatchStats], until Stop or the client's end; without the present statistics
// first if only new ones are asked for. It calls notify whenever Take has something new; notify must not block and must not
// call the watcher. Errors: [*InvalidError].
func (c *Client) NewStatsWatcher(q StatsQuery, onlyNew bool, notify func()) (*StatsWatcher, error) {
	if _, ok := q.Window.frame(); !ok {
		return nil, invalid("window", "is not a window of statistics")
	}
	of := &c.statistics.watchers
	of.mu.Lock()
	defer of.mu.Unlock()
	topic, err := of.topic(q)
	if err != nil {
		return nil, err
	}
	w := &StatsWatcher{of: of, query: q, notify: notify}
	topic.watchers[w] = struct{}{}
	if !onlyNew {
		w.now, w.pass = topic.last, topic.lastPass
	}
	return w, nil
}

// Take returns the latest statistics, unless they were taken before: then nil. They are shared between watchers: do not
// change them. pass counts this client's looks at the database; ended says that nothing comes any more. It never blocks.
func (w *StatsWatcher) Take() (now *Stats, pass uint64, ended bool) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	now, w.now = w.now, nil
	return now, w.pass, w.ended
}

// Stop ends the watch and returns the last pass that it was told of. What Take has not returned yet it still returns.
func (w *StatsWatcher) Stop() (lastPass uint64) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	key := w.query.key()
	if topic := w.of.topics[key]; topic != nil {
		delete(topic.watchers, w)
		w.of.forgetUnwatched(key)
	}
	return w.of.passes
}
