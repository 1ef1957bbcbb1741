package graph

import (
	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/taskq"
)

// statsFeed is the engine's statistics as the transports read them.
type statsFeed struct{ *taskq.StatsWatcher }

var _ transport.Feed[*taskq.Stats] = statsFeed{}

// Take implements [transport.Feed]. Only the latest statistics count, so they are all of one subject.
func (f statsFeed) Take() transport.Batch[*taskq.Stats] {
	now, pass, ended := f.StatsWatcher.Take()
	b := transport.Batch[*taskq.Stats]{Settled: true, Ended: ended}
	if now != nil {
		b.Updates = []transport.Update[*taskq.Stats]{{Value: now, Pass: pass}}
	}
	return b
}
