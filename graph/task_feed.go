package graph

import (
	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/taskq"
)

// taskFeed is the engine's feed as the transports read it.
type taskFeed struct{ *taskq.Watcher }

var _ transport.Feed[*TaskUpdate] = taskFeed{}

// Take implements [transport.Feed].
func (f taskFeed) Take() transport.Batch[*TaskUpdate] {
	from := f.Watcher.Take()
	to := transport.Batch[*TaskUpdate]{Settled: from.Settled, Ended: from.Ended}
	for _, u := range from.Updates {
		to.Updates = append(to.Updates, transport.Update[*TaskUpdate]{
			Value: &TaskUpdate{u}, Pass: u.Pass, Subject: u.TaskID, Keep: u.IsFinal(),
		})
	}
	return to
}
